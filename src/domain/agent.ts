import { isRefusal, refuse, type ErrorCode, type Refusal } from '../contracts/errors';
import type { Marks, Memberships } from '../contracts/groups';
import { show } from '../contracts/ids';
import { declared } from './groups';
import { patternsOf } from './coordination/topic';
import { durationMs } from './duration';

/** A tell to itself at a time; with `everyMs` it comes again and again. */
export interface AgentTimer {
  readonly id: string;
  /** Milliseconds of the workflow's clock. */
  readonly at: number;
  readonly name: string;
  readonly arg?: unknown;
  readonly everyMs?: number;
}

/** A lock or a semaphore that an agent holds. */
export interface AgentHolding {
  /** Its workflow id. */
  readonly lock: string;
  /** Its name in the header of activities. */
  readonly key: string;
  readonly request: string;
  readonly token: number;
  readonly ttlMs?: number;
  /** With a time to live: past it the agent does nothing in its name, in workflow milliseconds. */
  readonly until?: number;
}

/** What an agent carries: the user's state, and what the platform needs to know beside it. */
export interface AgentState<S> {
  readonly user: S;
  readonly timers: readonly AgentTimer[];
  /** Counts what was ever set, so that ids are used once. */
  readonly timersSet: number;
  /** Version that was last applied, by variable set. */
  readonly versions: Readonly<Record<string, number>>;
  /** What it holds, in the state that travels over a renewal. */
  readonly holdings?: readonly AgentHolding[];
  /** The groups that it belongs to; absent when it never joined one. */
  readonly groups?: Memberships;
}

/** Splits the timers into those that are due and those that remain; a repeating one skips what it missed. */
export function dueTimers(
  timers: readonly AgentTimer[],
  now: number,
): { readonly due: readonly AgentTimer[]; readonly left: readonly AgentTimer[] } {
  const due = timers.filter((timer) => timer.at <= now);
  const again = due.flatMap((timer) =>
    timer.everyMs === undefined
      ? []
      : [{ ...timer, at: timer.at + timer.everyMs * (Math.floor((now - timer.at) / timer.everyMs) + 1) }],
  );
  return { due, left: [...timers.filter((timer) => timer.at > now), ...again] };
}

/** When the next timer is due; `undefined` without timers. */
export function nextTimer(timers: readonly AgentTimer[]): number | undefined {
  return timers.length === 0 ? undefined : Math.min(...timers.map((timer) => timer.at));
}

/** Whether an ask would wait for itself: the receiver is the sender, or waits already for this very answer (AGT-5). */
export function isCycle(chain: readonly string[], self: string, receiver: string): boolean {
  return receiver === self || chain.includes(receiver);
}

/** The part of the Standard Schema interface (version 1) that is used. */
export interface Validator {
  readonly '~standard': { validate(value: unknown): unknown };
}

/** Asks a user's validator without throwing. @returns the value it made, or `invalid-message` with the first issue */
export function validated(
  validator: Validator | undefined,
  name: string,
  value: unknown,
): { readonly ok: true; readonly args: unknown } | { readonly ok: false; readonly refusal: Refusal } {
  if (validator === undefined) return { ok: true, args: value };
  const no = (why: string): { ok: false; refusal: Refusal } => ({
    ok: false,
    refusal: refuse('invalid-message', `${name}: ${why}; got ${show(value)}`),
  });
  let result: unknown;
  try {
    result = validator['~standard'].validate(value);
  } catch (error) {
    return no(`its validator threw ${String(error)}`);
  }
  if (typeof result !== 'object' || result === null) return no('its validator answered nothing');
  if ('then' in result) return no('its validator answered a promise, which a definition must not do');
  if ('issues' in result && Array.isArray(result.issues) && result.issues.length > 0) {
    const [issue] = result.issues as { readonly message?: unknown }[];
    return no(typeof issue?.message === 'string' ? issue.message : 'it is not valid');
  }
  return { ok: true, args: 'value' in result ? result.value : value };
}

/** The declarative parts of a definition that can contradict each other. */
export interface AgentOutline {
  readonly type: string;
  readonly tell: readonly string[];
  readonly ask: readonly string[];
  readonly inspect: readonly string[];
  readonly every: Readonly<Record<string, number | string>>;
  readonly messages: Readonly<Record<string, Validator>>;
  /** Version of the state's form, and the versions that can be lifted by one. */
  readonly schema: number;
  readonly upcast: readonly number[];
  readonly endsOver: readonly string[];
  readonly restart: unknown;
  readonly groups?: readonly string[] | Readonly<Record<string, Marks>>;
  readonly topics: readonly string[];
}

/** Limits that may end an agent, and the refusal by which their breach is known. */
export const ENDING_LIMITS = {
  stateBytes: 'state-too-large',
  mailboxMessages: 'mailbox-full',
  messagesPerMinute: 'rate-limited',
  effectsInFlight: 'limit-reached',
} as const satisfies Readonly<Record<string, ErrorCode>>;

const TYPE = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** What is wrong with a definition, or `undefined`. Run before anything starts. */
export function outlineProblem(outline: AgentOutline): Refusal | undefined {
  const bad = (message: string): Refusal => refuse('invalid-definition', `agent ${show(outline.type)}: ${message}`);
  if (!TYPE.test(outline.type)) return bad('a type is 1 to 100 of a-z, 0-9, ".", "_", "-", not beginning with a mark');
  const both = outline.tell.find((name) => outline.ask.includes(name));
  if (both !== undefined) return bad(`"${both}" is a tell and an ask`);
  for (const [name, duration] of Object.entries(outline.every)) {
    if (!outline.tell.includes(name)) return bad(`every names "${name}", which is no tell`);
    const ms = durationMs(duration);
    if (ms === undefined || ms < 100)
      return bad(`every "${name}" is at least 100 ms, such as "10s"; got ${show(duration)}`);
  }
  const over = outline.endsOver.find((limit) => !Object.hasOwn(ENDING_LIMITS, limit));
  if (over !== undefined)
    return bad(`endsOver names some of ${Object.keys(ENDING_LIMITS).join(', ')}; got ${show(over)}`);
  if (!['fresh', 'last'].includes(outline.restart as string) && typeof outline.restart !== 'function')
    return bad(`restart is 'fresh', 'last' or a function; got ${show(outline.restart)}`);
  const patterns = outline.topics.length === 0 ? undefined : patternsOf(outline.topics);
  if (patterns !== undefined && 'code' in patterns) return bad(`topics: ${patterns.message}`);
  if (!Number.isSafeInteger(outline.schema) || outline.schema < 1) {
    return bad(`a schema is a whole number from 1; got ${show(outline.schema)}`);
  }
  for (let version = 1; version < outline.schema; version += 1) {
    if (!outline.upcast.includes(version)) {
      return bad(
        `schema ${String(outline.schema)} needs upcast[${String(version)}], or agents of that version are stuck`,
      );
    }
  }
  const groups = declared(outline.groups);
  if (isRefusal(groups)) return bad(groups.message);
  for (const [name, validator] of Object.entries(outline.messages)) {
    if (!outline.tell.includes(name) && !outline.ask.includes(name)) {
      return bad(`messages names "${name}", which is neither a tell nor an ask`);
    }
    if (isAsynchronous(validator)) return bad(`the validator of "${name}" answers a promise; it must answer at once`);
  }
  return undefined;
}

function isAsynchronous(validator: Validator): boolean {
  try {
    const result = validator['~standard'].validate(undefined);
    return typeof result === 'object' && result !== null && 'then' in result;
  } catch {
    return false;
  }
}
