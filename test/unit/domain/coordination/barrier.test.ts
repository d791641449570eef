import fc from 'fast-check';
import { leaveOf, type BarrierSpec } from '../../../../src/contracts/coordination/barrier';
import {
  attach,
  barrierProblem,
  breakBarrier,
  endSession,
  enter,
  leave,
  nextAt,
  settle,
  specOf,
  withdraw,
  type Answered,
} from '../../../../src/domain/coordination/barrier';
import {
  openBarrier,
  participants,
  standing,
  stepOf,
  type BarrierState,
  type BarrierStep,
} from '../../../../src/domain/coordination/barrier-state';
import { deregister, register } from '../../../../src/domain/coordination/phaser';
import { barrierText, barrierView } from '../../../../src/domain/coordination/barrier-view';
import { BarrierModel, type BarrierCommand } from '../../../support/coordination/barrier-model';

const NAMES = ['ann', 'ben', 'cas'];
const KINDS: readonly BarrierSpec[] = [
  { form: 'cyclic', parties: 2 },
  { form: 'cyclic', parties: 3, onDeath: 'break', deadlineMs: 40 },
  { form: 'double', parties: 2 },
  { form: 'double', parties: 3, deadlineMs: 40 },
  { form: 'double', parties: 2, onDeath: 'break' },
  { form: 'phaser' },
  { form: 'phaser', onDeath: 'break', deadlineMs: 40 },
];

/** A barrier, its model, and all requests that were made. */
interface Seen {
  readonly spec: BarrierSpec;
  state: BarrierState;
  now: number;
  readonly model: BarrierModel;
  readonly requests: Map<string, string>;
  readonly told: string[];
}

const sessionOf = (participant: string): string => `session-of-${participant}`;
const begun = (spec: BarrierSpec): Seen => {
  const opened = openBarrier(specOf(spec));
  const state = NAMES.reduce((known, each) => attach(known, sessionOf(each)) as BarrierState, opened);
  return { spec, state, now: 1_000, model: new BarrierModel(spec), requests: new Map(), told: [] };
};

function stepTo({ spec, state, now }: Seen, command: BarrierCommand): Answered<unknown> {
  if (command.kind === 'break') return breakBarrier(state, 'stuck', now);
  if (command.kind === 'wait') return stepOf(state);
  const { participant } = command;
  const session = sessionOf(participant);
  switch (command.kind) {
    case 'enter': {
      const { request, waitMs } = command;
      return enter(state, { ...spec, participant, request, session, ...(waitMs === undefined ? {} : { waitMs }) }, now);
    }
    case 'leave':
      return leave(state, { participant, request: command.request, session, waitMs: command.waitMs }, now);
    case 'withdraw':
      return withdraw(state, { participant, request: command.request }, now);
    case 'register':
      return register(state, { ...spec, participant, session });
    case 'deregister':
      return deregister(state, participant, now);
    case 'end': {
      const step = endSession(state, session, command.how, now);
      // it comes back as another session of that name would
      return { ...step, state: attach(step.state, session) as BarrierState };
    }
  }
}

/** Does it, and lets the barrier wake as often as it has asked for. */
function act(seen: Seen, command: BarrierCommand): Answered<unknown> {
  const target = command.kind === 'wait' ? seen.now + command.ms : seen.now;
  const step = stepTo(seen, command);
  take(seen, step);
  for (let at = nextAt(seen.state); at !== undefined && at <= target; at = nextAt(seen.state)) {
    seen.now = at;
    take(seen, settle(stepOf(seen.state), at));
  }
  seen.now = target;
  return step;
}

function take(seen: Seen, { state, told }: BarrierStep): void {
  seen.state = state;
  seen.told.push(...told.map(({ request, generation }) => `${request} of ${String(generation)}`));
}

const wordsOf = (found: ReturnType<typeof standing>): string | undefined =>
  found.kind === 'released' || found.kind === 'broken' ? `${found.kind} ${String(found.generation)}` : undefined;

const sorted = (names: Iterable<string> = []): readonly string[] => [...names].toSorted();

/** What a barrier is, seen from outside: who is in it, and how each request ended. */
function seenFrom({ state, requests }: Seen): unknown {
  const { entries, registered, inside, generation } = state;
  const ends = [...requests].flatMap(([request, participant]) => {
    const which = { participant, request };
    const [end, left] = [wordsOf(standing(state, which, 'entry')), wordsOf(standing(state, which, 'leave'))];
    return end === undefined ? [] : [`${request}: ${end}, ${String(left)}`];
  });
  return [
    generation,
    sorted(participants(entries)),
    sorted(participants(registered)),
    inside?.generation,
    sorted(participants(inside?.members ?? [])),
    ends,
  ];
}

