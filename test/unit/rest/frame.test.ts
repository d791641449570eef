import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import { createRateLimits } from '../../../src/rest/rate-limit';
import { traceOf } from '../../../src/rest/trace';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';

const script = freshScript();
const logged: object[] = [];
let http: Http & { close(): void };
beforeAll(async () => {
  const log = { info: (line: object) => void logged.push(line), error: (line: object) => void logged.push(line) };
  http = await serve({ ...scriptedDeps(script), log, rateLimit: { perMinute: 60, burst: 5 } });
});
afterAll(() => http.close());
beforeEach(() => {
  Object.assign(script, freshScript());
  logged.length = 0;
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ask = (space: string): string => `/v1/spaces/${space}/agents/tally:ask`;

test('a trace goes on, with a span of ours; a broken one is replaced; a problem and the log name it', async () => {
  const going = traceOf(`00-${TRACE}-00f067aa0ba902b7-01`);
  expect(going.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(going.traceparent).not.toContain('00f067aa0ba902b7');
  for (const broken of [
    undefined,
    '',
    'x',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `01-${TRACE}-00f067aa0ba902b7-01`,
  ]) {
    expect(traceOf(broken).traceId).toMatch(/^(?!4bf9)[0-9a-f]{32}$/);
  }
  script.outcome = () => {
    throw new PlatformError(refuse('agent-not-found', 'no tally'));
  };
  const answer = await http.post(ask('traced'), { message: 'x' }, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
  expect(answer.body).toMatchObject({ code: 'agent-not-found', traceId: TRACE });
  expect(answer.headers.get('traceparent')).toContain(TRACE);
  expect(logged).toContainEqual(expect.objectContaining({ traceId: TRACE, status: 404 }));
});

test('a space that sends too much is refused with a time to wait; another space is served', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => http.post(ask('greedy'), { message: 'drain' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429]);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.body).toMatchObject({ code: 'rate-limited', limit: 5, remaining: 0 });
  expect(Number(refused?.headers.get('Retry-After'))).toBe(1);
  expect(refused?.headers.get('RateLimit')).toBe('"space";r=0;t=1');
  expect((await http.post(ask('modest'), { message: 'drain' })).headers.get('RateLimit-Policy')).toBe(
    '"space";q=5;w=5',
  );
});

test('BPR-2 one greedy space and nine modest ones: the greedy one is told to wait, nobody else is refused', async () => {
  const modest = Array.from({ length: 9 }, (_each, at) => `modest-${String(at + 1)}`);
  const order = Array.from({ length: 5 }, () => [...Array<string>(40).fill('greedy-1'), ...modest]).flat();
  const answers = await Promise.all(
    order.map(async (space) => ({ space, ...(await http.post(ask(space), { message: 'drain' })) })),
  );
  const ofModest = answers.filter(({ space }) => space !== 'greedy-1');
  expect(ofModest.map(({ status }) => status)).toEqual(Array(45).fill(200));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(100);
  expect(new Set(refused.map(({ status, body }) => `${String(status)} ${String(body['code'])}`))).toEqual(
    new Set(['429 rate-limited']),
  );
  expect(refused.filter(({ headers }) => headers.get('Retry-After') === null)).toEqual([]);
});

test('a bucket is exact: the limit passes, one more does not, and it fills with time', () => {
  let now = 0;
  const limits = createRateLimits({ perMinute: 60, burst: 3 }, () => now);
  expect([1, 2, 3, 4].map(() => limits.take('a').ok)).toEqual([true, true, true, false]);
  expect(limits.take('a')).toEqual({ ok: false, remaining: 0, resetMs: 1_000 });
  now = 999;
  expect(limits.take('a').ok).toBe(false);
  now = 1_000;
  expect([limits.take('a').ok, limits.take('a').ok]).toEqual([true, false]);
});

test.each<[string, number, string, RequestInit['body'], Record<string, string>]>([
  ['an encoding that is not known', 415, 'unsupported-media-type', '{}', { 'Content-Encoding': 'zzz' }],
  ['a body that is not what its encoding says', 400, 'invalid-request', '{}', { 'Content-Encoding': 'gzip' }],
  [
    'a small body that unpacks to a large one',
    413,
    'message-too-large',
    new Uint8Array(gzipSync(`"${'x'.repeat(2 ** 20)}"`)),
    { 'Content-Encoding': 'gzip' },
  ],
  ['bytes that are not UTF-8', 400, 'invalid-json', new Uint8Array([0x22, 0xff, 0x22]), {}],
  [
    'a charset that is not UTF-8',
    415,
    'unsupported-media-type',
    '{}',
    { 'Content-Type': 'application/json; charset=latin1' },
  ],
  ['a key with a line break in it', 400, 'invalid-request', '{"message":"x"}', { 'Idempotency-Key': 'a\tb' }],
  ['a key that is too long', 400, 'invalid-request', '{"message":"x"}', { 'Idempotency-Key': 'k'.repeat(256) }],
])('%s is %i %s', async (_what, status, code, body, headers) => {
  const all = { 'Content-Type': 'application/json', 'Idempotency-Key': 'k', ...headers };
  const response = await fetch(`${http.base}${ask(`s${code}${String(Math.random()).slice(2)}`)}`, {
    method: 'POST',
    body,
    headers: all,
  } as RequestInit);
  expect(await response.json()).toMatchObject({ code, status });
  expect(response.status).toBe(status);
});

test('members of the prototype are fields like others, and unknown ones are refused with a pointer each', async () => {
  const answer = await http.post(ask('odd'), '{"message":"drain","__proto__":{"timeoutMs":"x"}}');
  expect(answer.body).toMatchObject({
    code: 'unknown-field',
    errors: [{ reason: expect.stringContaining('__proto__') as string }],
  });
  const wrong = await http.post(ask('odd'), { message: 'drain', timeoutMs: 0 });
  expect(wrong.body['errors']).toEqual([{ pointer: '/timeoutMs', reason: expect.stringContaining('1') as string }]);
});

test('a defect says nothing of itself: no message, no stack; the log has both under the request id', async () => {
  script.outcome = () => {
    throw new PlatformError(refuse('internal', 'secret: at /home/x.ts:1', { details: { stack: 'secret' } }));
  };
  const answer = await http.post(ask('defect'), { message: 'drain' }, { 'X-Request-Id': 'r-1' });
  expect(JSON.stringify(answer.body)).not.toMatch(/secret|\.ts/);
  expect(logged).toContainEqual(
    expect.objectContaining({ requestId: 'r-1', error: expect.stringContaining('secret') as string }),
  );
});

const statusFor = (base: string, host: string): Promise<{ status: number | undefined; body: unknown }> =>
  new Promise((resolve, reject) => {
    const asked = request(`${base}/livez`, { headers: { Host: host } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => {
        resolve({ status: answer.statusCode, body: JSON.parse(text) });
      });
    });
    asked.on('error', reject);
    asked.end();
  });

test('a request that names another host is refused: a foreign page whose name points here gets nothing', async () => {
  const open = await serve({ ...scriptedDeps(script), hosts: ['mabeam-api'] });
  try {
    for (const host of ['localhost', 'LOCALHOST:7411', '127.0.0.1:80', '[::1]:7411', 'mabeam-api:7412'])
      expect([host, (await statusFor(open.base, host)).status]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      'evil.example:7411',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
    ])
      expect(await statusFor(open.base, host)).toMatchObject({
        status: 421,
        body: { code: 'wrong-host', detail: expect.stringContaining(host.split(':')[0] ?? '') as string },
      });
  } finally {
    open.close();
  }
});
