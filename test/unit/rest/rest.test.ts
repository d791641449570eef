import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpReads } from '../../../src/client/http-reads';
import { refuse, type ErrorCode } from '../../../src/contracts/errors';
import { createApp } from '../../../src/rest/app';
import { listen } from '../../../src/rest/listen';
import { serve, type Http } from '../../support/rest/http';
import { fail, freshScript, row, scriptedDeps } from '../../support/rest/script';

const script = freshScript();
let http: Http & { close(): void };
beforeAll(async () => {
  http = await serve(scriptedDeps(script));
});
afterAll(() => http.close());
beforeEach(() => void Object.assign(script, freshScript()));

const tally = '/v1/spaces/demo/agents/tally';
const proposals = '/v1/spaces/demo/variableSets/mail/proposals';
const supervisors = '/v1/spaces/demo/supervisors';
const children = `${supervisors}/shop/children`;

describe('bad input has its own code and touches nothing', () => {
  test.each<[string, number, string, unknown, Record<string, string>]>([
    ['invalid-json', 400, `${tally}:tell`, '{"message":', {}],
    ['unknown-field', 400, `${tally}:tell`, { message: 'add', extra: 1 }, {}],
    ['invalid-request', 400, '/v1/spaces/demo/agents', { type: 'counter', name: 'tally', queue: 5 }, {}],
    ['unknown-field', 400, `${tally}:tell?nope=1`, { message: 'add' }, {}],
    ['invalid-request', 400, `${tally}:tell`, { message: 5 }, {}],
    ['invalid-request', 400, proposals, { basedOn: 7 }, {}],
    ['invalid-id', 400, '/v1/spaces/De%20mo/agents/tally:tell', { message: 'add' }, {}],
    ['unsupported-media-type', 415, `${tally}:tell`, '{"message":"add"}', { 'Content-Type': 'text/plain' }],
    ['idempotency-key-missing', 400, `${tally}:tell`, { message: 'add' }, { 'Idempotency-Key': '' }],
    ['message-too-large', 413, `${tally}:tell`, { message: 'add', arg: 'x'.repeat(1024 * 1024) }, {}],
    ['unknown-field', 400, children, { id: 'web', strat: 1 }, {}],
    ['unknown-field', 400, `${children}/web:restart`, { force: true }, {}],
    ['unknown-field', 400, supervisors, { name: 'shop', spec: { children: [], extra: 1 } }, {}],
    ['invalid-request', 400, supervisors, { name: 'shop' }, {}],
    ['invalid-request', 400, supervisors, { name: 'shop', definition: 'd', spec: { children: [] } }, {}],
    ['invalid-request', 400, `${supervisors}/shop:change`, { children: 'none' }, {}],
    ['idempotency-key-missing', 400, children, { id: 'web' }, { 'Idempotency-Key': '' }],
    ['not-found', 404, `${tally}:dance`, {}, {}],
    ['precondition-required', 428, '/v1/spaces/demo/variableSets/mail:redefine', { hash: 'h' }, {}],
    ['precondition-required', 428, '/v1/spaces/demo/variableSets/mail:redefine', { hash: 'h' }, { 'If-Match': '*' }],
    ['precondition-failed', 412, '/v1/spaces/demo/variableSets/mail:redefine', { hash: 'h' }, { 'If-Match': 'W/"7"' }],
    [
      'precondition-failed',
      412,
      '/v1/spaces/demo/variableSets/mail:redefine',
      { hash: 'h' },
      { 'If-Match': '"5", "6"' },
    ],
  ])('%s is %i at %s', async (code, status, path, body, headers) => {
    const answer = await http.post(path, body, headers);
    expect(answer.body).toMatchObject({ code, status });
    expect(answer.body['type']).toMatch(new RegExp(`/${code}$`));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
    expect(script.told).toEqual([]);
  });

  test.each<[ErrorCode, number, string, unknown]>([
    ['agent-not-found', 404, `${tally}:ask`, { message: 'drain' }],
    ['already-exists', 409, '/v1/spaces/demo/agents', { type: 'counter', name: 'tally' }],
    ['mailbox-full', 429, `${tally}:ask`, { message: 'drain' }],
    ['message-too-large', 413, `${tally}:ask`, { message: 'drain' }],
    ['unknown-variable', 422, proposals, { basedOn: 7, changes: { nope: 1 } }],
    ['not-a-voter', 409, '/v1/spaces/demo/ballots/mail@3:vote', { voter: 'x', choice: 'yes' }],
    ['already-voted', 409, '/v1/spaces/demo/ballots/mail@3:vote', { voter: 'x', choice: 'yes' }],
    ['invalid-supervisor', 422, supervisors, { name: 'shop', spec: { children: [{}] } }],
    ['child-start-failed', 502, supervisors, { name: 'shop', definition: 'shop' }],
    ['child-already-started', 409, children, { id: 'web' }],
    ['limit-reached', 429, children, { id: 'web' }],
    ['child-quarantined', 409, `${children}/web:restart`, {}],
    ['child-not-quarantined', 409, `${children}/web:release`, {}],
    ['child-restarting', 409, `${children}/web:restart`, {}],
    ['not-for-dynamic-children', 409, `${children}/web:restart`, {}],
    ['child-not-found', 404, `${children}/web:terminate`, {}],
    ['supervisor-not-found', 404, `${supervisors}/shop:stop`, {}],
    ['invalid-supervisor', 422, `${supervisors}/shop:change`, { children: [] }],
    ['not-decided', 409, '/v1/spaces/demo/ballots/lunch:whatIf', { threshold: { kind: 'borda' } }],
    ['unknown-rule', 422, '/v1/spaces/demo/ballots', { name: 'lunch', title: 'lunch', electorate: ['ann'] }],
    ['invalid-rule', 422, '/v1/spaces/demo/ballots', { name: 'lunch', title: 'lunch', electorate: [{ id: 'ann' }] }],
    ['invalid-electorate', 422, '/v1/spaces/demo/ballots', { name: 'lunch', title: 'lunch', electorate: [] }],
    ['ballot-closed', 409, '/v1/spaces/demo/ballots/mail@3:vote', { voter: 'x', choice: 'yes' }],
  ])('%s of the receiver is %i', async (code, status, path, body) => {
    script.outcome = () => fail(code);
    const answer = await http.post(path, body);
    expect(answer.body).toMatchObject({ code, status, detail: 'expected this; got that' });
    expect(answer.status).toBe(status);
  });

  test.each<[ErrorCode, number]>([
    ['stale-base', 409],
    ['constraint-broken', 409],
    ['value-out-of-range', 422],
    ['wrong-kind', 422],
    ['unknown-variable', 422],
  ])('a refused verdict %s is %i with the whole verdict and the current ETag', async (code, status) => {
    script.verdict = { kind: 'refused', reasons: [refuse(code, 'because')], currentVersion: 7 };
    const answer = await http.post(proposals, { basedOn: 6, changes: { threshold: 2 } });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, currentVersion: 7, verdict: { kind: 'refused' } });
    expect(answer.headers.get('ETag')).toBe('"7"');
  });
});

