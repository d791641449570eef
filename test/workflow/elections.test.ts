import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ElectionEvent } from '../../src/client/candidacy';
import type { ElectionHandle, Observed } from '../../src/client/election-handle';
import type { Latch } from '../../src/client/latch';
import type { Leadership } from '../../src/client/leadership';
import { pauseOr } from '../../src/client/waiting';
import { renewSignal } from '../../src/contracts/entity';
import { createFence } from '../../src/fencing/fence';
import { startCoordination, type CoordinationHarness } from '../support/coordination/harness';
import { until } from '../support/kernel/harness';
import { startProxy, type Proxy } from '../support/proxy';
import { codeOf } from '../support/sets/harness';
import { historyOf } from '../support/sets/history';

/** How often leaders and observers look here. */
const everyMs = 50;
const CANDIDATE = join(__dirname, '../support/coordination/candidate-process.ts');
const TTL_MS = 2_000;

let harness: CoordinationHarness;
let proxy: Proxy;
const children: ChildProcess[] = [];
beforeAll(async () => {
  harness = await startCoordination('elections');
  proxy = await startProxy(process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233');
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await harness.close();
  await proxy.close();
});

const candidates = (election: ElectionHandle, count: number): Promise<true> =>
  until(`${String(count)} candidates`, async () =>
    (await election.view()).candidates.length === count ? true : undefined,
  );

/** Waits until a lead is over. @returns why, by its code and cause */
async function ended({ signal }: Leadership): Promise<string> {
  const reason = await until('the end of a lead', () => (signal.aborted ? (signal.reason as unknown) : undefined));
  const { code, details } = reason as { readonly code: string; readonly details: { readonly because?: string } };
  return `${code} ${details.because ?? ''}`.trim();
}

/** What becomes of a latch, without what it observes. */
function told(latch: Latch): string[] {
  const events: string[] = [];
  latch.onChange((event: ElectionEvent) => {
    if (event.kind === 'observed') return;
    events.push([event.kind, event.term, ...(event.kind === 'lost' ? [event.because] : [])].join(' '));
  });
  return events;
}

test('ELE-1 ELE-2 one leader after the other, in order, each in a higher term; proclaim and resign are the leader’s; observers never go back', async () => {
  const [ann, ben, cas] = await Promise.all([
    harness.sessions.open(),
    harness.sessions.open(),
    harness.sessions.open(),
  ]);
  const election = harness.elections.at('boss');
  expect(await election.view()).toEqual({ state: 'vacant', term: 0, revision: 0, candidates: [] });
  const seen: Observed[] = [];
  const looking = new AbortController();
  const observing = (async () => {
    for await (const each of election.observe({ everyMs: 10, signal: looking.signal })) seen.push(each);
  })();
  const first = await election.campaign({ session: ann, value: 'ann', everyMs });
  expect(await codeOf(election.campaign({ session: ann }))).toBe('already-candidate');
  expect(await codeOf(election.campaign({ session: ben, waitMs: 0 }))).toBe('lock-held');
  const second = election.campaign({ session: ben, value: 'ben' });
  await candidates(election, 1);
  const third = election.campaign({ session: cas, value: 'cas', score: 1 });
  await candidates(election, 2);
  expect((await election.view()).candidates.map(({ session }) => session)).toEqual([cas.name, ben.name]);
  expect(await codeOf(election.campaign({ session: ben }))).toBe('already-candidate');
  expect(await first.proclaim({ url: 'x' })).toEqual({ revision: 1 });
  expect((await election.view()).leader).toMatchObject({ session: ann.name, term: first.term, value: { url: 'x' } });
  expect(await codeOf(election.proclaim({ session: ben.name, term: first.term, value: 1 }))).toBe('not-leader');
  expect(await codeOf(election.resign({ session: ann.name, term: first.term - 1 }))).toBe('not-leader');
  await first.resign();
  expect(first.isLeader).toBe(false);
  expect(await codeOf(first.proclaim('late'))).toBe('not-leader');
  expect(await codeOf(first.resign())).toBe('not-leader');
  // the higher score first, and who closes its session leads no more
  const led = await third;
  await cas.close();
  const last = await second;
  expect([led.term > first.term, last.term > led.term]).toEqual([true, true]);
  expect(await ended(led)).toBe('session-in-doubt');
  await until('the last leader to be seen', () => (seen.at(-1)?.leader?.term === last.term ? true : undefined));
  await last.resign();
  looking.abort();
  await observing;
  const order = seen.map(({ term, revision, leader }) => [term, leader === undefined ? 9 : revision]);
  expect(order).toEqual(order.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
  const events = await until('its events', () => {
    const all = harness.events(election.workflowId).filter(({ type }) => type.startsWith('election.'));
    return all.at(-1)?.data['term'] === last.term && all.at(-1)?.type === 'election.resigned' ? all : undefined;
  });
  expect(events.map(({ type, data }) => [type, data['term']])).toEqual([
    ['election.elected', first.term],
    ['election.proclaimed', first.term],
    ['election.resigned', first.term],
    ['election.elected', led.term],
    ['election.resigned', led.term],
    ['election.elected', last.term],
    ['election.resigned', last.term],
  ]);
});

test('ELE-2 ELE-3 whoever comes back goes on in the same term while its session lives, and leads no more when it does not', async () => {
  const before = await harness.party();
  const session = await before.sessions.open({ ttlMs: 20_000 });
  const led = await before.elections.at('resumed').campaign({ session, value: 1 });
  await harness.temporal.client.workflow.getHandle(before.elections.at('resumed').workflowId).signal(renewSignal);
  // the program is started again, and has kept the name of its session
  const after = await harness.party();
  const again = await after.sessions.resume(session.name);
  const election = after.elections.at('resumed');
  const resumed = await election.resume({ session: again, term: led.term });
  expect(resumed.term).toBe(led.term);
  await resumed.proclaim(2);
  expect((await election.view()).leader).toMatchObject({ term: led.term, value: 2 });
  await resumed.resign();
  expect(await codeOf(election.resume({ session: again }))).toBe('not-leader');
  await session.close();
  expect(await codeOf(after.sessions.resume(session.name))).toBe('session-not-found');
});

test('ELE-1 terms grow over terminate and reset of the election, and the leader of before hears that it leads no more', async () => {
  const election = harness.elections.at('mortal');
  const { client } = harness.temporal;
  const handle = client.workflow.getHandle(election.workflowId);
  const [ann, ben] = await Promise.all([harness.sessions.open(), harness.sessions.open()]);
  const fence = createFence('the store');
  const first = await election.campaign({ session: ann, everyMs });
  fence.admit(first.term);
  const waiting = election.campaign({ session: ben, everyMs });
  await candidates(election, 1);
  await handle.terminate('a test');
  // whoever waited campaigns anew by itself
  const second = await waiting;
  fence.admit(second.term);
  expect(await ended(first)).toBe('not-leader superseded');
  expect(() => fence.admit(first.term)).toThrow(/too old/);
  // a reset to the first task, where nobody leads yet
  const { runId } = await handle.describe();
  const history = await handle.fetchHistory();
  const task = history.events?.find(({ workflowTaskCompletedEventAttributes: done }) => done != null)?.eventId;
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: election.workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: task ?? null,
    requestId: 'reset',
    resetReapplyExcludeTypes: [1, 2],
  });
  expect(await ended(second)).toBe('not-leader superseded');
  const third = await election.campaign({ session: ann, everyMs });
  fence.admit(third.term);
  expect([first.term, second.term, third.term]).toEqual(
    [third.term, second.term, first.term].toSorted((a, b) => a - b),
  );
  expect(await election.revoke('a test')).toEqual({ revoked: 1 });
  expect(await ended(third)).toBe('not-leader revoked');
  expect((await election.view()).revoked).toEqual({ term: third.term, reason: 'a test' });
});

