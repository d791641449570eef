import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import type { Space } from '../client/index';
import type { Server } from '../client/server';
import type { CallOptions } from '../client/temporal';
import { isPlatformError } from '../contracts/errors';
import type { OptunaStudy } from '../contracts/optimisation/optuna';
import type { StoreAdmin } from '../contracts/store-admin';
import type { Value, Values } from '../contracts/variable';
import type { Format, Streams } from './output';
import { printFailure } from './output';

/** What the commands need. */
export interface CliDeps extends Streams {
  /** Connects to a space. @throws PlatformError */
  connect(space: string): Promise<Space>;
  /** Opens the database of the store itself. Absent where there is none to open. @throws PlatformError */
  openStore?(place: { readonly databaseUrl?: string; readonly dataDir?: string }): StoreAdmin;
  /** The studies in an SQLite file of Optuna, or the chosen one. Absent where none can be read. @throws PlatformError `invalid-import` */
  readOptunaSqlite?(file: string, choose: (names: readonly string[]) => string): Promise<readonly OptunaStudy[]>;
  /** The same in Optuna's Postgres. @throws PlatformError */
  readOptunaPostgres?(address: string, choose: (names: readonly string[]) => string): Promise<readonly OptunaStudy[]>;
  /** The Temporal server as operators see it. @throws PlatformError */
  server(): Promise<Server>;
  /** Where this machine keeps its data. */
  dataDir(): string;
  readonly now: () => number;
  /** What is said when the command is interrupted. */
  atInterrupt?(say: string): void;
  /** Asks whoever sits at the terminal, and answers what was typed. Absent where nobody does. */
  ask?(question: string): Promise<string>;
  /** Tells how the command ended; 0 unless it is called. */
  exit(code: number): void;
}

/** Options of every command. */
export interface Common {
  readonly space: string;
  readonly output?: Format;
  readonly idempotencyKey?: string;
}

/** What an action works with. */
export interface Work {
  readonly space: Space;
  readonly options: Common;
  /** Message id and sender; the key is printed on failure, so that the same command can be repeated. */
  readonly how: CallOptions & { readonly requestId: string };
  /** Says what else a repetition must be told, because it was looked up: a flag with its value. */
  repeatWith(flag: string): void;
}

/** Does the work of a command in its space: connects, closes, prints what failed, sets the exit code. */
export async function within(
  deps: CliDeps,
  command: Command,
  kind: 'read' | 'change',
  act: (work: Work) => Promise<number | undefined>,
): Promise<void> {
  const options = command.optsWithGlobals<Common>();
  const requestId = options.idempotencyKey ?? randomUUID();
  const flags = [`--idempotency-key ${requestId}`];
  const repeatWith = (flag: string): void => {
    flags.push(flag);
  };
  let space: Space | undefined;
  try {
    space = await deps.connect(options.space);
    deps.exit((await act({ space, options, how: { requestId, sender: 'cli' }, repeatWith })) ?? 0);
  } catch (error) {
    const code = printFailure(deps, error);
    const isUnsure = !isPlatformError(error) || code === 1 || code === 6;
    if (kind === 'change' && isUnsure) deps.err(`  repeat it safely with ${flags.join(' ')}\n`);
    deps.exit(code);
  } finally {
    await space?.close();
  }
}

/** A value as typed: JSON where it is a number or a boolean, else text. `"1"` in quotes is text. */
export function valueOf(text: string): Value {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  } catch {
    // Not JSON: a text as it is.
  }
  return text;
}

/** Collects `name=value` arguments. */
export function assignments(text: string, before: Values = {}): Values {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`expected name=value; got ${text}`);
  return { ...before, [text.slice(0, at)]: valueOf(text.slice(at + 1)) };
}

/** An argument of a message: JSON where it is JSON, else text. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** A position in the feed: a whole number from 0. */
export function position(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`expected a number from 0; got ${text}`);
}

/** A whole number from 1. */
export function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError(`expected a number from 1; got ${text}`);
  return number;
}
