import type { CloudEvent } from '../contracts/envelope';
import { PlatformError, refuse } from '../contracts/errors';

/** An HTTP message: header names in lower case. */
export interface HttpMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const JSON_TYPE = 'application/json';
const NAME = /^[a-z0-9]{1,}$/;
const REQUIRED = ['id', 'source', 'specversion', 'type'] as const;
const encoder = new TextEncoder();

/** Printable ASCII but space, quote and percent stands for itself (CloudEvents HTTP binding 3.1.3.2). */
function encodeHeader(text: string): string {
  let out = '';
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    const isPlain = code > 0x20 && code < 0x7f && letter !== '"' && letter !== '%';
    if (isPlain) out += letter;
    else for (const byte of encoder.encode(letter)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function decodeHeader(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`a header is percent-encoded UTF-8; got ${JSON.stringify(text)}`);
  }
}

function invalid(text: string): PlatformError {
  return new PlatformError(refuse('invalid-request', `an event is a CloudEvent 1.0: ${text}`));
}

function check(value: unknown): CloudEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is an object');
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const name of REQUIRED) {
    const text = fields.get(name);
    if (typeof text !== 'string' || text === '') throw invalid(`${name} is a text that is not empty`);
  }
  if (fields.get('specversion') !== '1.0') throw invalid(`specversion is 1.0`);
  for (const name of fields.keys()) {
    if (name !== 'data' && name !== 'data_base64' && !NAME.test(name)) throw invalid(`${name} is no attribute name`);
  }
  return value as CloudEvent;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new PlatformError(refuse('invalid-json', 'the body is not JSON'));
  }
}

/** One event as one JSON document (ENV-3). */
export function toStructured(event: CloudEvent): HttpMessage {
  return { headers: { 'content-type': STRUCTURED }, body: JSON.stringify(event) };
}

/** One event with its attributes as headers and its data as body (ENV-3). Attributes that are not texts become texts. */
export function toBinary(event: CloudEvent): HttpMessage {
  const { data, datacontenttype, ...attributes } = event;
  const texts: Readonly<Record<string, unknown>> = attributes;
  const headers = Object.entries(texts).map(([name, value]): [string, string] => [
    `ce-${name}`,
    encodeHeader(String(value)),
  ]);
  return { headers: { ...Object.fromEntries(headers), 'content-type': datacontenttype }, body: JSON.stringify(data) };
}

/** Many events as one JSON array (ENV-3). */
export function toBatch(events: readonly CloudEvent[]): HttpMessage {
  return { headers: { 'content-type': BATCH }, body: JSON.stringify(events) };
}

/**
 * Events of a message in any of the three modes. Attributes that we do not know are kept (ENV-4).
 *
 * @throws PlatformError `invalid-json`, `invalid-request`, `unsupported-media-type`
 */
export function fromHttp({ headers, body }: HttpMessage): readonly CloudEvent[] {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === STRUCTURED) return [check(parseJson(body))];
  if (type === BATCH) {
    const list = parseJson(body);
    if (!Array.isArray(list)) throw invalid('a batch is an array');
    return list.map(check);
  }
  if (type !== JSON_TYPE || headers['ce-specversion'] === undefined) {
    const expected = `${STRUCTURED}, ${BATCH}, or ${JSON_TYPE} with ce- headers`;
    throw new PlatformError(refuse('unsupported-media-type', `expected ${expected}; got ${JSON.stringify(type)}`));
  }
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice(3), decodeHeader(value)]);
  return [check({ ...Object.fromEntries(attributes), datacontenttype: type, data: parseJson(body) })];
}
