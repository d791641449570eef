import type { Space } from 'mabeam';

/** One line that is written over while something goes on. */
export interface Bar {
  show(done: number, of: number, note: string): void;
  /** What stays of it. */
  end(note: string): void;
}

/** What the demo plays on: a space, processes that can be killed, a place to tell what happens. */
export interface Stage {
  readonly space: Space;
  readonly trials: number;
  /** File to which the evaluators append lines of their own. */
  readonly ledgerFile: string;
  /** Addresses and process ids, by what they are. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Process ids of the evaluators that run. */
  evaluators(): readonly number[];
  startEvaluator(): Promise<number>;
  /** SIGKILL; resolves when the process is gone. */
  kill(pid: number): Promise<void>;
  /** Ends an agent without a word to it, as an operator may do in the Temporal Web UI. */
  terminate(agent: string): Promise<void>;
  /** What a command of mabeam prints. */
  mabeam(...args: readonly string[]): Promise<string>;
  chapter(title: string): void;
  say(text?: string): void;
  bar(label: string): Bar;
}

const LOOK_AGAIN_MS = 100;
const WAIT_MS = 60_000;

/** Looks again and again until there is something. @throws when there is nothing within a minute */
export async function until<T>(what: string, look: () => Promise<T | undefined>, everyMs = LOOK_AGAIN_MS): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${String(WAIT_MS / 1_000)} s`);
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}

/** 0.8713 as `87.1 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** 1546 as `1,546`. */
export function whole(number: number): string {
  return number.toLocaleString('en-US');
}

/** A value of a variable, short. */
export function short(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(3))) : String(value);
}
