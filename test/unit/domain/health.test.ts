import { STUCK_MS, type QueueSeen, type WorkerSeen } from '../../../src/contracts/health';
import { judgeDeployment } from '../../../src/domain/health/queue';
import { judgeSpace, type SpaceSeen } from '../../../src/domain/health/space';

const worker = (more: Partial<WorkerSeen> = {}): WorkerSeen => ({
  identity: 'mabeam:7@here',
  host: 'here',
  process: '7',
  isShuttingDown: false,
  beatMs: 900,
  isFull: false,
  ...more,
});
const queue = (workers: readonly WorkerSeen[], more: Partial<QueueSeen> = {}): QueueSeen => ({
  queue: 'mabeam',
  use: 'workflows',
  pollers: workers.length,
  waiting: 0,
  oldestMs: 0,
  workers,
  ...more,
});
const judged = (seen: QueueSeen) => {
  const { ok, queues, workers } = judgeDeployment([seen]);
  return { ok, queue: queues[0], states: workers.map(({ state }) => state), worker: workers[0] };
};

describe('a worker', () => {
  test.each([
    ['beats', worker(), 'working'],
    ['has missed two heartbeats', worker({ beatMs: 5_900 }), 'working'],
    ['has missed three', worker({ beatMs: 6_100 }), 'silent'],
    ['beats each ten seconds and has missed two', worker({ beatMs: 29_000, betweenMs: 10_000 }), 'working'],
    ['beats each ten seconds and has missed three', worker({ beatMs: 31_000, betweenMs: 10_000 }), 'silent'],
    ['is not ours and has told once, a minute ago', worker({ identity: '7@here', beatMs: 60_000 }), 'working'],
    ['has said that it ends', worker({ isShuttingDown: true }), 'draining'],
  ])('that %s', (_what, seen, state) => {
    expect(judged(queue([seen])).states).toEqual([state]);
  });

  test('of which nobody has heard for long is not told of, nor one that has ended in order', () => {
    expect(judged(queue([worker({ beatMs: 61_000 }), worker()])).states).toEqual(['working']);
    expect(judged(queue([worker({ beatMs: 6_100, isShuttingDown: true }), worker()])).states).toEqual(['working']);
  });

  test('that lives and has taken nothing since the oldest task came is stuck; one that takes is not', () => {
    const waits = { waiting: 3, oldestMs: STUCK_MS };
    expect(judged(queue([worker({ takenMs: STUCK_MS + 1 })], waits)).states).toEqual(['stuck']);
    expect(judged(queue([worker()], waits)).worker?.detail).toMatch(/^lives but takes nothing: .*it has taken none$/);
    expect(judged(queue([worker({ isFull: true })], waits)).worker?.detail).toMatch(/all of its slots are in use$/);
    expect(judged(queue([worker({ takenMs: 20 })], waits)).states).toEqual(['working']);
    expect(judged(queue([worker()], { waiting: 3, oldestMs: STUCK_MS - 1 })).states).toEqual(['working']);
  });
});

describe('a queue', () => {
  test('that nobody polls says what waits and what to start; the last poll of a killed worker does not count', () => {
    const { ok, queue: found } = judged(
      queue([worker({ beatMs: 9_000 })], { waiting: 2, oldestMs: 8_400, pollers: 1 }),
    );
    expect(ok).toBe(false);
    expect(found).toMatchObject({ ok: false, workers: 0 });
    expect(found?.detail).toBe(
      'nobody polls mabeam: 2 tasks wait, the oldest for 8.4 s; start one with: npx mabeam worker',
    );
  });

  test('of agents that nobody serves says who waits there and what to start', () => {
    const placed = { name: 'gpu', agents: 3 };
    const of = (more: Partial<QueueSeen>) =>
      judged(queue([], { queue: 'mabeam-agents-gpu', use: 'agents', placed, ...more })).queue;
    expect(of({})).toMatchObject({ ok: false, workers: 0, placed });
    expect(of({})?.detail).toBe(
      'nobody serves queue gpu; 3 agents wait there; start one with: npx mabeam worker --queue gpu',
    );
    expect(of({ waiting: 1, oldestMs: 4_000, placed: { name: 'gpu', agents: 1 } })?.detail).toBe(
      'nobody serves queue gpu; 1 agent waits there: 1 task waits, the oldest for 4 s; start one with: npx mabeam worker --queue gpu',
    );
    expect(of({ workers: [worker()] })).toMatchObject({ ok: true, detail: '1 worker polls mabeam-agents-gpu', placed });
  });

  test('whose workers tell nothing of themselves is served by who polls it', () => {
    expect(judged(queue([], { pollers: 2 })).queue).toMatchObject({ ok: true, workers: 2 });
    expect(judged(queue([])).queue).toMatchObject({ ok: false, workers: 0 });
  });

  test('that is served, but not fast enough, says so', () => {
    const { queue: found } = judged(queue([worker({ takenMs: 3 })], { waiting: 1, oldestMs: 30_000 }));
    expect(found).toMatchObject({ ok: false, workers: 1 });
    expect(found?.detail).toBe('1 worker polls mabeam, too few or too busy: 1 task waits, the oldest for 30 s');
  });

  test('a worker that drains does not serve it any more', () => {
    expect(judged(queue([worker({ isShuttingDown: true })])).queue).toMatchObject({ ok: false, workers: 0 });
  });
});

