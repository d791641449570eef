import fc from 'fast-check';
import {
  MAX_DRIFT_MS,
  MAX_HEARD,
  MAX_PATH_EVENTS,
  MAX_SEARCHED_EVENTS,
  type Causality,
  type Stamp,
} from '../../../../src/contracts/causality';
import {
  hear,
  isFull,
  mergeStamps,
  NEW_CLOCK,
  say,
  stampOf,
  stampRefusal,
  type EntityClock,
} from '../../../../src/domain/causality/entity-clock';
import { eventIdText, parseEventId, parseEventName, streamOfId } from '../../../../src/domain/causality/event-id';
import { happenedBefore, type LoggedEvent, type Wanted } from '../../../../src/domain/causality/happened-before';
import { compareTimes, mergeTimes, parseTime, tickTime, timeText } from '../../../../src/domain/causality/hybrid-clock';

const T0 = Date.parse('2026-11-30T12:00:00Z');

/** Entities that stamp as the kernel does, and a log; `knows` is the true past of each event, kept beside. */
class World {
  readonly log = new Map<string, LoggedEvent>();
  readonly past = new Map<string, ReadonlySet<string>>();
  nowMs = T0;
  private readonly tracks: boolean;
  private readonly entities = new Map<
    string,
    { clock: EntityClock; generation: number; sequence: number; knows: Set<string>; said: Set<string> }
  >();

  /** @param tracks false: without the true order, which grows with the square of the events */
  constructor(tracks = true) {
    this.tracks = tracks;
  }

  of(name: string) {
    const entity = `s:agent:${name}`;
    const known = this.entities.get(entity) ?? {
      clock: NEW_CLOCK,
      generation: 1,
      sequence: 0,
      knows: new Set<string>(),
      said: new Set<string>(),
    };
    this.entities.set(entity, known);
    return { entity, known };
  }

  say(name: string, type = 'x.said'): LoggedEvent {
    const { entity, known } = this.of(name);
    const { clock, stamped } = say(known.clock, entity, this.nowMs);
    known.clock = clock;
    known.sequence += 1;
    const id = eventIdText({ entity, generation: known.generation, sequence: known.sequence });
    const time = new Date(this.nowMs).toISOString();
    const event = { id, position: this.log.size + 1, type, source: `/spaces/s/agent/${name}`, time, ...stamped };
    this.log.set(id, event);
    if (!this.tracks) return event;
    known.said = new Set([...known.knows, id]);
    this.past.set(id, new Set(known.knows));
    known.knows.add(id);
    return event;
  }

  stamp(name: string): { readonly stamp: Stamp; readonly knows: ReadonlySet<string> } {
    const { entity, known } = this.of(name);
    const { generation, sequence } = known;
    return { stamp: stampOf(known.clock, { entity, generation, sequence }), knows: new Set(known.knows) };
  }

  hear(name: string, { stamp, knows }: ReturnType<World['stamp']>): void {
    const { entity, known } = this.of(name);
    expect(stampRefusal(JSON.parse(JSON.stringify(stamp)), this.nowMs)).toBeUndefined();
    known.clock = hear(known.clock, stamp, entity);
    for (const each of knows) known.knows.add(each);
    if (isFull(known.clock)) this.say(name, 'entity.heard');
  }

  /** The name ends and is begun anew: another life, with a clock of its own, which knows what the one before has said. */
  rebirth(name: string): void {
    const { known } = this.of(name);
    const { generation, said } = known;
    Object.assign(known, { clock: NEW_CLOCK, generation: generation + 1, sequence: 0, knows: new Set(said) });
    this.nowMs += 1;
    this.say(name, 'entity.started'); // before anything else, as the kernel does
  }

  ask(a: LoggedEvent | undefined, b: LoggedEvent | undefined, pageOf = 3): Causality {
    if (a === undefined || b === undefined) throw new Error('two events were expected');
    const search = happenedBefore(a, b);
    let step = search.next();
    while (step.done !== true) step = search.next(this.answer(step.value, pageOf));
    return step.value;
  }

  private answer(wanted: Wanted, pageOf: number): readonly LoggedEvent[] {
    if (wanted.kind === 'range') {
      const numbers = Array.from({ length: Math.min(pageOf, wanted.upTo - wanted.after) }, (_, at) => wanted.upTo - at);
      return numbers.flatMap((n) => this.log.get(`${wanted.stream}/${String(n)}`) ?? []);
    }
    const stream = streamOfId({ entity: wanted.entity, generation: wanted.generation - 1 });
    return [...this.log.values()].filter(({ id }) => id.startsWith(`${stream}/`)).slice(-1);
  }
}

interface Turn {
  readonly kind: 'say' | 'send' | 'deliver' | 'wait' | 'rebirth';
  readonly at: number;
  readonly to: number;
}
const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('say' as const, 'send' as const, 'deliver' as const) },
      { weight: 1, arbitrary: fc.constantFrom('wait' as const, 'rebirth' as const) },
    ),
    at: fc.nat(4),
    to: fc.nat(4),
  }),
  { minLength: 20, maxLength: 60 },
);