/** Keeps a session alive that its owner cannot, until it is told. */
function keptAlive(session: string): () => Promise<void> {
  const over = new AbortController();
  const beating = (async () => {
    while (!over.signal.aborted) {
      await harness.sessions.keepAlive(session);
      await pauseOr(100, over.signal);
    }
  })();
  return async () => {
    over.abort();
    await beating;
  };
}

test('ELE-3 ELE-4 apache/curator#1169 #1137: who is cut off does not lead, and leads again only after it has read that it does', async () => {
  const far = await harness.party(proxy.address);
  const session = await far.sessions.open({ ttlMs: TTL_MS });
  const cut = far.elections.latch('cut', { session, everyMs });
  const becameOfCut = told(cut);
  const led = await until('the lead', () => (cut.isLeader ? cut.leadership : undefined));
  const near = harness.elections.latch('cut', { session: await harness.sessions.open(), everyMs });
  const becameOfNear = told(near);
  const election = harness.elections.at('cut');
  await candidates(election, 1);
  // the server counts its session alive all the time
  const letGo = keptAlive(session.name);
  const doubtful = async (): Promise<void> => {
    proxy.cut();
    const before = becameOfCut.filter((each) => each.startsWith('doubtful')).length;
    await until('doubt', () =>
      becameOfCut.filter((each) => each.startsWith('doubtful')).length > before ? true : undefined,
    );
    expect([cut.isLeader, near.isLeader, cut.leadership?.isLeader]).toEqual([false, false, false]);
  };
  const term = String(led.term);
  await doubtful();
  expect((await election.view()).leader?.term).toBe(led.term);
  proxy.heal();
  await until('the same term again', () => (cut.isLeader ? true : undefined));
  expect(led.isLeader).toBe(false);
  expect(becameOfCut.slice(-2)).toEqual([`doubtful ${term}`, `elected ${term}`]);
  expect(becameOfNear).toEqual([]);
  // and when somebody else leads meanwhile
  await doubtful();
  await election.revoke('a test');
  await until('the next leader', () => (near.isLeader ? true : undefined));
  proxy.heal();
  await until('the end of the term', () => (becameOfCut.at(-1) === `lost ${term} revoked` ? true : undefined));
  await letGo();
  await candidates(election, 1);
  expect([cut.isLeader, near.isLeader]).toEqual([false, true]);
  await near.close();
  await until('another term', () => (cut.isLeader ? true : undefined));
  const terms = [led.term, near.leadership?.term ?? 0, cut.leadership?.term ?? 0];
  expect(terms).toEqual(terms.toSorted((a, b) => a - b));
  expect(becameOfNear).toEqual([`elected ${String(terms[1])}`, `resigned ${String(terms[1])}`]);
  await cut.close();
});