describe('a space', () => {
  const ok = { ok: true, detail: 'fine' };
  const parts = { temporal: ok, store: ok, deployment: judgeDeployment([queue([worker()])]) };
  const budget = { strategy: 'one_for_one', restarts: 0, intensity: 3, periodSeconds: 10 } as const;
  const below: SpaceSeen = {
    root: 'running',
    supervisors: [{ name: 'root', state: 'running', ...budget, children: { running: 2 }, down: [] }],
    messages: [],
    looked: 2,
    unlooked: 0,
  };
  const [root] = below.supervisors;
  const reasons = (seen: SpaceSeen): readonly string[] => judgeSpace(parts, seen).reasons;
  const of = (more: Partial<NonNullable<typeof root>>): SpaceSeen => ({
    ...below,
    supervisors: [{ ...(root as NonNullable<typeof root>), ...more }],
  });

  test('whose studies were told of a worker that was taken out says so', () => {
    const takenOut = [{ ok: false, detail: 'w/1 taken out since noon', worker: 'w/1', study: 'digits' }];
    expect(judgeSpace({ ...parts, takenOut }, below)).toMatchObject({
      ok: false,
      reasons: ['study digits: worker w/1 taken out since noon'],
      takenOut,
    });
  });

  test('that is well has no reasons', () => {
    expect(judgeSpace(parts, below)).toMatchObject({
      ok: true,
      reasons: [],
      supervision: { children: { running: 2 } },
    });
  });

  test.each([
    ['restarts below the limit', { restarts: 2 }, []],
    [
      'restarts at the limit',
      { restarts: 3 },
      ['supervisor root: 3 of 3 restarts in 10 s: the next failure is its end'],
    ],
    ['no restart allowed and none made', { intensity: 0 }, []],
    ['a branch with room', { children: { running: 990, quarantined: 9 } }, []],
    [
      'a branch that takes no more',
      { children: { running: 990, none: 10 } },
      [expect.stringMatching(/^supervisor root: full: of what is started without an owner it takes 1000, /) as string],
    ],
    ['a full supervisor of a user', { name: 'mine', children: { running: 1_000 } }, []],
    ['an end', { state: 'ended' }, ['supervisor root: has ended: nobody begins its children again']],
    ['no answer', { state: 'unknown', problem: 'timeout' }, ['supervisor root: does not answer: timeout']],
    [
      'a child in quarantine',
      { down: [{ id: 'a', status: 'quarantined', lastFailure: { at: 1, generation: 2, text: 'boom' } }] },
      ['supervisor root: a in quarantine: boom'],
    ],
    [
      'children that wait to be started again',
      { down: ['a', 'b'].map((id) => ({ id, status: 'restarting' as const })) },
      ['supervisor root: a and 1 more to be started again'],
    ],
  ] as const)('a supervisor with %s', (_what, more, expected) => {
    expect(reasons(of(more))).toEqual(expected);
  });

  test('the oldest message decides', () => {
    const at = (oldestMs: number) => ({ name: 'w', kind: 'agent', mailbox: 4, oldestMs });
    expect(reasons({ ...below, messages: [at(10), at(29_000)] })).toEqual([]);
    expect(reasons({ ...below, messages: [at(31_000), at(10)], unlooked: 5 })).toEqual([
      'the oldest message waits for 31 s, at the agent w (4 in its mailbox); 5 more were not asked',
    ]);
  });

  test('without a root says that nobody begins anything again', () => {
    expect(reasons({ ...below, root: 'absent', supervisors: [] })).toEqual([
      expect.stringMatching(/no root supervisor yet/),
    ]);
    expect(reasons({ ...below, root: 'ended' })).toEqual([
      expect.stringMatching(/root supervisor of the space has ended/),
    ]);
  });

  test('that nobody serves is told so, and nothing below it is said to have failed', () => {
    const deployment = judgeDeployment([queue([])]);
    const {
      ok: isWell,
      reasons: why,
      supervision,
    } = judgeSpace({ ...parts, deployment }, { unknown: 'nobody works on mabeam' });
    expect(isWell).toBe(false);
    expect(why).toEqual(['nobody polls mabeam; start one with: npx mabeam worker']);
    expect(supervision).toMatchObject({ ok: false, detail: 'not known: nobody works on mabeam', supervisors: [] });
  });

  test('of which nothing is known, is not well', () => {
    expect(judgeSpace(parts, { unknown: 'no answer' })).toMatchObject({ ok: false, reasons: ['not known: no answer'] });
  });
});
