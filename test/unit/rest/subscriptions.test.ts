import { openStore, type Store } from '../../../src/store/open';
import { misfits } from '../../support/rest/document';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';
import { batchOf, counted } from '../../support/store/batches';
import { emptyDatabase } from '../../support/store/template';

let store: Store;
let http: Http & { close(): void };
let space: string;
let spaces = 0;
beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  http = await serve({ ...scriptedDeps(freshScript()), subscriptions: store.subscriptions, maxStreams: 1 });
});
afterAll(async () => {
  http.close();
  await store.close();
});
beforeEach(async () => {
  spaces += 1;
  space = `rest-${String(spaces)}`;
  await store.events.append(batchOf({ space }, 1, counted(1, 3)));
});

const all = (): string => `/v1/spaces/${space}/subscriptions`;
const one = (verb = ''): string => `${all()}/mailers${verb}`;
const receiptsOf = (body: Record<string, unknown>): readonly string[] =>
  (body['messages'] as readonly { readonly receipt: string }[]).map(({ receipt }) => receipt);

test('EVT-4 make, look, take, answer, replay and remove: each answers what its schema says', async () => {
  const made = await http.post(all(), { name: 'mailers', maxRetries: 0, types: ['agent.adopted'] });
  expect([made.status, misfits('Subscription', made.body)]).toEqual([201, []]);
  expect((await http.post(all(), { name: 'mailers', maxRetries: 0, types: ['agent.adopted'] })).body).toEqual(
    made.body,
  );
  const taken = await http.post(one(':take'), { limit: 3 }, { 'Idempotency-Key': '' });
  expect([taken.status, misfits('TakenMessages', taken.body)]).toEqual([200, []]);
  const [first, second, third] = receiptsOf(taken.body);
  const acked = await http.post(one(':ack'), { receipts: [first] });
  expect([acked.status, acked.body, misfits('Answered', acked.body)]).toEqual([200, { answered: 1, unknown: [] }, []]);
  const nacked = await http.post(one(':nack'), { receipts: [second], action: 'retry', reason: 'busy' });
  expect(nacked.body).toEqual({ answered: 1, unknown: [] });
  expect((await http.post(one(':nack'), { receipts: [third], action: 'stop' })).status).toBe(200);
  const parked = await http.get(one('/parked'));
  expect([parked.status, misfits('ParkedMessages', parked.body)]).toEqual([200, []]);
  expect(parked.body['items']).toMatchObject([{ reason: 'busy', attempts: 1 }]);
  const stopped = await http.get(one());
  expect([stopped.status, misfits('Subscription', stopped.body)]).toEqual([200, []]);
  expect(stopped.body).toMatchObject({ state: 'stopped', parked: 1, waiting: 1 });
  const { position } = stopped.body;
  expect((await store.status()).readers).toContainEqual({ reader: 'group/mailers', space, position });
  const listed = await http.get(all());
  expect([listed.body['items'], misfits('Subscriptions', listed.body)]).toEqual([[stopped.body], []]);
  expect((await http.post(one(':resume'), {})).body).toMatchObject({ state: 'running' });
  const replayed = await http.post(one(':replayParked'), {});
  expect([replayed.body, misfits('ReplayedMessages', replayed.body)]).toEqual([{ replayed: 1 }, []]);
  const removed = await http.remove(one());
  expect([removed.status, removed.body]).toEqual([204, {}]);
  expect((await http.remove(one())).body).toMatchObject({ code: 'subscription-not-found', status: 404 });
});

test.each<[string, number, string, object]>([
  ['subscription-not-found', 404, '/nobody:take', {}],
  ['subscription-not-found', 404, '/nobody:ack', { receipts: ['1-x'] }],
  ['subscription-not-found', 404, '/nobody:replayParked', {}],
  ['subscription-not-found', 404, '/nobody:resume', {}],
  ['invalid-id', 400, '', { name: 'No Name' }],
  ['invalid-request', 400, '', { name: 'mailers', leaseMs: 99 }],
  ['invalid-request', 400, '', { name: 'mailers', after: 'now' }],
  ['unknown-field', 400, '', { name: 'mailers', from: 0 }],
  ['subscription-mismatch', 409, '', { name: 'there', maxRetries: 1 }],
  ['unknown-receipt', 409, '/there:ack', { receipts: ['1-x'] }],
  ['unknown-receipt', 409, '/there:nack', { receipts: ['1-x'], action: 'skip' }],
  ['invalid-request', 400, '/there:nack', { receipts: ['1-x'], action: 'forget' }],
  ['invalid-request', 400, '/there:take', { limit: 101 }],
  ['invalid-request', 400, '/there:take', { waitMs: 30_001 }],
  ['invalid-request', 400, '/there:ack', { receipts: [] }],
  ['subscription-stopped', 409, '/stopped:take', {}],
])('%s is %i at %s', async (code, status, path, body) => {
  await http.post(all(), { name: 'there' });
  await http.post(all(), { name: 'stopped' });
  const [receipt] = receiptsOf((await http.post(`${all()}/stopped:take`, {})).body);
  await http.post(`${all()}/stopped:nack`, { receipts: [receipt], action: 'stop' });
  const answer = await http.post(`${all()}${path}`, body);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
  expect(misfits('Problem', answer.body).filter((each) => !each.includes('differs'))).toEqual([]);
});

test('an answer needs an Idempotency-Key, and repeated with it is answered as the first time', async () => {
  await http.post(all(), { name: 'mailers' });
  const receipts = receiptsOf((await http.post(one(':take'), {})).body);
  const keyless = await http.post(one(':ack'), { receipts }, { 'Idempotency-Key': '' });
  expect(keyless.body).toMatchObject({ code: 'idempotency-key-missing' });
  const key = { 'Idempotency-Key': 'once' };
  const first = await http.post(one(':ack'), { receipts }, key);
  const again = await http.post(one(':ack'), { receipts }, key);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('Idempotency-Replayed')).toBe('true');
});

test('the token of a page of parked messages is signed, and good for its subscription only', async () => {
  await http.post(all(), { name: 'mailers' });
  await http.post(all(), { name: 'others' });
  const receipts = receiptsOf((await http.post(one(':take'), {})).body);
  await http.post(one(':nack'), { receipts, action: 'park' });
  const page = await http.get(one('/parked?pageSize=2'));
  const token = encodeURIComponent(String(page.body['nextPageToken']));
  expect((await http.get(one(`/parked?pageSize=2&pageToken=${token}`))).body['items']).toHaveLength(1);
  expect((await http.get(`${all()}/others/parked?pageToken=${token}`)).status).toBe(400);
});

test('takes that wait have places like event streams, and give them back', async () => {
  await http.post(all(), { name: 'late', after: 'end' });
  const waiting = http.post(`${all()}/late:take`, { waitMs: 20_000 });
  let second = await http.post(`${all()}/late:take`, { waitMs: 1 });
  while (second.status === 200) second = await http.post(`${all()}/late:take`, { waitMs: 1 });
  expect([second.status, second.body['code']]).toEqual([429, 'limit-reached']);
  await store.events.append(batchOf({ space }, 4, counted(4, 1)));
  expect((await waiting).body['messages']).toHaveLength(1);
  expect((await http.post(`${all()}/late:take`, { waitMs: 1 })).status).toBe(200);
});

test('a facade without a store says so', async () => {
  const bare = await serve(scriptedDeps(freshScript()));
  try {
    expect((await bare.get(one())).body).toMatchObject({ code: 'reads-unavailable', status: 503 });
  } finally {
    bare.close();
  }
});
