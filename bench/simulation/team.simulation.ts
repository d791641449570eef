import { createFence, type Fence } from '../../src/fencing/fence';
import { defineSimulation, type Person, type Team } from '../../src/simulation/simulation';
import type { Act } from '../../src/simulation/process';
import { auditor, clerk, guard, press, tuner, worker, type Line } from './team';

type Clerk = typeof clerk;

const LINES = 3;
const WORKERS = ['worker-a', 'worker-b'] as const;
const CLERKS = ['clerk-a', 'clerk-b'] as const;

/** The whole team: clerks and an auditor who talk to each other, a set with a ballot, workers, locks, a semaphore and a counter. */
export const simulation = defineSimulation((draw) => {
  const told = new Map<string, number>();
  const sums = { sent: 0, counted: 0 };
  const fences = new Map<string, Fence>();
  let written = 0;
  let refusedWrites = 0;

  function* teller(me: Person): Act {
    const name = me.pick(CLERKS);
    for (let number = 1; number <= LINES; number += 1) {
      const outcome = yield* me.agent<Clerk>(name).tell('write', { from: me.name, number });
      if (!outcome.ok) throw new Error(`${me.name} is refused: ${outcome.code}`);
      told.set(me.name, number);
      yield* me.pause(me.whole(0, 3_000));
    }
    const counted = yield* me.agent<Clerk>(name).ask('count');
    if (!counted.ok || counted.value < LINES)
      throw new Error(`${name} has not read what it was told before: ${JSON.stringify(counted)}`);
    yield* me.agent<Clerk>(name).ask('audited', null);
  }

  function* adder(me: Person): Act {
    for (let count = 0; count < 3; count += 1) {
      const by = me.whole(1, 9);
      sums.sent += by;
      const added = yield* me.add('parts', by);
      if (!added.ok) throw new Error(`${me.name} cannot add: ${added.code}`);
      sums.counted += by;
      yield* me.pause(me.whole(0, 2_000));
    }
  }

  function* operator(me: Person): Act {
    for (let count = me.whole(1, 2); count > 0; count -= 1) {
      const before = yield* me.read('press');
      if (before !== undefined) {
        yield* me.pause(me.whole(0, 500));
        const changes =
          me.whole(0, 2) > 0
            ? { speed: me.whole(1, 100), heat: me.whole(0, 100) }
            : { threshold: me.whole(0, 10) / 10 };
        yield* me.propose('press', changes, { basedOn: before.version });
      }
      yield* me.pause(me.whole(0, 8_000));
    }
  }

  function* coach(me: Person): Act {
    for (let count = me.whole(0, 2); count > 0; count -= 1) {
      yield* me.agent<typeof tuner>('tuner').tell('tune', me.whole(0, 10) / 10);
      yield* me.pause(me.whole(1_000, 15_000));
    }
  }

  /** Votes on what is open, and says the same again. */
  function* foreman(me: Person): Act {
    for (let proposal = 1; proposal <= 3; proposal += 1) {
      yield* me.pause(me.whole(500, 6_000));
      const vote = { voter: 'fred', choice: me.pick(['yes', 'no'] as const) };
      yield* me.vote(`press@${String(proposal)}`, vote);
      yield* me.vote(`press@${String(proposal)}`, vote);
    }
  }

  function* user(me: Person): Act {
    for (let count = me.whole(2, 3); count > 0; count -= 1) {
      const lock = me.pick(locks);
      const mode = me.whole(0, 3) === 0 ? 'shared' : 'exclusive';
      const held = yield* me.acquire(lock, { waitMs: me.pick([0, 5_000, 60_000]), mode });
      if (held.ok) {
        for (let write = 0; write < 2 && me.mayAct(held.value); write += 1) {
          const { token } = held.value;
          const fence = fences.get(lock) ?? createFence(lock);
          fences.set(lock, fence);
          yield* me.pause(me.whole(1, 1_500));
          if (mode === 'exclusive') {
            try {
              fence.admit(token);
              written += 1;
            } catch {
              refusedWrites += 1;
            }
          }
        }
        if (me.whole(0, 5) > 0) yield* me.release(held.value);
      }
      yield* me.pause(me.whole(0, 9_000));
    }
  }

  function* parker(me: Person): Act {
    const held = yield* me.acquire('yard', { waitMs: 30_000, init: { permits: 2 } });
    if (!held.ok) return;
    yield* me.pause(me.whole(100, 4_000));
    yield* me.release(held.value);
  }

  const linesOf = (team: Team): readonly Line[] =>
    CLERKS.flatMap((name) => (team.inspect(name, 'lines') ?? []) as readonly Line[]);
  const inOrder = (lines: readonly Line[]): boolean | string => {
    const last = new Map<string, number>();
    for (const { from, number } of lines) {
      if (number !== (last.get(from) ?? 0) + 1)
        return `${from} said ${String(number)} after ${String(last.get(from) ?? 0)}`;
      last.set(from, number);
    }
    return true;
  };
  const isRising = (versions: readonly number[]): boolean =>
    versions.every((each, at) => at === 0 || each > (versions[at - 1] ?? 0));
  const seenBy = (team: Team, name: string): readonly number[] =>
    (team.inspect(name, 'seen') ?? []) as readonly number[];

  const size = draw.whole(1, 20) === 1 ? 5 : 1;
  const groups = new Set<string>();
  while (groups.size < size) groups.add(draw.pick(['ledger', 'parts', 'press', 'locks', 'yard']));
  const locks = draw.pick([['press'], ['kiln'], ['press', 'kiln']]);
  const only = <T extends object>(group: string, part: T): Partial<T> => (groups.has(group) ? part : {});

  return {
    agents: {
      ...only('ledger', { 'clerk-a': clerk, 'clerk-b': clerk, auditor }),
      ...only('press', {
        'guard-a': guard,
        'guard-b': guard,
        'guard-c': guard,
        'worker-a': worker,
        'worker-b': worker,
        tuner,
      }),
    },
    sets: groups.has('press') ? [press] : [],
    people: {
      ...only('ledger', { tina: teller, tom: teller }),
      ...only('parts', { ada: adder, abe: adder }),
      ...only('press', { olga: operator, otto: operator, carl: coach, fred: foreman }),
      ...only('locks', { uma: user, ulf: user, uri: user }),
      ...only('yard', { pia: parker, pit: parker, pam: parker }),
    },
    mortals: ['uma', 'ulf', 'pia', 'pit'],
    terminated: ['lock:kiln'],
    activities: {
      stamp: () => 1,
      measure: (_changes: never, { chance }) => {
        if (chance < 0.2) throw new Error('the gauge is stuck');
        return { loss: chance };
      },
    },
    always: {
      'AGT-3: lines are in the order of who told them, none twice': (team) => inOrder(linesOf(team)),
      'CNT-1: the counter is the sum of what was added': (team) => {
        const { value = 0 } = team.counter('parts') ?? {};
        return value >= sums.counted && value <= sums.sent
          ? true
          : `${String(value)} is not from ${String(sums.counted)} to ${String(sums.sent)}`;
      },
      'VAR-5: workers take newer versions only': (team) => WORKERS.every((name) => isRising(seenBy(team, name))),
    },
    atEnd: {
      'AGT-1: no line is lost': (team) =>
        linesOf(team).length === [...told.values()].reduce((sum, each) => sum + each, 0),
      'AGT-2: what clerks hand on has one effect': (team) => {
        const notes = (team.inspect('auditor', 'notes') ?? []) as readonly Line[];
        const wanted = linesOf(team).filter(({ number }) => number % 3 === 0).length;
        return notes.length === wanted ? true : `${String(notes.length)} notes of ${String(wanted)} lines`;
      },
      'CNT-1: the counter is the sum': (team) => (team.counter('parts')?.value ?? 0) === sums.sent,
      'VAR-5: workers have the newest version, or are listed as late': (team) => {
        const set = team.set('press');
        return WORKERS.every(
          (name) => team.inspect(name, 'version') === set?.version || set?.adoption.laggards.includes(name),
        );
      },
    },
    sometimes: {
      'somebody waits for a lock': (team) => (team.lock('press')?.waiting.length ?? 0) > 0,
      'a lock is delayed after an expiry': (team) => team.lock('press')?.state === 'delayed',
      'readers hold a lock together': (team) => (team.lock('press')?.holders.length ?? 0) > 1,
      'all permits are given': (team) => (team.semaphore('yard')?.holders.length ?? 0) > 1,
      'a ballot is decided': (team) =>
        team.ballot('press@1')?.state === 'decided' || team.ballot('press@2')?.state === 'decided',
      'a proposal becomes a version': (team) => (team.set('press')?.version ?? 0) > 1,
      'a write comes with a token that is too old': () => refusedWrites > 0,
      'a write passes the fence': () => written > 0,
    },
  };
});
