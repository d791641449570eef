import type { BackOff } from '../../contracts/supervisor';
import type { Child, Waiting } from './state';
import { childOf, emit, isSimple, note, patch, replace, type Turn } from './turn';

/**
 * A restart has to wait for its turn: behind the messages that wait already (SUP-12.6), or, with the extension back-off,
 * for a time first. Until then the child counts as `restarting`.
 */
export function waitForRetry(turn: Turn, id: string, generation: number): Turn {
  const child = childOf(turn, id);
  if (child === undefined) return turn;
  const { backOff } = turn.state.flags;
  if (backOff === undefined) {
    const waiting = replace(turn, { ...child, process: { kind: 'restarting', generation } });
    return note(enqueueRetry(waiting, id, generation), { kind: 'retry-waits', id, afterMs: 0 });
  }
  const row = (ranLongEnough(child, backOff, turn.now) ? 0 : (child.row ?? 0)) + 1;
  const ms = backOffMs(backOff, id, row);
  const process = { kind: 'restarting' as const, generation, dueAt: turn.now + ms };
  const waiting = replace(turn, { ...child, row, process });
  return note(emit(waiting, { kind: 'retry-after', id, generation, ms }), { kind: 'retry-waits', id, afterMs: ms });
}

/** The back-off of a child is over: its retry takes its place in the queue. One that was cancelled is ignored. */
export function retryIsDue(turn: Turn, id: string, generation: number): Turn {
  const child = childOf(turn, id);
  if (child?.process.kind !== 'restarting') return turn;
  if (child.process.generation !== generation || child.process.dueAt === undefined) return turn;
  return enqueueRetry(replace(turn, { ...child, process: { kind: 'restarting', generation } }), id, generation);
}

/** OTP names the retry of a listed child by its id alone, that of a dynamic child by its process. */
function enqueueRetry(turn: Turn, id: string, generation: number): Turn {
  const retry: Waiting = { kind: 'retry', id, ...(isSimple(turn) ? { generation } : {}) };
  return patch(turn, { queue: turn.rules.enqueueRetry(turn.state.queue, retry) });
}

const ranLongEnough = ({ process }: Child, backOff: BackOff, now: number): boolean =>
  process.kind === 'running' && now - process.since >= backOff.resetMs;

/**
 * The wait before the n-th restart of a row, in whole milliseconds: `initialMs * 2^(row-1)`, at most `maxMs`, times a
 * factor in [1 - jitter, 1 + jitter] that depends on seed, child and row alone, so that a replay waits as long.
 */
export function backOffMs(backOff: BackOff, id: string, row: number): number {
  const plain = Math.min(backOff.maxMs, backOff.initialMs * 2 ** Math.min(row - 1, 40));
  return Math.round(plain * (1 + backOff.jitter * (2 * unit(`${String(backOff.seed)}:${id}:${String(row)}`) - 1)));
}

/** A number in [0, 1) from a text: FNV-1a, then the finaliser of MurmurHash3. For spreading, not for secrets. */
function unit(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