/** The same, as the model has it. */
function expected({ model, requests }: Seen): unknown {
  const { generation, waiting, registered, inside, ends, leaves } = model;
  const known = [...requests.keys()].filter((each) => ends.has(each));
  return [
    generation,
    sorted(waiting.keys()),
    sorted(registered),
    inside?.generation,
    sorted(inside?.members.keys()),
    known.map((each) => `${each}: ${String(ends.get(each))}, ${String(leaves.get(each))}`),
  ];
}

/** Does it to both. @returns whether it was taken */
function advance(seen: Seen, command: BarrierCommand): boolean {
  if (command.kind === 'enter') seen.requests.set(command.request, command.participant);
  const { refusal } = act(seen, command);
  const isTaken = seen.model.act(command);
  if (refusal?.code !== (isTaken ? undefined : 'not-a-party')) throw new Error(`refused: ${String(refusal?.code)}`);
  return isTaken;
}

/** The barrier is what the model says, each request has the one outcome of its generation, and who waited is told once. */
function next(seen: Seen, command: BarrierCommand): void {
  const { model, told } = seen;
  const before = { ends: new Set(model.ends.keys()), told: told.length };
  const waited = new Set([...seen.state.entries, ...(seen.state.inside?.leaving ?? [])].map(({ request }) => request));
  advance(seen, command);
  const own = 'request' in command ? command.request : '';
  const isTold = (request: string): boolean => waited.has(request) && request !== own;
  const due = [...model.ends]
    .filter(([request]) => !before.ends.has(request) && isTold(request) && request.includes('/w'))
    .map(([request, end]) => `${request} of ${String(end.split(' ')[1])}`);
  const news = told.slice(before.told);
  const words = JSON.stringify([seenFrom(seen), sorted(news.filter((each) => !each.includes(leaveOf(''))))]);
  const wanted = JSON.stringify([expected(seen), sorted(due)]);
  if (words !== wanted) expect([command, JSON.parse(words)]).toEqual([command, JSON.parse(wanted)]);
  for (const each of news.filter((request) => request.includes(leaveOf('')))) {
    if (!model.leaves.has(each.split(':')[0] ?? '')) throw new Error(`${each} was told, and nobody had left`);
  }
  if (new Set(told).size !== told.length) throw new Error(`told twice: ${told.join()}`);
}

const commandsFor = ({ form }: BarrierSpec): fc.Arbitrary<BarrierCommand> => {
  const participant = fc.constantFrom(...NAMES);
  const numbered = fc.record({ participant, number: fc.nat(7), waitMs: fc.constantFrom(5, 25, 1_000) });
  const asked = numbered.map(({ participant: who, number, waitMs }) => ({
    participant: who,
    request: `${who}/w${String(number)}`,
    waitMs,
  }));
  const entering = asked.map((each): BarrierCommand => ({ kind: 'enter', ...each }));
  const others = [
    asked.map(({ participant: who, request }): BarrierCommand => ({ kind: 'withdraw', participant: who, request })),
    fc.record({
      kind: fc.constant('end' as const),
      participant,
      how: fc.constantFrom('closed' as const, 'expired' as const),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 6, 30) }),
    fc.constant<BarrierCommand>({ kind: 'break' }),
  ];
  if (form === 'double')
    others.push(
      asked.map((each): BarrierCommand => ({ kind: 'leave', ...each })),
      entering,
    );
  if (form === 'phaser') {
    const kind = fc.constantFrom('register' as const, 'register' as const, 'deregister' as const);
    const arriving = asked.map(({ participant: who, request }): BarrierCommand => ({
      kind: 'enter',
      participant: who,
      request: request.replace('/w', '/a'),
    }));
    others.push(fc.record({ kind, participant }), arriving);
  }
  return fc.oneof(entering, entering, ...others);
};

test.each(KINDS)(
  'BAR-1 BAR-2 BAR-3 BAR-4 BAR-5 after any history %j is what the model says, with one outcome for all',
  (spec) => {
    fc.assert(
      fc.property(fc.array(commandsFor(spec), { maxLength: 40 }), (list) => {
        const seen = begun(spec);
        for (const command of list) next(seen, command);
      }),
      { numRuns: 300, seed: 1 },
    );
  },
);

