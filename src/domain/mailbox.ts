import type { DeadLetter, Message, Remembered } from '../contracts/entity';
import type { Refusal } from '../contracts/errors';

/** Length in bytes of the JSON of a value as UTF-8; `undefined` when it is not JSON (a function, a cycle, a bigint). */
export function jsonBytes(value: unknown): number | undefined {
  if (value === undefined) return 0;
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : utf8Bytes(text);
  } catch {
    return undefined;
  }
}

/** Length of a text as UTF-8. O(n). */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7ff) bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
    else if (unit > 0x7f) bytes += 1;
  }
  return bytes;
}

/** How many messages came in the running minute. A window begins with its first message. */
export interface RateWindow {
  readonly start: number;
  readonly count: number;
}

const MINUTE_MS = 60_000;

/** Milliseconds until another message is taken; 0 when it may come now. */
export function rateWait(window: RateWindow, now: number, perMinute: number): number {
  return now - window.start >= MINUTE_MS || window.count < perMinute ? 0 : window.start + MINUTE_MS - now;
}

/** Counts one message. */
export function countMessage(window: RateWindow, now: number): RateWindow {
  return now - window.start >= MINUTE_MS ? { start: now, count: 1 } : { start: window.start, count: window.count + 1 };
}

/** What is remembered of requests: the newest `max`, with at most `replyBytes` of replies. */
export interface RequestMemory {
  find(id: string): Remembered | undefined;
  /** Remembers a request. A reply that does not fit is dropped, as are the oldest replies and requests. */
  add(request: { readonly id: string; readonly fingerprint?: string; readonly reply?: unknown }): void;
  list(): readonly Remembered[];
}

/** Makes a memory of requests from what was carried over a renewal (oldest first). */
export function requestMemory(carried: readonly Remembered[], max: number, replyBytes: number): RequestMemory {
  const entries = new Map<string, { readonly remembered: Remembered; readonly bytes: number }>();
  /** Ids whose reply is kept, oldest first. */
  const withReply = new Set<string>();
  let bytes = 0;
  const forgetReply = (id: string): void => {
    const entry = entries.get(id);
    withReply.delete(id);
    if (entry === undefined) return;
    bytes -= entry.bytes;
    const { reply: _forgotten, ...rest } = entry.remembered;
    entries.set(id, { remembered: { ...rest, kept: false }, bytes: 0 });
  };
  const put = (remembered: Remembered): void => {
    const size = remembered.kept ? (jsonBytes(remembered.reply) ?? Infinity) : 0;
    entries.set(remembered.id, { remembered, bytes: size });
    if (size > 0) {
      withReply.add(remembered.id);
      bytes += size;
    }
    for (const id of withReply) {
      if (bytes <= replyBytes) break;
      forgetReply(id);
    }
    for (const id of entries.keys()) {
      if (entries.size <= max) break;
      forgetReply(id);
      entries.delete(id);
    }
  };
  for (const each of carried) put(each);
  return {
    find: (id) => entries.get(id)?.remembered,
    add: (request) => {
      if (entries.has(request.id)) return;
      put({ ...request, kept: true });
    },
    list: () => [...entries.values()].map((entry) => entry.remembered),
  };
}

/** True when an id was used before with another request. A missing fingerprint is not compared. */
export function isReused(
  known: { readonly fingerprint?: string },
  message: { readonly fingerprint?: string },
): boolean {
  return (
    known.fingerprint !== undefined && message.fingerprint !== undefined && known.fingerprint !== message.fingerprint
  );
}

/** Files a dead letter: the newest `max` are kept, and no more than `maxBytes` of them. */
export function fileDeadLetter(
  kept: readonly DeadLetter[],
  letter: DeadLetter,
  max: number,
  maxBytes: number,
): readonly DeadLetter[] {
  const all = [...kept, letter].slice(-max);
  let bytes = 0;
  let first = all.length;
  for (let at = all.length - 1; at >= 0; at--) {
    bytes += jsonBytes(all[at]) ?? maxBytes;
    if (bytes > maxBytes) break;
    first = at;
  }
  return all.slice(first);
}

/** Makes the letter of a message; arguments over `maxBytes` are replaced by their size, so such a letter is not replayable. */
export function deadLetter(
  number: number,
  at: string,
  name: string,
  refusal: Refusal,
  message: Message,
  maxBytes: number,
): DeadLetter {
  const bytes = jsonBytes(message.args);
  const args = bytes !== undefined && bytes <= maxBytes ? message.args : { 'mabeam:omittedBytes': bytes ?? 0 };
  return { number, at, name, refusal, message: { ...message, args } };
}