test('a key repeated with the same body is answered as the first time and told once; another body is refused', async () => {
  const key = { 'Idempotency-Key': 'once' };
  const first = await http.post(`${tally}:tell`, { message: 'add', arg: 1 }, key);
  const again = await http.post(`${tally}:tell`, { message: 'add', arg: 1 }, key);
  const other = await http.post(`${tally}:tell`, { message: 'add', arg: 2 }, key);
  expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
  expect(first.headers.get('Idempotency-Replayed')).toBeNull();
  expect(again.headers.get('Idempotency-Replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  expect(other.body['code']).toBe('idempotency-key-reused');
  expect(script.told).toHaveLength(1);
  expect(script.told[0]?.id).toBe(first.body['messageId']);
  await http.post('/v1/spaces/demo/agents/other:tell', { message: 'add', arg: 1 }, key);
  expect(script.told[1]?.id).not.toBe(script.told[0]?.id);
});

test('a DELETE needs no key; one that brings a key is done once and answered as the first time', async () => {
  const key = { 'Idempotency-Key': 'forget' };
  const first = await http.remove(`${children}/web`, key);
  const again = await http.remove(`${children}/web`, key);
  expect([first.status, again.status, again.headers.get('Idempotency-Replayed')]).toEqual([204, 204, 'true']);
  expect(await http.remove(`${children}/web`)).toMatchObject({ status: 204 });
  expect(script.told).toMatchObject([{ id: expect.stringMatching(/^rest-/) as string }, { id: undefined }]);
  expect((await http.remove(`${children}/web?force=1`)).body).toMatchObject({ code: 'unknown-field' });
});

test('a child with a field of a specification is one, even without start; else it is one of simple_one_for_one', async () => {
  script.outcome = () => ({ id: 'web', generation: 1 });
  for (const body of [{ id: 'web', args: 5 }, {}, { id: 'web', restart: 'always' }]) await http.post(children, body);
  expect(script.told.map(({ arg }) => arg)).toStrictEqual([
    { id: 'web', args: 5 },
    {},
    { id: 'web', restart: 'always', start: undefined },
  ]);
});

test('a request that was refused leaves its key free', async () => {
  const key = { 'Idempotency-Key': 'free' };
  script.outcome = () => fail('mailbox-full');
  expect((await http.post(`${tally}:ask`, { message: 'drain' }, key)).status).toBe(429);
  script.outcome = () => 5;
  expect((await http.post(`${tally}:ask`, { message: 'drain' }, key)).body).toEqual({ reply: 5 });
});

test('a proposal is 201 with the new ETag, or 202 with its ballot', async () => {
  const accepted = await http.post(proposals, { basedOn: 7, changes: { threshold: 0.93 } });
  expect([accepted.status, accepted.headers.get('ETag')]).toEqual([201, '"8"']);
  script.verdict = { kind: 'pending', proposal: 2, ballot: 'mail@2' };
  const pending = await http.post(proposals, { basedOn: 7, changes: { threshold: 0.93 } });
  expect([pending.status, pending.headers.get('Location')]).toEqual([202, '/v1/spaces/demo/ballots/mail@2']);
});

test('a set has its version as ETag; a known one is 304', async () => {
  const set = '/v1/spaces/demo/variableSets/mail';
  expect((await http.get(set)).headers.get('ETag')).toBe('"7"');
  expect((await http.get(set, { 'If-None-Match': '"7"' })).status).toBe(304);
  expect((await http.get(set, { 'If-None-Match': 'W/"7"' })).status).toBe(200);
});

test('a page token is signed: it is good for its own list and filter only', async () => {
  const list = '/v1/spaces/demo/agents';
  const token = String((await http.get(`${list}?pageSize=1`)).body['nextPageToken']);
  expect(token).not.toContain('raw-token');
  expect((await http.get(`${list}?pageToken=${token}`)).status).toBe(200);
  expect((await http.get(`${list}?status=failed&pageToken=${token}`)).status).toBe(400);
  expect((await http.get(`/v1/spaces/other/agents?pageToken=${token}`)).status).toBe(400);
  expect((await http.get(`${list}?pageToken=x${token}`)).status).toBe(400);
  for (const size of ['0', '501', 'x']) expect((await http.get(`${list}?pageSize=${size}`)).status).toBe(400);
});

test('Temporal unreachable is 503 with Retry-After, also in readyz, while livez answers', async () => {
  script.isTemporalUp = false;
  const answer = await http.post(`${tally}:ask`, { message: 'drain' });
  expect([answer.status, answer.body['code']]).toEqual([503, 'temporal-unavailable']);
  expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(await http.get('/readyz')).toMatchObject({ status: 503, body: { ok: false, parts: { store: { ok: true } } } });
  expect((await http.get('/livez')).status).toBe(200);
  script.isTemporalUp = true;
  // a part that is not needed is told, and the facade is ready all the same
  const ready = { status: 200, body: { ok: true, parts: { workers: { ok: false, needed: false } } } };
  expect(await http.get('/readyz')).toMatchObject(ready);
});

test('request and correlation ids go in and out; nothing is cached; a defect tells nothing of itself', async () => {
  script.outcome = () => {
    throw new Error('secret text');
  };
  const answer = await http.get('/v1/spaces/demo/ballots/mail@3', { 'X-Request-Id': 'r1', 'X-Correlation-Id': 'c1' });
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  expect(answer.body['requestId']).toBe('r1');
  expect(answer.headers.get('X-Request-Id')).toBe('r1');
  expect(answer.headers.get('X-Correlation-Id')).toBe('c1');
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
});

test('the event stream resumes after Last-Event-ID or after, and says resync when the position is beyond the store', async () => {
  const read = async (query: string, headers = {}) =>
    (await fetch(`${http.base}/v1/spaces/demo/events${query}`, { headers })).text();
  const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids(await read('?after=1'))).toEqual([2, 3]);
  expect(ids(await read('', { 'Last-Event-ID': '2' }))).toEqual([3]);
  const beyond = await read('?after=99');
  expect(beyond).toContain('event: resync');
  expect(beyond).toContain('retry: 3000');
});

test('the facade listens on loopback and nowhere else', async () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org']) {
    await expect(listen(createApp(scriptedDeps(script)), host, 0)).rejects.toMatchObject({ code: 'invalid-request' });
  }
});

