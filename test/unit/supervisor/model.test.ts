import fc from 'fast-check';
import type { ChildExit, RestartType, Strategy } from '../../../src/contracts/supervisor';
import { OTP_RULES, type SupervisorRules } from '../../../src/domain/supervisor/rules';
import { child, CRASH, Drive, NORMAL, SHUTDOWN } from '../../support/supervisor/drive';

/*
 * Model-based: the model has no queue and no procedures. It keeps every restart that ever was and counts anew, it knows who
 * runs and who is listed, and it says of each command in one go what the supervisor must have done when it is idle again.
 * OTP's clock cannot be set, so the edges of the period are held here.
 */

interface Listed {
  readonly id: string;
  readonly restart: RestartType;
  running: boolean;
}

interface Model {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly periodSeconds: number;
  children: Listed[];
  nowMs: number;
  /** Milliseconds of all restarts, the oldest first. */
  readonly restarts: number[];
  ended: boolean;
}

const PERIOD = 5;

/** What the supervisor must want, in order, when a child has to be restarted. */
function expectRestart(model: Model, failed: Listed): string[] {
  model.restarts.push(model.nowMs);
  const second = (ms: number): number => Math.floor(ms / 1000);
  const counted = model.restarts.filter((at) => second(at) >= second(model.nowMs) - model.periodSeconds).length;
  failed.running = false;
  if (counted > model.intensity) return expectEnd(model, 'shutdown');
  const at = model.children.indexOf(failed);
  const from = { one_for_one: at, rest_for_one: at, one_for_all: 0, simple_one_for_one: at }[model.strategy];
  const group = model.strategy === 'one_for_one' ? [failed] : model.children.slice(from);
  const stops = group.filter((each) => each.running).map((each) => `stop ${each.id}`);
  model.children = model.children.filter((each) => !group.includes(each) || each.restart !== 'temporary');
  const starts = group.filter((each) => each.restart !== 'temporary');
  for (const each of starts) each.running = true;
  return [...stops.reverse(), ...starts.map((each) => `start ${each.id}`)];
}

function expectEnd(model: Model, reason: string): string[] {
  model.ended = true;
  const stops = model.children.filter((each) => each.running).map((each) => `stop ${each.id}`);
  for (const each of model.children) each.running = false;
  return [...stops.reverse(), `exit ${reason}`];
}

type Real = Drive;

/** The promises that hold whatever was done. */
function compare(model: Model, real: Real, expected: readonly string[]): void {
  real.settle();
  expect(real.take()).toEqual(expected);
  if (model.ended) {
    expect(real.state.phase).toBe('ended');
    return;
  }
  expect(real.shape()).toBe(model.children.map((each) => each.id + (each.running ? '+' : '-')).join(' '));
  expect(real.state.restarts.length).toBeLessThanOrEqual(model.intensity + 1);
  expect(real.state.queue).toEqual([]);
}

abstract class Step implements fc.Command<Model, Real> {
  check(model: Readonly<Model>): boolean {
    return !model.ended;
  }
  abstract run(model: Model, real: Real): void;
  abstract toString(): string;
}

class Exit extends Step {
  readonly at: number;
  readonly reason: ChildExit;
  constructor(at: number, reason: ChildExit) {
    super();
    this.at = at;
    this.reason = reason;
  }
  override run(model: Model, real: Real): void {
    const running = model.children.filter((each) => each.running);
    const failed = running[this.at % Math.max(1, running.length)];
    if (failed === undefined) return;
    real.exit(failed.id, this.reason);
    const isAbnormal = this.reason.kind === 'abnormal' || this.reason.kind === 'killed';
    if (failed.restart === 'permanent' || (failed.restart === 'transient' && isAbnormal)) {
      compare(model, real, expectRestart(model, failed));
      return;
    }
    failed.running = false;
    if (failed.restart === 'temporary') model.children = model.children.filter((each) => each !== failed);
    compare(model, real, []);
  }
  override toString(): string {
    return `exit(${String(this.at)}, ${this.reason.kind})`;
  }
}

/** A child whose restart fails a number of times at once: each try counts. */
class FailingRestart extends Step {
  readonly at: number;
  readonly times: number;
  constructor(at: number, times: number) {
    super();
    this.at = at;
    this.times = times;
  }
  override check(model: Readonly<Model>): boolean {
    return !model.ended && model.strategy === 'one_for_one';
  }
  override run(model: Model, real: Real): void {
    const permanent = model.children.filter((each) => each.running && each.restart === 'permanent');
    const failed = permanent[this.at % Math.max(1, permanent.length)];
    if (failed === undefined) return;
    real.exit(failed.id);
    const expected: string[] = [];
    for (let tries = 0; tries <= this.times; tries++) {
      expected.push(...expectRestart(model, failed));
      if (this.check(model) && tries < this.times) real.step('start-failed');
      else break;
    }
    compare(model, real, expected);
  }
  override toString(): string {
    return `failingRestart(${String(this.at)}, ${String(this.times)})`;
  }
}

class Pass extends Step {
  readonly ms: number;
  constructor(ms: number) {
    super();
    this.ms = ms;
  }
  override run(model: Model, real: Real): void {
    model.nowMs += this.ms;
    real.now += this.ms;
  }
  override toString(): string {
    return `pass(${String(this.ms)})`;
  }
}