/** What may happen next. It depends on the shape alone. */
function possible({ spec, state, requests }: Seen): readonly BarrierCommand[] {
  const each = NAMES.flatMap((participant): readonly BarrierCommand[] => {
    const isOwn = (entry: { readonly participant: string }): boolean => entry.participant === participant;
    const waiting = state.entries.filter(isOwn).map(({ request }) => request);
    const inside = state.inside?.members.find(isOwn)?.request;
    const fresh = `${participant}/w${String(requests.size)}`;
    const enter = (request: string): BarrierCommand => ({ kind: 'enter', participant, request, waitMs: 5_000 });
    return [
      // twice at most: one entry
      ...(waiting.length > 1 ? [] : [enter(fresh)]),
      ...waiting
        .slice(0, 1)
        .flatMap((request) => [enter(request), { kind: 'withdraw' as const, participant, request }]),
      ...(inside === undefined ? [] : [{ kind: 'leave' as const, participant, request: inside, waitMs: 5_000 }]),
      { kind: 'leave', participant, request: 'never', waitMs: 5_000 },
      { kind: 'end', participant, how: 'expired' },
      ...(spec.form === 'phaser'
        ? (['register', 'deregister'] as const).map((kind): BarrierCommand => ({ kind, participant }))
        : []),
    ];
  });
  return [...each, { kind: 'break' }, { kind: 'wait', ms: 50 }, { kind: 'wait', ms: 5_000 }];
}

/** Two states that differ in their numbers and times alone go on alike. */
function shapeOf({ state }: Seen): string {
  const { entries, registered, inside, breaksAt } = state;
  const waiting = participants(entries).map((name) => [
    name,
    entries.filter((each) => each.participant === name).length,
  ]);
  const others = [participants(registered), participants(inside?.members ?? []), inside?.left ?? []].map(sorted);
  return JSON.stringify([waiting, others, inside === null, breaksAt === null, inside?.breaksAt === null]);
}

const copyOf = (seen: Seen): Seen => ({
  ...seen,
  model: seen.model.copy(),
  requests: new Map(seen.requests),
  told: [...seen.told],
});

const EXPLORED: readonly (readonly [BarrierSpec, number])[] = [
  [{ form: 'cyclic', parties: 2, deadlineMs: 40 }, 7],
  [{ form: 'cyclic', parties: 3, onDeath: 'break' }, 31],
  [{ form: 'double', parties: 2 }, 211],
  [{ form: 'phaser' }, 50],
];

test.each(EXPLORED)(
  'BAR-1 BAR-2 BAR-3 BAR-4 BAR-5 all interleavings of three that enter twice, leave, die, are late or withdraw at %j keep the promises',
  (spec, states) => {
    const known = new Set([shapeOf(begun(spec))]);
    const left = [begun(spec)];
    for (let seen = left.shift(); seen !== undefined; seen = left.shift()) {
      for (const command of possible(seen)) {
        const after = copyOf(seen);
        next(after, command);
        if (!known.has(shapeOf(after))) left.push(after);
        known.add(shapeOf(after));
      }
    }
    expect(known.size).toBe(states);
  },
);

const cyclic: BarrierSpec = { form: 'cyclic', parties: 2 };
const asked = (participant: string, request: string, spec: BarrierSpec = cyclic) => ({
  ...spec,
  participant,
  request,
  session: sessionOf(participant),
  waitMs: 1_000,
});

test('BAR-2 a request that is repeated after its generation has its answer again, and is not in the next one', () => {
  const first = enter(begun(cyclic).state, asked('ann', 'a'), 1_000);
  expect(first.reply).toEqual({ kind: 'waiting', generation: 1, entered: 1, parties: 2 });
  const second = enter(first.state, asked('ben', 'b'), 1_000);
  expect(second.reply).toEqual({ kind: 'released', generation: 1 });
  // ben has its answer, ann is told
  expect(second.told).toEqual([{ session: 'session-of-ann', request: 'a', generation: 1 }]);
  const again = enter(second.state, asked('ann', 'a'), 2_000);
  expect([again.reply, again.state]).toEqual([second.reply, second.state]);
  expect(enter(again.state, asked('ann', 'new'), 2_000).reply).toMatchObject({ kind: 'waiting', generation: 2 });
  // one that was begun again and knows its generation hears how it ended, under another request
  expect(enter(again.state, { ...asked('ann', 'new'), generation: 1 }, 2_000).reply).toEqual(second.reply);
});

