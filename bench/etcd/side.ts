import { start, type Program } from '../../test/support/processes/program';
import { pause } from '../../src/client/waiting';

/** One of the two systems. Each act answers the milliseconds of what it is about, and leaves nothing behind. */
export interface Side {
  /** Acquires a lock that nobody wants, and releases it. */
  lock(): Promise<number>;
  /** From the call of a release to the return of the acquire of who waits. */
  handOver(): Promise<number>;
  /** Writes 256 bytes. */
  write(): Promise<number>;
  /** From the call of a write to its event at who watches. */
  watch(): Promise<number>;
  /** From the votes of VOTERS to the recorded decision. */
  ballot(): Promise<number>;
  /** From the SIGKILL of the leader to the return of the next one's campaign. @param afterMs how long it leads before */
  elect(ttlMs: number, afterMs: number): Promise<number>;
  /** Whether a lock is still its holder's so long after the machine of that holder died. */
  keeps(ttlMs: number, afterMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Names of the acts that are done again and again. */
export const REPEATED = ['lock', 'handOver', 'write', 'watch', 'ballot'] as const;
/** One of REPEATED. */
export type Repeated = (typeof REPEATED)[number];

/** What is written. */
export const VALUE_BYTES = 256;
/** What leader processes say once they lead. */
export const LEADS = 'leads';
const LOOK_MS = 10;

/** A value of VALUE_BYTES bytes that no other round writes. */
export const valueOf = (round: number): string => String(round).padStart(VALUE_BYTES, '.');

/** Starts a process that leads. @param args as `leader-process.ts` takes them */
export async function startLeader(args: readonly string[], env: Record<string, string>): Promise<Program> {
  const program = start(
    process.execPath,
    ['--import', 'tsx', `${__dirname}/leader-process.ts`, ...args],
    __dirname,
    env,
  );
  await program.says(LEADS);
  return program;
}

/** Looks until it is so. */
export async function isSo(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await pause(LOOK_MS);
}
