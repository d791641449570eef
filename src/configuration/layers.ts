import { readFileSync } from 'node:fs';
import { PlatformError, refuse } from '../contracts/errors';
import type { Fields } from './fields';

/** What one layer says: values by field; what it does not say is absent. */
export type LayerValues = ReadonlyMap<string, unknown>;

function wrong(where: string, name: string, expected: string, came: unknown): PlatformError {
  return new PlatformError(
    refuse('invalid-request', `${where}: ${name} must be ${expected}; got ${JSON.stringify(came)}`),
  );
}

/** `highWater` of the prefix `APP` is `APP_HIGH_WATER`. */
export function variableOf(prefix: string, name: string): string {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  return prefix === '' ? snake : `${prefix}_${snake}`;
}

/** Reads the environment. An empty text says nothing. @throws PlatformError `invalid-request` for a text that is no such value */
export function readEnvironment(
  fields: Fields,
  prefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): LayerValues {
  const said = new Map<string, unknown>();
  for (const [name, field] of Object.entries(fields)) {
    const variable = variableOf(prefix, name);
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    const value = field.parseText(text);
    if (value === undefined) throw wrong('the environment', variable, field.expected, text);
    said.set(name, value);
  }
  return said;
}

function contentOf(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new PlatformError(refuse('invalid-request', `${path} cannot be read: ${String(code)}`), error);
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Readonly<Record<string, unknown>>;
    }
  } catch (error) {
    throw new PlatformError(refuse('invalid-json', `${path} is not JSON`), error);
  }
  throw new PlatformError(refuse('invalid-request', `${path} must hold an object`));
}

/**
 * Reads a file of JSON; one that is not there says nothing.
 * @throws PlatformError `invalid-json`, `invalid-request` for a value that is none, `unknown-field` for a name that is not known
 */
export function readFile(fields: Fields, path: string): LayerValues {
  const said = new Map<string, unknown>();
  for (const [name, given] of Object.entries(contentOf(path))) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw new PlatformError(refuse('unknown-field', `${path}: ${name} is not known`));
    const value = field.parse(given);
    if (value === undefined) throw wrong(path, name, field.expected, given);
    said.set(name, value);
  }
  return said;
}

/** What a live source said that can be used, and what is wrong with the rest, by field. */
export interface TakenValues {
  readonly said: LayerValues;
  readonly wrong: ReadonlyMap<string, string>;
}

/** Takes what a live source says; a value that is none is left out and named, as no typing error there may end a program here. */
export function takeLive(fields: Fields, values: object): TakenValues {
  const said = new Map<string, unknown>();
  const wrongs = new Map<string, string>();
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(values, name)) continue;
    const given: unknown = Reflect.get(values, name);
    const value = field.parse(given);
    if (value === undefined) wrongs.set(name, wrong('the live source', name, field.expected, given).message);
    else said.set(name, value);
  }
  return { said, wrong: wrongs };
}