test('the OpenAPI document is 3.1 and describes bodies by the schemas that validate', async () => {
  const { body } = await http.get('/openapi.json');
  expect(body['openapi']).toBe('3.1.0');
  const paths = body['paths'] as Record<string, { post?: { requestBody: unknown } }>;
  const schema = JSON.stringify(paths['/v1/spaces/{space}/ballots/{name}:vote']?.post?.requestBody);
  expect(schema).toContain('"additionalProperties":false');
  expect(schema).toContain('["yes","no","abstain"]');
});

test('the HTTP reader answers what the store answers, with its codes, and follows the feed', async () => {
  const over = createHttpReads(http.base);
  expect((await over.list({ space: 'demo', kind: 'agent' })).items).toEqual([row]);
  expect((await over.state()).position).toBe(3);
  await expect(over.why({ space: 'demo', set: 'mail', variable: 'nope' })).rejects.toMatchObject({
    code: 'unknown-variable',
  });
  const seen: number[] = [];
  const gone = new AbortController();
  for await (const { position } of over.feed({ space: 'demo', after: 1, signal: gone.signal })) {
    seen.push(position);
    if (position === 3) gone.abort();
  }
  expect(seen).toEqual([2, 3]);
  await expect(createHttpReads('http://127.0.0.1:1').state()).rejects.toMatchObject({ code: 'reads-unavailable' });
});