class Request extends Step {
  readonly kind: 'start_child' | 'restart_child' | 'terminate_child' | 'delete_child';
  readonly id: string;
  readonly restart: RestartType;
  constructor(kind: Request['kind'], id: string, restart: RestartType) {
    super();
    this.kind = kind;
    this.id = id;
    this.restart = restart;
  }
  override run(model: Model, real: Real): void {
    const { id, restart } = this;
    const order =
      this.kind === 'start_child' ? { kind: this.kind, spec: child(id, { restart }) } : { kind: this.kind, id };
    const answer = real.ask(order);
    const known = model.children.find((each) => each.id === id);
    const [expected, wanted] = this.expected(model, known);
    expect(answer).toMatchObject(expected);
    compare(model, real, wanted);
  }
  private expected(model: Model, known: Listed | undefined): readonly [object, readonly string[]] {
    const { id } = this;
    const refused = (error: string): readonly [object, readonly string[]] => [{ kind: 'refused', error }, []];
    if (this.kind === 'start_child') {
      if (known !== undefined) return refused(known.running ? 'already_started' : 'already_present');
      model.children.push({ id, restart: this.restart, running: true });
      return [{ kind: 'started', id }, [`start ${id}`]];
    }
    if (known === undefined) return refused('not_found');
    if (this.kind === 'terminate_child') {
      const wanted = known.running ? [`stop ${id}`] : [];
      known.running = false;
      if (known.restart === 'temporary') model.children = model.children.filter((each) => each !== known);
      return [{ kind: 'ok' }, wanted];
    }
    if (known.running) return refused('running');
    if (this.kind === 'delete_child') {
      model.children = model.children.filter((each) => each !== known);
      return [{ kind: 'ok' }, []];
    }
    known.running = true;
    return [{ kind: 'started', id }, [`start ${id}`]];
  }
  override toString(): string {
    return `${this.kind}(${this.id}, ${this.restart})`;
  }
}

class Stop extends Step {
  override run(model: Model, real: Real): void {
    real.tell({ kind: 'stop', reason: SHUTDOWN });
    compare(model, real, expectEnd(model, 'shutdown'));
  }
  override toString(): string {
    return 'stop';
  }
}

const restartType = fc.constantFrom<RestartType>('permanent', 'transient', 'temporary');
const reason = fc.constantFrom<ChildExit>(CRASH, CRASH, { kind: 'killed' }, NORMAL, SHUTDOWN, {
  kind: 'shutdown',
  term: 't',
});
const id = fc.constantFrom('a', 'b', 'c', 'd');
/** Around the edges of the period, to the millisecond. */
const time = fc.oneof(
  fc.integer({ min: 0, max: 1_500 }),
  fc.integer({ min: PERIOD * 1000 - 1_001, max: PERIOD * 1000 + 1_001 }),
  fc.constantFrom(PERIOD * 1000, PERIOD * 1000 + 999, PERIOD * 1000 + 1000),
);
const request = fc.constantFrom<Request['kind']>('start_child', 'restart_child', 'terminate_child', 'delete_child');
const steps = fc.commands(
  [
    fc.tuple(fc.nat(3), reason).map(([at, why]) => new Exit(at, why)),
    fc.tuple(fc.nat(3), reason).map(([at, why]) => new Exit(at, why)),
    fc.tuple(fc.nat(3), fc.nat(3)).map(([at, times]) => new FailingRestart(at, times)),
    time.map((ms) => new Pass(ms)),
    time.map((ms) => new Pass(ms)),
    fc.tuple(request, id, restartType).map(([kind, each, restart]) => new Request(kind, each, restart)),
    fc.constant(new Stop()),
  ],
  { maxCommands: 30 },
);

/** Runs the commands on the supervisor with these rules and on the model. @throws the smallest sequence that parts them */
function run(rules: SupervisorRules): void {
  const tree = fc.record({
    strategy: fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one'),
    intensity: fc.nat(3),
    types: fc.array(restartType, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(tree, steps, ({ strategy, intensity, types }, commands) => {
      const children = types.map((restart, at): Listed => ({ id: 'abcd'[at] ?? '', restart, running: true }));
      const specs = children.map((each) => child(each.id, { restart: each.restart }));
      const setup = (): { model: Model; real: Real } => {
        const real = Drive.started({ strategy, intensity, periodSeconds: PERIOD }, specs, rules);
        const base = { strategy, intensity, periodSeconds: PERIOD, nowMs: real.now, ended: false };
        return { model: { ...base, children: children.map((each) => ({ ...each })), restarts: [] }, real };
      };
      fc.modelRun(setup, commands);
    }),
    { numRuns: 1_500, seed: 20_261_125 },
  );
}

test('SUP-4…SUP-10: whatever is done, the supervisor does what the plain model says, to the millisecond of the period', () => {
  run(OTP_RULES);
});

const windowOf =
  (counts: (at: number, nowSeconds: number, periodSeconds: number) => boolean) =>
  (earlier: readonly number[], now: number, period: number): readonly number[] => [
    now,
    ...earlier.filter((at) => counts(at, now, period)),
  ];

test.each([
  ['the far edge of the period does not count', { restartsInWindow: windowOf((at, now, period) => at > now - period) }],
  ['the period is a second longer', { restartsInWindow: windowOf((at, now, period) => at >= now - period - 1) }],
  ['one restart more is allowed', { isWithinIntensity: (count, limit) => count <= limit + 1 }],
  ['children are stopped in start order', { stopOrder: (ids) => ids }],
] satisfies readonly (readonly [string, Partial<SupervisorRules>])[])('the model sees it when %s', (_title, wrong) => {
  expect(() => run({ ...OTP_RULES, ...wrong })).toThrow('Property failed');
});
