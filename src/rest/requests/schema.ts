import { z } from 'zod';
import { PlatformError, refuse, type ErrorCode } from '../../contracts/errors';

/** A schema that validates a request and describes it in the OpenAPI document. */
export type Schema<T = unknown> = z.ZodType<T>;

/** The JSON Schema (2020-12) of a schema, as OpenAPI 3.1 takes it. */
export function jsonSchemaOf(schema: Schema): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/**
 * Validates what came from outside.
 * @throws PlatformError `unknown-field` when that is all that is wrong, else `invalid-request`; `errors` has a pointer each
 */
export function parse<T>(schema: Schema<T>, value: unknown, where: 'body' | 'query'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    pointer: `/${issue.path.map((part) => String(part).replace(/~/g, '~0').replace(/\//g, '~1')).join('/')}`,
    reason: issue.message,
  }));
  const onlyUnknown = result.error.issues.every((issue) => issue.code === 'unrecognized_keys');
  const code: ErrorCode = onlyUnknown ? 'unknown-field' : 'invalid-request';
  const text = errors.map(({ pointer, reason }) => `${pointer}: ${reason}`).join('; ');
  throw new PlatformError(refuse(code, `${where} ${text}`, { details: { errors } }));
}