test('the HTTP reader mends a stream that breaks, before its first event, too; a first connection must succeed', async () => {
  let asked = 0;
  const broken = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (asked === 1) response.write(': alive\n\n', () => response.destroy());
    else response.end('id: 7\nevent: set.committed\ndata: {}\n\n');
  });
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((broken.address() as AddressInfo).port)}`;
  const gone = new AbortController();
  const seen: number[] = [];
  for await (const { position } of createHttpReads(url).feed({ space: 'demo', after: 0, signal: gone.signal })) {
    seen.push(position);
    gone.abort();
  }
  expect([seen, asked]).toEqual([[7], 2]);
  broken.closeAllConnections();
  await new Promise((resolve) => broken.close(resolve));
  const refused = createHttpReads(url).feed({ space: 'demo', after: 0 })[Symbol.asyncIterator]();
  await expect(refused.next()).rejects.toMatchObject({ code: 'reads-unavailable' });
});

describe('lookups of names', () => {
  const path = '/v1/spaces/demo/registry/agent/tally';

  test('a lookup is cached unless the query asks for the authority, and says who answered', async () => {
    expect((await http.get(path)).body).toMatchObject({ consistency: 'cached', source: 'cache', registration: {} });
    expect((await http.get(`${path}?consistency=strong`)).body).toMatchObject({ consistency: 'strong' });
  });

  test.each<[string, number, string]>([
    ['invalid-id', 400, '/v1/spaces/demo/registry/ghost/tally'],
    ['invalid-id', 400, '/v1/spaces/demo/registry/agent/Tally!'],
    ['invalid-request', 400, `${path}?consistency=perhaps`],
    ['unknown-field', 400, `${path}?strong=1`],
  ])('%s is %i at %s', async (code, status, at) => {
    expect((await http.get(at)).body).toMatchObject({ code, status });
  });

  test('a name that nobody owns is 404', async () => {
    script.outcome = () => 'nobody';
    expect((await http.get(path)).body).toMatchObject({ code: 'not-found', status: 404 });
  });
});
