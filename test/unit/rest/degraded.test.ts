import { createContact } from '../../../src/rest/contact';
import type { Contact } from '../../../src/rest/contact';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';

let contact: Contact = { ok: true };
let http: Http & { close(): void };
let calls = 0;
const script = freshScript();
beforeAll(async () => {
  const deps = scriptedDeps(script);
  const space = (name: Parameters<typeof deps.space>[0]) => {
    calls += 1;
    return deps.space(name);
  };
  http = await serve({ ...deps, space, contact: () => Promise.resolve(contact) });
});
afterAll(() => http.close());
beforeEach(() => {
  contact = { ok: true };
  calls = 0;
});

test('while Temporal answers, a list says nothing of its age', async () => {
  const list = await http.get('/v1/spaces/demo/agents');
  expect(list.body).not.toHaveProperty('degraded');
  expect(list.headers.get('Age')).toBeNull();
});

test('FBK-4 with Temporal away, calls are refused at once with a time to wait, and nothing is tried', async () => {
  contact = { ok: false, reason: 'connection refused', since: '2026-01-01T00:00:00.000Z' };
  const answer = await http.post('/v1/spaces/demo/agents/tally:ask', { message: 'drain' });
  expect(answer.body).toMatchObject({
    code: 'temporal-unavailable',
    detail: expect.stringContaining('2026-01-01') as string,
  });
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
  expect(calls).toBe(0);
});

test('FBK-2 with Temporal away, lists are served and say why and how old they are', async () => {
  const since = new Date(Date.now() - 5_000).toISOString();
  contact = { ok: false, reason: 'connection refused', since };
  const list = await http.get('/v1/spaces/demo/agents');
  expect(list).toMatchObject({ status: 200, body: { degraded: { reason: 'temporal-unavailable', asOf: since } } });
  const { ageMs } = list.body['degraded'] as { ageMs: number };
  expect(ageMs).toBeGreaterThanOrEqual(5_000);
  expect(Number(list.headers.get('Age'))).toBe(Math.floor(ageMs / 1_000));
  expect((await http.get('/v1/readModels')).body).toHaveProperty('degraded');
  expect((await http.get('/livez')).body).toEqual({ ok: true });
});

test('the way to Temporal is looked at when somebody wants to know, once at a time, and it remembers when it last answered', async () => {
  let asked = 0;
  let isUp = true;
  const look = createContact(
    () => {
      asked += 1;
      return isUp ? Promise.resolve() : Promise.reject(new Error('refused'));
    },
    { everyMs: 0, timeoutMs: 50 },
  );
  expect(await Promise.all([look(), look(), look()])).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(asked).toBe(1);
  isUp = false;
  expect(await look()).toEqual({ ok: false, reason: 'refused', since: expect.stringMatching(/^20/) as string });
  const deaf = createContact(() => new Promise(() => undefined), { timeoutMs: 10 });
  expect(await deaf()).toEqual({ ok: false, reason: 'no answer within 10 ms' });
  expect(await deaf()).toMatchObject({ ok: false });
});