test('ELE-1 ELE-3 ELE-4 apache/curator#1211 apache/druid#16411: a leader that is back after its session has expired does not lead on', async () => {
  const far = await harness.party(proxy.address);
  const session = await far.sessions.open({ ttlMs: TTL_MS });
  const old = far.elections.latch('offline', { session, everyMs, lockDelayMs: 300 });
  await until('the lead', () => (old.isLeader ? true : undefined));
  const next = harness.elections.latch('offline', { session: await harness.sessions.open(), everyMs });
  const order: string[] = [];
  old.onChange(({ kind }) => kind !== 'observed' && order.push(`old ${kind}`));
  next.onChange(({ kind }) => kind !== 'observed' && order.push(`next ${kind}`));
  proxy.cut();
  await until('the next leader', () => (next.isLeader ? true : undefined));
  expect(old.isLeader).toBe(false);
  proxy.heal();
  // its session is over, and with it its candidacy
  await old.closed;
  expect(order).toEqual(['old doubtful', 'next elected', 'old lost']);
  expect([old.isLeader, old.refused, next.isLeader]).toEqual([false, undefined, true]);
  await next.close();
});

test('ELE-4 a leader acts until its lead is lost, and leads again if it wants to; an act that fails has its own say', async () => {
  const { elections } = harness;
  const election = elections.at('acts');
  const session = await harness.sessions.open();
  expect(await elections.lead('acts', (term) => Promise.resolve(term), { session })).toBeGreaterThan(0);
  expect((await election.view()).state).toBe('vacant');
  const untilOver = ({ signal }: Leadership): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const lost = elections.lead('acts', (_term, _signal, lead) => untilOver(lead), { session, everyMs });
  await until('a leader', async () => ((await election.view()).leader === undefined ? undefined : true));
  await election.revoke('a test');
  expect(await codeOf(lost)).toBe('not-leader');
  await expect(elections.lead('acts', () => Promise.reject(new Error('mine')), { session })).rejects.toThrow('mine');
  const stop = new AbortController();
  const terms: number[] = [];
  const again = elections.lead(
    'acts',
    async (term, signal, lead) => {
      terms.push(term);
      if (terms.length === 1) return; // done, and from the end of the queue again
      if (terms.length === 2) await election.revoke('a test');
      if (terms.length === 2) await untilOver(lead);
      else await pauseOr(60_000, signal);
    },
    { session, everyMs, requeue: true, signal: stop.signal },
  );
  await until('the third time', () => (terms.length === 3 ? true : undefined));
  stop.abort();
  await again;
  expect(terms).toEqual(terms.toSorted((a, b) => a - b));
  expect((await election.view()).state).toBe('vacant');
  // what no other try would change ends a latch
  const latch = elections.latch('acts', { session, value: 'x'.repeat(2_000) });
  await latch.closed;
  expect(latch.refused?.code).toBe('message-too-large');
});

