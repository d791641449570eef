import { isDeepStrictEqual } from 'node:util';
import {
  MAX_CONFIGURATION_MS,
  MAX_FIELDS,
  type FieldChange,
  type LiveSource,
  type Setting,
} from '../contracts/configuration';
import { PlatformError, refuse } from '../contracts/errors';
import type { Fields, ValuesOf } from './fields';
import { readEnvironment, readFile, takeLive, type LayerValues, type TakenValues } from './layers';
import { follow } from './live';

/** The layers, and for how long the live one counts. Every layer may be left out. Durations in milliseconds. */
export interface ConfigurationOptions {
  /** A file of JSON; one that is not there says nothing. Read once. */
  readonly file?: string;
  /** `APP` makes `APP_HIGH_WATER` of `highWater`. Without it the environment says nothing. Read once. */
  readonly prefix?: string;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** For example the handle of a variable set. */
  readonly live?: LiveSource;
  /** How often the live source is read. Default 5 s. */
  readonly refreshMs?: number;
  /** For how long its last values count when it is down; then the layers below do. Default 300 s. */
  readonly cacheMs?: number;
  /** How long one reading may take, and opening at most. Default 800 ms. */
  readonly readMs?: number;
  /** Milliseconds that never go back. Default the clock of the process. */
  readonly now?: () => number;
}

/** A typed configuration: defaults < file < environment < live. */
export interface Configuration<V> {
  /** The value with its source, age and, when it may not be the newest, the reason. Never waits, never fails. */
  get<K extends keyof V & string>(field: K): Setting<V[K]>;
  /** All values as they are now. */
  values(): V;
  /** Tells every change from now on, also the one that the end of the cache brings. @returns what ends it */
  onChange(listener: (change: FieldChange) => void): () => void;
  /** Ends the reading of the live source; the last values stay. Safe to repeat. */
  close(): void;
}

const DEFAULTS = { refreshMs: 5_000, cacheMs: 300_000, readMs: 800 } as const;

function check(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_CONFIGURATION_MS) return;
  const expected = `${name} must be a whole number from 1 to ${String(MAX_CONFIGURATION_MS)}`;
  throw new PlatformError(refuse('invalid-request', `${expected}; got ${String(value)}`));
}

const monotonic = (): number => performance.timeOrigin + performance.now();
const nothing: LayerValues = new Map();

/**
 * Opens a configuration. It waits for the first reading of the live source, but never longer than `readMs`: then it serves
 * the layers below and says so.
 * @throws PlatformError `invalid-request`, `invalid-json`, `unknown-field` for what file, environment or options say wrongly
 */
export async function openConfiguration<F extends Fields>(
  fields: F,
  options: ConfigurationOptions = {},
): Promise<Configuration<ValuesOf<F>>> {
  const { refreshMs, cacheMs, readMs } = { ...DEFAULTS, ...options };
  const { file, prefix, environment = process.env, live, now = monotonic } = options;
  for (const [name, value] of Object.entries({ refreshMs, cacheMs, readMs })) check(name, value);
  const names = Object.keys(fields);
  if (names.length > MAX_FIELDS) {
    throw new PlatformError(refuse('limit-reached', `at most ${String(MAX_FIELDS)} fields in one configuration`));
  }
  const opened = now();
  const ofEnvironment = prefix === undefined ? nothing : readEnvironment(fields, prefix, environment);
  const ofFile = file === undefined ? nothing : readFile(fields, file);
  const listeners = new Set<(change: FieldChange) => void>();

  const below = (name: string): Setting<unknown> => {
    const ageMs = Math.round(now() - opened);
    if (ofEnvironment.has(name)) return { value: ofEnvironment.get(name), source: 'environment', ageMs };
    if (ofFile.has(name)) return { value: ofFile.get(name), source: 'file', ageMs };
    return { value: fields[name]?.fallback, source: 'default', ageMs };
  };
  const taken = new WeakMap<object, TakenValues>();
  const take = (values: object): TakenValues => {
    const before = taken.get(values) ?? takeLive(fields, values);
    taken.set(values, before);
    return before;
  };
  const look = (name: string): Setting<unknown> => {
    if (following === undefined) return below(name);
    const { last, trouble } = following.view;
    const reason = trouble === undefined ? {} : { degraded: { reason: trouble } };
    const ageMs = last === undefined ? Infinity : Math.round(now() - last.at);
    if (last === undefined || ageMs > cacheMs) {
      return { ...below(name), degraded: { reason: trouble ?? `the last reading is ${ageMs} ms old` } };
    }
    const { said, wrong } = take(last.values);
    const why = wrong.get(name);
    if (why !== undefined) return { ...below(name), degraded: { reason: why } };
    if (!said.has(name)) return { ...below(name), ...reason };
    const version = last.version === undefined ? {} : { version: last.version };
    return { value: said.get(name), source: 'live', ageMs, ...version, ...reason };
  };
  const known = new Map<string, unknown>();
  const compare = (): void => {
    for (const name of names) {
      const { value, source } = look(name);
      const from = known.get(name);
      if (isDeepStrictEqual(from, value)) continue;
      known.set(name, value);
      for (const listener of [...listeners]) listener({ field: name, from, to: value, source });
    }
  };
  const following = live && follow(live, { refreshMs, readMs, now, onLook: compare });
  await following?.started(readMs);
  compare();
  return {
    // the type of a field is that of its `parse`, which made every value here
    get: (name) => look(name) as Setting<never>,
    values: () => Object.fromEntries(names.map((name) => [name, look(name).value])) as ValuesOf<F>,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      following?.close();
      listeners.clear();
    },
  };
}