test('BAR-2 of a double barrier more may wait than go on next; who is begun again inside goes on with its entry', () => {
  const spec: BarrierSpec = { form: 'double', parties: 1 };
  const inside = enter(begun(spec).state, asked('ann', 'a', spec), 1_000);
  const ben = enter(inside.state, asked('ben', 'b', spec), 1_000);
  const cas = enter(ben.state, asked('cas', 'c', spec), 1_000);
  expect([ben.reply, cas.reply]).toMatchObject([
    { kind: 'waiting', generation: 2, entered: 1 },
    { kind: 'waiting', generation: 3, entered: 1 },
  ]);
  const again = enter(cas.state, asked('ann', 'another', spec), 1_000);
  expect(again.reply).toEqual({ kind: 'released', generation: 1 });
  const left = leave(again.state, asked('ann', 'another', spec), 1_000);
  expect(left.reply).toEqual({ kind: 'released', generation: 1 });
  expect(left.told).toEqual([{ session: 'session-of-ben', request: 'b', generation: 2 }]);
});

test('BAR-1 BAR-5 what is refused has its code, and leaves all as it was', () => {
  const { state } = enter(begun(cyclic).state, asked('ann', 'a'), 1_000);
  const phaser: BarrierSpec = { form: 'phaser' };
  const refused = [
    enter(state, asked('ben', 'b', { form: 'cyclic', parties: 3 }), 1_000),
    enter(state, { ...asked('ben', 'b'), session: 'nobody' }, 1_000),
    enter(state, { ...asked('ben', 'b'), generation: 7 }, 1_000),
    enter(begun(phaser).state, asked('ben', 'b', phaser), 1_000),
    enter(state, { ...cyclic, participant: 'ben', request: 'b', session: sessionOf('ben') }, 1_000),
    leave(state, asked('ann', 'a'), 1_000),
    leave(state, asked('ben', 'b'), 1_000),
    register(state, { ...cyclic, participant: 'ben', session: sessionOf('ben') }),
    deregister(state, 'ann', 1_000),
  ].map(({ refusal, events, told }) => [refusal?.code, events.length, told.length]);
  expect(refused).toEqual(
    [
      'definition-mismatch',
      'session-not-found',
      'not-a-party',
      'not-a-party',
      'invalid-message',
      'not-a-party',
      'not-a-party',
      'invalid-message',
      'not-a-party',
    ].map((code) => [code, 0, 0]),
  );
  // nobody is in it: it may be another one
  const other = enter(begun(cyclic).state, asked('ben', 'b', { form: 'cyclic', parties: 3 }), 1_000);
  expect(other.reply).toMatchObject({ kind: 'waiting', parties: 3 });
});

test.each([
  { form: 'cyclic' as const },
  { form: 'cyclic' as const, parties: 0 },
  { form: 'double' as const, parties: 501 },
  { form: 'phaser' as const, parties: 2 },
  { form: 'phaser' as const, deadlineMs: 0 },
  { form: 'phaser' as const, lookMs: 5 },
])('a barrier cannot be %j', (init) => {
  expect(barrierProblem(init)?.code).toBe('invalid-definition');
});

test('BAR-3 BAR-5 a barrier that is woken late does first what was due first', () => {
  const spec: BarrierSpec = { form: 'cyclic', parties: 3, deadlineMs: 100 };
  const ann = enter(begun(spec).state, { ...asked('ann', 'a', spec), waitMs: 50 }, 1_000);
  const ben = enter(ann.state, asked('ben', 'b', spec), 1_000);
  const late = settle(stepOf(ben.state), 9_000);
  expect(late.events.map(({ type }) => type)).toEqual(['barrier.withdrawn', 'barrier.broken']);
  expect(standing(late.state, asked('ann', 'a'), 'entry')).toEqual({ kind: 'none' });
  expect(standing(late.state, asked('ben', 'b'), 'entry')).toEqual({
    kind: 'broken',
    generation: 1,
    reason: 'deadline',
  });
  // who comes meanwhile is in the next generation
  const cas = enter(ben.state, asked('cas', 'c', spec), 9_000);
  expect(cas.reply).toMatchObject({ kind: 'waiting', generation: 2, entered: 1 });
});

test('BAR-4 a death before the release is told to all by option, and its reason names who died', () => {
  const spec: BarrierSpec = { form: 'cyclic', parties: 3, onDeath: 'break' };
  const ann = enter(begun(spec).state, asked('ann', 'a', spec), 1_000);
  const { state } = enter(ann.state, asked('ben', 'b', spec), 1_000);
  const died = endSession(state, sessionOf('ann'), 'expired', 1_000);
  expect(standing(died.state, asked('ben', 'b'), 'entry')).toEqual({
    kind: 'broken',
    generation: 1,
    reason: 'death',
    because: 'ann: the session has expired',
  });
  expect(barrierView(died.state).last).toMatchObject({ kind: 'broken', participants: 1 });
  expect(barrierText(barrierView(died.state))).toContain('was broken (death: ann: the session has expired)');
});
