import { DEFAULT_LIMITS } from '../contracts/entity';
import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';

/** Says where a value is not plain JSON, as a JSON pointer and what is there; `undefined` when all of it is. */
function whereNotJson(value: unknown, pointer: string, above: readonly unknown[]): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${pointer || '/'} is ${String(value)}`;
  if (typeof value !== 'object') return `${pointer || '/'} is a ${typeof value}`;
  if (above.includes(value)) return `${pointer || '/'} contains itself`;
  const inside = [...above, value];
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) {
      const found = whereNotJson(each, `${pointer}/${String(at)}`, inside);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return `${pointer || '/'} is ${Object.prototype.toString.call(value)}, not a plain object`;
  }
  for (const [key, each] of Object.entries(value)) {
    const found = each === undefined ? undefined : whereNotJson(each, `${pointer}/${key}`, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Refuses what can be seen without the receiver: arguments that are not plain JSON, or too large.
 * @throws PlatformError `invalid-message` or `message-too-large`
 */
export function checkArguments(args: unknown, maxBytes = DEFAULT_LIMITS.messageBytes): void {
  if (args === undefined) return;
  const found = whereNotJson(args, '', []);
  if (found !== undefined) throw new PlatformError(refuse('invalid-message', `a message is plain JSON; ${found}`));
  const bytes = Buffer.byteLength(JSON.stringify(args));
  if (bytes > maxBytes) {
    const message = `a message has at most ${String(maxBytes)} bytes; got ${String(bytes)}: ${show(args)}`;
    throw new PlatformError(refuse('message-too-large', message));
  }
}

/** JSON with sorted keys: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const parts = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`);
  return `{${parts.join(',')}}`;
}

/** SHA-256 of the canonical JSON of a request, as lower-case hexadecimal: tells a repetition from another request. */
export async function fingerprintOf(request: unknown): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonicalJson(request)));
  return Buffer.from(digest).toString('hex');
}
