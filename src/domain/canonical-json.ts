/**
 * Writes plain JSON in one form only: keys sorted by code unit, no white space, fields that are `undefined` left out.
 *
 * Equal data gives equal text whatever the order of its keys, so a hash of it names the data. A number that JSON cannot
 * hold becomes `null`, as in `JSON.stringify`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`;
}

/** First 32 bits of the fractional parts of the roots of the first primes, as FIPS 180-4 wants them. */
function roots(count: number, exponent: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let isPrime = true;
    for (let by = 2; by * by <= candidate; by++) if (candidate % by === 0) isPrime = false;
    if (isPrime) found.push(Math.floor((candidate ** exponent % 1) * 2 ** 32));
  }
  return found;
}

const ROUND = roots(64, 1 / 3);
const START = roots(8, 1 / 2);

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

function schedule(bytes: readonly number[], offset: number): number[] {
  const words: number[] = [];
  const byte = (at: number): number => bytes[at] ?? 0;
  for (let at = 0; at < 16; at++) {
    const from = offset + 4 * at;
    words.push((byte(from) << 24) | (byte(from + 1) << 16) | (byte(from + 2) << 8) | byte(from + 3));
  }
  const word = (at: number): number => words[at] ?? 0;
  for (let at = 16; at < 64; at++) {
    const a = word(at - 15);
    const b = word(at - 2);
    const low = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const high = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    words.push((word(at - 16) + low + word(at - 7) + high) | 0);
  }
  return words;
}

function compress(state: readonly number[], words: readonly number[]): number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let at = 0; at < 64; at++) {
    const first = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const one = (h + first + ((e & f) ^ (~e & g)) + (ROUND[at] ?? 0) + (words[at] ?? 0)) | 0;
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, at) => (word + (state[at] ?? 0)) | 0);
}

/**
 * SHA-256 of a text as UTF-8, in lower-case hexadecimal. Pure, so that it can be computed inside a workflow, where
 * there is no crypto module. About 20 MB/s.
 * @see FIPS 180-4.
 */
export function sha256(text: string): string {
  const bytes = utf8(text);
  const bits = bytes.length * 8;
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let shift = 7; shift >= 0; shift--) bytes.push(Math.floor(bits / 2 ** (8 * shift)) & 255);
  let state = START;
  for (let offset = 0; offset < bytes.length; offset += 64) state = compress(state, schedule(bytes, offset));
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Names plain data: SHA-256 of its canonical JSON. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