/** Plays random entities whose messages come in any order, late and twice. */
function play(some: readonly Turn[]): World {
  const world = new World();
  const sent: ReturnType<World['stamp']>[] = [];
  for (const { kind, at, to } of some) {
    const name = `e${String(at)}`;
    if (kind === 'say') world.say(name);
    if (kind === 'send') sent.push(world.stamp(name));
    const message = sent[(to * 7 + at) % Math.max(1, sent.length)];
    if (kind === 'deliver' && message !== undefined) world.hear(name, message);
    if (kind === 'wait') world.nowMs += to;
    if (kind === 'rebirth') world.rebirth(name);
  }
  return world;
}

/** Each event of a path follows the one before: in its entity, or as it says itself. */
function isProof(world: World, { path }: Causality): boolean {
  return path.every(({ id, via }, at) => {
    const before = path[at - 1];
    if (before === undefined) return via === undefined;
    const [one, other] = [parseEventId(before.id), parseEventId(id)];
    return via === 'entity' ? one?.entity === other?.entity : world.log.get(id)?.follows?.includes(before.id) === true;
  });
}

test('CAU-4 in random histories the query says before, after and concurrent exactly as the true order, with a path that proves it', () => {
  const seen = { before: 0, concurrent: 0, longest: 0 };
  fc.assert(
    fc.property(turns, (some) => {
      const world = play(some);
      const events = [...world.log.values()];
      const faults: unknown[] = [];
      for (const a of events) {
        for (const b of events) {
          const [isBefore, isAfter] = [world.past.get(b.id)?.has(a.id), world.past.get(a.id)?.has(b.id)];
          const truth = a === b ? 'equal' : isBefore ? 'before' : isAfter ? 'after' : 'concurrent';
          const answer = world.ask(a, b);
          const ends = truth === 'before' ? [a, b] : truth === 'after' ? [b, a] : [];
          const isRight = answer.order === truth && answer.certain && isProof(world, answer);
          const isWhole = answer.path[0]?.id === ends[0]?.id && answer.path.at(-1)?.id === ends[1]?.id;
          if (!isRight || !isWhole) faults.push({ truth, answer });
          const [ofA, ofB] = [parseTime(a.hlc ?? ''), parseTime(b.hlc ?? '')];
          const isOrdered = ofA !== undefined && ofB !== undefined && compareTimes(ofA, ofB) < 0;
          if (isBefore === true && !(isOrdered && String(a.hlc) < String(b.hlc))) faults.push({ a, b });
          if (truth === 'before') seen.before += 1;
          if (truth === 'concurrent') seen.concurrent += 1;
          seen.longest = Math.max(seen.longest, answer.path.length);
        }
      }
      expect(faults).toEqual([]);
    }),
    { seed: 20261130, numRuns: 20 },
  );
  expect(seen.before).toBeGreaterThan(200);
  expect(seen.concurrent).toBeGreaterThan(200);
  expect(seen.longest).toBeGreaterThan(3);
});

test('CAU-4 a hybrid clock is never behind the physical one, strictly grows, and stays within what it has heard of', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.option(fc.integer({ min: -100, max: 100 }))), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(steps, (some) => {
      let clock = { ms: 0, counter: 0 };
      let nowMs = T0;
      let latest = T0;
      for (const [aheadMs, heardMs] of some) {
        nowMs += aheadMs; // the physical clock may go back
        if (heardMs !== null) clock = mergeTimes(clock, { ms: nowMs + heardMs, counter: 3 });
        latest = Math.max(latest, nowMs, clock.ms);
        const next = tickTime(clock, nowMs);
        expect(compareTimes(clock, next)).toBe(-1);
        expect(next.ms >= nowMs && next.ms <= latest).toBe(true);
        expect(parseTime(timeText(next, 's:agent:a'))).toEqual({ ...next, node: 's:agent:a' });
        clock = next;
      }
    }),
    { seed: 20261130, numRuns: 100 },
  );
  expect(tickTime({ ms: 5, counter: 999_999 }, 1)).toEqual({ ms: 6, counter: 0 });
});

test('CAU-4 a stamp beyond the allowed drift is refused with its code, one at the limit and one from the past are not', () => {
  const at = (ms: number): Stamp => ({ hlc: timeText({ ms, counter: 0 }, 's:agent:a'), follows: [] });
  expect(stampRefusal(at(T0 + MAX_DRIFT_MS), T0)).toBeUndefined();
  expect(stampRefusal(at(0), T0)).toBeUndefined();
  expect(stampRefusal(at(T0 + MAX_DRIFT_MS + 1), T0)).toMatchObject({ code: 'clock-drift', retryAfterMs: 1 });
  const many = (count: number) => Array.from({ length: count }, (_, n) => `s:agent:a${String(n)}~1/1`);
  expect(stampRefusal({ ...at(T0), follows: many(MAX_HEARD + 1) }, T0)).toBeUndefined();
  const wrong = [
    null,
    7,
    {},
    { hlc: 'noon', follows: [] },
    { ...at(T0), follows: [`${'x'.repeat(300)}~1/1`] },
    { ...at(T0), follows: 'x' },
    { ...at(T0), follows: ['x'] },
  ];
  for (const each of [...wrong, { ...at(T0), follows: many(MAX_HEARD + 2) }]) {
    expect(stampRefusal(each, T0)).toMatchObject({ code: 'invalid-message' });
  }
});