test('ELE-1 costs: an uncontended campaign and its resignation are 10 events in the election, at most 12', async () => {
  const election = harness.elections.at('counted');
  await (await election.campaign()).resign();
  harness.setStoreDown(true);
  try {
    const before = (await historyOf(harness.temporal, election.workflowId)).length;
    await (await election.campaign()).resign();
    const lines = (await historyOf(harness.temporal, election.workflowId)).slice(before);
    expect(lines.length).toBeLessThanOrEqual(12);
  } finally {
    harness.setStoreDown(false);
  }
});

/** A process that campaigns, and what it says next. */
function candidate(election: string): { readonly child: ChildProcess; next(): Promise<string> } {
  const args = ['--import', 'tsx', CANDIDATE, harness.temporal.space, election, String(TTL_MS)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  return { child, next: async () => String((await once(lines, 'line'))[0]) };
}

test('ELE-3 ELE-5 a leader that was frozen refuses to act before its next call; leader and next candidate are killed, and it ends all the same', async () => {
  const [frozen, killed] = [harness.elections.at('frozen'), harness.elections.at('killed')];
  const paused = candidate('frozen');
  const dies = candidate('killed');
  // listened to from the beginning, whichever is first
  const [frozenLeads, killedLeads] = await Promise.all([paused.next(), dies.next()]);
  const [frozenTerm, killedTerm] = [frozenLeads, killedLeads].map((line) => Number(line.split(' ')[1]));
  const heir = candidate('killed');
  await candidates(killed, 1);
  const next = [frozen.campaign(), killed.campaign()];
  await candidates(killed, 2);
  const said = paused.next();
  paused.child.stdin?.write('may you\n');
  expect(await said).toBe('acts');
  // when one leader is frozen, and the other killed together with who would follow it
  paused.child.kill('SIGSTOP');
  dies.child.kill('SIGKILL');
  heir.child.kill('SIGKILL');
  const [first, second] = await Promise.all(next);
  expect(first?.term).toBeGreaterThan(frozenTerm ?? NaN);
  expect(second?.term).toBeGreaterThan(killedTerm ?? NaN);
  // then it knows by itself, before the server could tell it
  const thawed = paused.next();
  paused.child.stdin?.write('may you\n');
  paused.child.kill('SIGCONT');
  expect(await thawed).toBe('session-in-doubt');
  await Promise.all([first?.resign(), second?.resign()]);
});
