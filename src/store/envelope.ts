import { createHash } from 'node:crypto';
import type { CloudEvent, EventSource, OutboxEvent } from '../contracts/envelope';
import { topicId, workflowId, type Name } from '../contracts/ids';
import { canonicalJson } from '../domain/canonical-json';

/** Larger data is kept as a reference and a hash (ENV-5); a tally of a thousand voters with reasons fits. */
export const EVENT_DATA_BYTES = 1024 * 1024;
const SECRET =
  /^(pass(word|wd|phrase)|secret|(client|shared)[-_]?secret|api[-_]?key|authorization|cookie|((access|refresh|bearer|auth)[-_]?)?token|private[-_]?key|credentials?)$/i;
const SCHEMA = 'urn:mabeam:event:';
const SEQUENCE_DIGITS = 12;

/** SHA-256 of the canonical JSON: two events are one if, and only if, these are equal. */
export function eventHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/**
 * The hash by which a repeated hand-over is known: of what happened, without the stamp. An event of a run that was begun before there were
 * stamps gets one when its history is replayed, and is the same event.
 */
export function repetitionHash({ hlc: _hlc, follows: _follows, ...event }: OutboxEvent): string {
  return eventHash(event);
}

/** Postgres has no U+0000 in texts; its `json` has. */
export function plainText(text: string): string {
  return text.replaceAll('\u0000', '');
}

/** What stands under a name that says "secret" is blotted out; numbers and switches are no secrets. */
function withoutSecret(name: string, value: unknown): unknown {
  const isOpen = value === null || typeof value === 'number' || typeof value === 'boolean';
  return SECRET.test(name) && !isOpen ? '[redacted]' : withoutSecrets(value);
}

/** A change names its variable beside its values: `{ variable: 'api_key', before, after }`. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const variable = 'variable' in value && typeof value.variable === 'string' ? value.variable : '';
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const name = key === 'before' || key === 'after' ? variable : key;
      return [key, withoutSecret(name, each)];
    }),
  );
}

function small(data: Readonly<Record<string, unknown>>, reference: string): Readonly<Record<string, unknown>> {
  const clean = withoutSecrets(data) as Readonly<Record<string, unknown>>;
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes <= EVENT_DATA_BYTES ? clean : { reference, bytes, sha256: eventHash(clean) };
}

function partitionOf({ space, kind, name }: EventSource): string {
  return kind === 'topic' ? topicId(space, name) : workflowId(space, kind, name as Name);
}

/** The stream of a batch: one life of one name. */
export function streamOf(source: EventSource): string {
  return `${partitionOf(source)}~${source.generation}`;
}

/**
 * The CloudEvent of an outbox event. Pure: the same event always makes the same envelope, so a repeated hand-over is
 * recognised by its hash.
 *
 * Data larger than EVENT_DATA_BYTES becomes `{ reference, bytes, sha256 }`, what stands under a secret's name `[redacted]` (ENV-5).
 */
export function toCloudEvent(from: EventSource, event: OutboxEvent): CloudEvent {
  const { space, kind, name, generation } = from;
  const id = `${generation}/${String(event.sequence)}`;
  const partition = partitionOf(from);
  return {
    specversion: '1.0',
    id,
    source: `/spaces/${space}/${kind}/${name}`,
    type: event.type,
    subject: name,
    time: event.time,
    datacontenttype: 'application/json',
    dataschema: `${SCHEMA}${event.type}:${String(event.version ?? 1)}`,
    sequence: String(event.sequence).padStart(SEQUENCE_DIGITS, '0'),
    partitionkey: partition,
    ...(event.causationId === undefined ? {} : { causationid: event.causationId }),
    ...(event.correlationId === undefined ? {} : { correlationid: event.correlationId }),
    ...(event.hlc === undefined ? {} : { hlc: event.hlc }),
    ...(event.follows === undefined ? {} : { follows: event.follows.join(' ') }),
    data: small(event.data, `temporal:${partition}#${id}`),
  };
}

/** What an envelope says of its origin. `undefined` for an envelope that is not one of ours. */
export interface Origin {
  readonly space: string;
  readonly kind: string;
  readonly name: string;
  /** 0 where the generation is not a number. */
  readonly generation: number;
  readonly sequence: number;
}

/** Reads source and id back. */
export function originOf(event: CloudEvent): Origin | undefined {
  const [empty, spaces, space, kind, name, ...rest] = event.source.split('/');
  const [generation = '', sequence = ''] = event.id.split('/');
  if (empty !== '' || spaces !== 'spaces' || space === undefined || kind === undefined || name === undefined) return;
  if (rest.length > 0) return;
  return { space, kind, name, generation: Number(/^\d+/.exec(generation)?.[0] ?? 0), sequence: Number(sequence) };
}

/** Lifts data of one version of a type to the next; by type, then by the version it starts from (ENV-4). */
export type Upcasters = Readonly<
  Record<
    string,
    Readonly<Record<number, (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>>>
  >
>;

/** Lifts an event to the newest version that the upcasters of its type lead to. Attributes it does not know are kept. */
export function upcast(event: CloudEvent, upcasters: Upcasters): CloudEvent {
  const steps = upcasters[event.type];
  const first = /:(\d+)$/.exec(event.dataschema)?.[1];
  if (steps === undefined || first === undefined) return event;
  let version = Number(first);
  let { data } = event;
  for (let step = steps[version]; step !== undefined; step = steps[version]) {
    data = step(data);
    version += 1;
  }
  return { ...event, dataschema: `${SCHEMA}${event.type}:${String(version)}`, data };
}