test('an entity that hears of many and says nothing forgets none of them: it says that it has heard', () => {
  const world = new World();
  const first = Array.from({ length: 3 * MAX_HEARD }, (_, n) => world.say(`from-${String(n)}`));
  first.forEach((_, n) => world.hear('hub', world.stamp(`from-${String(n)}`)));
  world.hear('last', world.stamp('hub'));
  const last = world.say('last');
  for (const event of first.filter((_, n) => n % 16 === 0))
    expect(world.ask(event, last, 500)).toMatchObject({ order: 'before', certain: true });
  const heard = [...world.log.values()].filter(({ type }) => type === 'entity.heard');
  expect(heard.length).toBe(3);
  for (const { follows = [] } of world.log.values()) expect(follows.length).toBeLessThanOrEqual(MAX_HEARD);
});

test('where the log has gaps or ends, concurrent is not certain and says why; before stays proved', () => {
  const world = new World();
  const [a, b] = [world.say('a'), world.say('b')];
  world.hear('b', world.stamp('a'));
  world.hear('c', (world.say('b'), world.stamp('b')));
  const c = world.say('c');
  expect(world.ask(a, c)).toMatchObject({ order: 'before', certain: true });
  expect(world.ask(a, b)).toMatchObject({ order: 'concurrent', certain: true, path: [] });
  world.log.delete('s:agent:b~1/2');
  expect(world.ask(a, c)).toMatchObject({ order: 'concurrent', certain: false });
  expect(world.ask(a, c).because).toContain('s:agent:b~1/2');
  const { hlc: _old, ...old } = world.say('old');
  expect(world.ask(old, c)).toMatchObject({ order: 'concurrent', certain: false });
  expect(world.ask(c, old).because).toContain('without a stamp');
});

test('a search looks at a bounded number of events, and a long path loses its middle', () => {
  const world = new World(false);
  const a = world.say('lonely');
  for (let n = 0; n < MAX_SEARCHED_EVENTS + 10; n += 1) world.say('busy');
  const last = world.say('busy');
  const answer = world.ask(a, last, 1_000);
  expect(answer).toMatchObject({ order: 'concurrent', certain: false });
  expect(answer.searched).toBeLessThan(MAX_SEARCHED_EVENTS + 1_001);
  const chain = new World();
  const first = chain.say('n0');
  for (let n = 1; n <= MAX_PATH_EVENTS; n += 1) {
    chain.hear(`n${String(n)}`, chain.stamp(`n${String(n - 1)}`));
    chain.say(`n${String(n)}`);
  }
  const end = chain.say(`n${String(MAX_PATH_EVENTS)}`);
  const long = chain.ask(first, end);
  expect(long).toMatchObject({ order: 'before', omitted: 2 });
  expect([long.path.length, long.path[0]?.id, long.path.at(-1)?.id]).toEqual([MAX_PATH_EVENTS, first.id, end.id]);
});

test('an event is named by position, by kind, name, generation and number, or by source and id; anything else is refused', () => {
  const id = { entity: 'prod:agent:a', generation: 17, sequence: 3 };
  expect(parseEventName('prod', '41')).toBe(41);
  for (const text of ['prod:agent:a~17/3', 'agent:a~17/3', '/spaces/prod/agent/a/17/3']) {
    expect(parseEventName('prod', text)).toEqual(id);
  }
  const wrong = [
    '',
    '0',
    '-1',
    'a',
    'agent:a',
    'agent:a~17',
    'agent:a~17/0',
    'robot:a~1/1',
    'x:agent:a~1/1',
    '1.5',
    'agent:A~1/1',
  ];
  for (const text of [...wrong, '/spaces/other/agent/a/17/3', '9'.repeat(16)]) {
    expect(parseEventName('prod', text)).toMatchObject({ code: 'invalid-id' });
  }
});

test('the stamps of several answers say what they would have said one after another', () => {
  const stamp = (name: string, ms: number, ...follows: string[]): Stamp => ({
    hlc: timeText({ ms, counter: 0 }, `s:agent:${name}`),
    follows,
  });
  expect(mergeStamps([])).toBeUndefined();
  const answers = [stamp('a', 7, 's:agent:a~1/2'), stamp('b', 9, 's:agent:b~1/1', 's:agent:a~1/3')];
  const merged = mergeStamps(answers);
  expect(merged).toEqual(stamp('b', 9, 's:agent:a~1/3', 's:agent:b~1/1'));
  const heard = answers.reduce((clock, each) => hear(clock, each, 's:agent:c'), NEW_CLOCK);
  expect(merged && hear(NEW_CLOCK, merged, 's:agent:c')).toEqual(heard);
});
