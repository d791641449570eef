/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;
type Members = Readonly<Record<string, JsonSchema>>;

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const real: JsonSchema = { type: 'number' };
export const instant: JsonSchema = { type: 'string', format: 'date-time' };
/** Anything that is JSON. */
export const anything: JsonSchema = {};

/** A whole number from `minimum` on. */
export function count(minimum = 0): JsonSchema {
  return { type: 'integer', minimum };
}

/** One of these texts. */
export function oneOf(...choices: readonly string[]): JsonSchema {
  return { type: 'string', enum: choices };
}

/** An object with members that are always there and members that may be absent. Clients ignore others. */
export function object(required: Members, optional: Members = {}): JsonSchema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** An object as a dictionary. */
export function byName(of: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: of };
}

/** A list. */
export function list(of: JsonSchema): JsonSchema {
  return { type: 'array', items: of };
}

/** A named schema of the document. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** One page of a list. */
export function page(of: string): JsonSchema {
  return object(
    { items: list(ref(of)), position: count() },
    { nextPageToken: text, behindMs: count(), degraded: ref('Degraded') },
  );
}

/** The members of a named schema, and these. */
export function also(name: string, required: Members): JsonSchema {
  return { allOf: [ref(name), object(required)] };
}
