import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import type { CloudEvent, OutboxEvent } from '../../../src/contracts/envelope';
import {
  EVENT_DATA_BYTES,
  eventHash,
  originOf,
  repetitionHash,
  toCloudEvent,
  upcast,
} from '../../../src/store/envelope';
import { fromHttp, toBatch, toBinary, toStructured } from '../../../src/store/envelope-modes';
import { batchOf } from '../../support/store/batches';
import { cloudEventSchema } from '../../support/store/cloudevents';

const root = join(__dirname, '../../..');
const GOLDEN = join(root, 'docs/reference/wire/events');
const valid = formats(new Ajv({ allowMatchingProperties: true })).compile(cloudEventSchema);
const golden = readdirSync(GOLDEN).map((file): [string, CloudEvent] => [
  file,
  JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as CloudEvent,
]);

/** Types of events that the code of the platform names. */
function emitted(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(root, folder, file), 'utf8').match(/type: '[a-z]+\.[a-zA-Z]+'/g) ?? [])
    .map((text) => text.slice("type: '".length, -1));
}

const event = (data: OutboxEvent['data']): CloudEvent => {
  const batch = batchOf({ space: 'demo', kind: 'variables', name: 'mail' }, 7, [{ type: 'set.created', data }]);
  return toCloudEvent(batch, batch.events[0] as OutboxEvent);
};
const text = fc.string({ unit: 'grapheme', minLength: 1 });
const events = fc
  .record({ id: text, subject: text, causationid: text, traceparent: text, data: fc.dictionary(text, fc.jsonValue()) })
  .map((more): CloudEvent => ({ ...event({}), ...more }));
// Data as JSON carries it: no minus zero, no names with a meaning of their own.
const plain = (each: CloudEvent): CloudEvent => JSON.parse(JSON.stringify(each)) as CloudEvent;

test('ENV-1 ENV-2 every published event is a CloudEvent 1.0.2; (source, id) is made of stream and sequence', () => {
  for (const [, each] of golden) expect(valid(each) ? undefined : valid.errors).toBeUndefined();
  for (const wrong of [{ id: '' }, { specversion: '0.3' }, { time: 'noon' }, { 'no-name': 'x' }, { hlc: {} }]) {
    expect(valid({ ...golden[0]?.[1], ...wrong })).toBe(false);
  }
  const ids = { causationId: 'cause', correlationId: 'correlation' };
  const batch = batchOf({ space: 'demo', kind: 'agent', name: 'a' }, 7, [{ type: 'x.happened', data: {}, ...ids }]);
  const [seventh, large] = [toCloudEvent(batch, batch.events[0] as OutboxEvent), event({ text: 'x'.repeat(2 ** 21) })];
  for (const made of [seventh, large]) expect(valid(made) ? undefined : valid.errors).toBeUndefined();
  expect(seventh).toMatchObject({
    ...{ subject: 'a', datacontenttype: 'application/json', dataschema: 'urn:mabeam:event:x.happened:1' },
    ...{ partitionkey: 'demo:agent:a', sequence: '000000000007', causationid: 'cause', correlationid: 'correlation' },
  });
  const lives = [1, 2].flatMap((generation) =>
    (['agent', 'variables'] as const).map((kind) => {
      const { source, id } = toCloudEvent(
        { ...batch, kind, generation: String(generation) },
        batch.events[0] as OutboxEvent,
      );
      return `${source} ${id}`;
    }),
  );
  expect(new Set(lives).size).toBe(4);
  expect(originOf(event({}))).toEqual({ space: 'demo', kind: 'variables', name: 'mail', generation: 1, sequence: 7 });
  expect(originOf({ ...event({}), source: '/elsewhere' })).toBeUndefined();
});

test.each(golden)('ENV-4 %s is made today as it was published', (file, published) => {
  const { space = '', kind = '', name = '', generation = 0, sequence = 0 } = originOf(published) ?? {};
  const { type, data, causationid, correlationid, hlc, follows } = published;
  const ids = correlationid === undefined ? {} : { correlationId: correlationid };
  const cause = causationid === undefined ? {} : { causationId: causationid };
  const batch = batchOf({ space, kind: kind as 'agent', name, generation }, sequence, [
    { type, data, ...cause, ...ids },
  ]);
  const stamped = {
    ...(hlc === undefined ? {} : { hlc }),
    ...(follows === undefined ? {} : { follows: follows.split(' ') }),
  };
  expect(toCloudEvent(batch, { ...(batch.events[0] as OutboxEvent), ...stamped })).toEqual(published);
  expect(file.startsWith(`${type}.v1.`)).toBe(true);
});

test('ENV-4 each type that the platform emits has its published sample, and each sample is emitted', () => {
  const types = new Set(['workflows', 'src/domain', 'src/store'].flatMap(emitted));
  expect([...types].sort()).toEqual([...new Set(golden.map(([, each]) => each.type))].sort());
});

test('EVT-2 an event that gets its stamp when its history is replayed is the same event; one with other data is not', () => {
  const [said] = batchOf({ space: 'demo' }, 7, [{ type: 'x.happened', data: { n: 1 } }]).events as [OutboxEvent];
  const stamped = { ...said, hlc: '001795521600000.000001@demo:agent:a', follows: ['demo:agent:b~1/2'] };
  expect(repetitionHash(stamped)).toBe(repetitionHash(said));
  expect(repetitionHash(said)).toBe(eventHash(said)); // as events were hashed before there were stamps
  expect(repetitionHash({ ...stamped, data: { n: 2 } })).not.toBe(repetitionHash(said));
});

test('ENV-3 ENV-4 structured, binary and batch modes survive a round trip, attributes that nobody knows included', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 4 }), (some) => {
      const sent = some.map(plain);
      for (const each of sent) {
        expect(valid(each) ? undefined : valid.errors).toBeUndefined();
        expect(fromHttp(toStructured(each))).toEqual([each]);
        expect(fromHttp(toBinary(each))).toEqual([each]);
        for (const value of Object.values(toBinary(each).headers)) expect(value).toMatch(/^[\x21-\x7e]*$/);
      }
      expect(fromHttp(toBatch(sent))).toEqual(sent);
    }),
    { seed: 11, numRuns: 200 },
  );
});

test.each([
  ['no JSON', { headers: { 'content-type': 'application/cloudevents+json' }, body: '{' }, 'invalid-json'],
  ['no id', { headers: { 'content-type': 'application/cloudevents+json' }, body: '{}' }, 'invalid-request'],
  ['no array', { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '{}' }, 'invalid-request'],
  ['another type', { headers: { 'content-type': 'text/plain' }, body: '' }, 'unsupported-media-type'],
])('a message with %s is refused with its own code', (_what, message, code) => {
  expect(() => fromHttp(message)).toThrow(expect.objectContaining({ code }) as Error);
});

test('ENV-4 an old event is lifted step by step; one without upcasters, and what is unknown in it, stays', () => {
  const old = { ...event({ percent: 90 }), hlc: 'kept' };
  const steps = {
    'set.created': {
      1: ({ percent, ...more }: OutboxEvent['data']) => ({ ...more, share: Number(percent) / 100 }),
      2: ({ share, ...more }: OutboxEvent['data']) => ({ ...more, values: { share } }),
    },
  };
  const dataschema = 'urn:mabeam:event:set.created:3';
  expect(upcast(old, steps)).toEqual({ ...old, dataschema, data: { values: { share: 0.9 } } });
  expect(upcast(old, {})).toBe(old);
});

test('ENV-5 what stands under the name of a secret never reaches the store, nor does large data', () => {
  const secrets = {
    password: 'p4ss',
    nested: [{ apiKey: 'k3y', token: { of: 't0ken' } }],
    pageToken: 'next',
    token: 7,
  };
  const changes = [{ variable: 'api_key', before: 'old-k3y', after: 'new-k3y' }];
  const { data } = event({ ...secrets, changes, values: { api_key: 'new-k3y', epochs: 3 } });
  expect(JSON.stringify(data)).not.toMatch(/p4ss|k3y|t0ken/);
  expect(data).toMatchObject({ pageToken: 'next', token: 7, values: { epochs: 3 } });
  const large = { text: 'x'.repeat(EVENT_DATA_BYTES) };
  const reference = 'temporal:demo:variables:mail#1/7';
  const bytes = JSON.stringify(large).length;
  expect(event(large).data).toEqual({ reference, bytes, sha256: eventHash(large) });
});
