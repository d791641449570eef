import type { ChildExit, ChildSpec, SupervisorAnswer, SupervisorSpec } from '../../src/contracts/supervisor';
import { decideSupervisor, startSupervisor, type Decision } from '../../src/domain/supervisor/decide';
import { OTP_RULES, type SupervisorRules } from '../../src/domain/supervisor/rules';
import type { SupervisorEffect, SupervisorEvent, SupervisorState } from '../../src/domain/supervisor/state';
import { exitText } from '../../src/domain/supervisor/turn';
import { whichChildren } from '../../src/domain/supervisor/views';
import type { Entry, Event, Node, Path, Reason, Sequence, Trace, Tree } from './sequence';

/** A worker of ours: what OTP would have as a process. */
interface Worker {
  readonly generation: number;
  alive: boolean;
  cut: boolean;
  asked: boolean;
}

/** A supervisor of ours, as one process of the tree. */
interface Instance {
  readonly path: Path;
  readonly tree: Tree;
  readonly parent: Instance | undefined;
  /** Its generation under the parent. */
  readonly generation: number;
  state: SupervisorState;
  readonly workers: Map<string, Worker>;
  /** OTP miscounts from now on: see `compare.ts`. */
  miscounted: boolean;
}

const REASONS: Readonly<Record<Reason, ChildExit>> = {
  normal: { kind: 'normal' },
  shutdown: { kind: 'shutdown' },
  'shutdown-term': { kind: 'shutdown', term: 't' },
  killed: { kind: 'killed' },
  crash: { kind: 'abnormal', text: 'crash' },
};
const FAILURES = { error: 'oops', crash: 'boom' } as const;
/** Starts and stops of one sequence; a rule that goes on for ever is wrong. */
const MAX_STEPS = 3_000;
const name = (path: Path): string => path.join('/');

/** What our rule makes of a sequence. `isOrdered` is false if OTP's processes would run side by side, or a child could not be named there: not to be compared. */
export interface Run {
  readonly trace: Trace;
  readonly isOrdered: boolean;
  /** What was reached, for the statistics. */
  readonly notes: ReadonlyMap<string, number>;
}

/** Runs a sequence on our rule: children are synchronous, whatever is to be done is done at once, in order. */
export function simulate(sequence: Sequence, rules: SupervisorRules = OTP_RULES): Run {
  return new Simulation(sequence, rules).run();
}

/** The same rule twice: supervisor by supervisor as deciders, the children between them played. */
class Simulation {
  private now = 1_000_000;
  private readonly trace: Entry[] = [];
  private readonly todo: (() => void)[] = [];
  private readonly instances = new Map<string, Instance>();
  private readonly trees = new Map<string, Tree>();
  private readonly tries = new Map<string, number>();
  private readonly notes = new Map<string, number>();
  private readonly scripts: ReadonlyMap<string, readonly string[]>;
  private readonly during: ReadonlyMap<number, readonly Event[]>;
  private hooks = 0;
  private isOrdered = true;

  private readonly sequence: Sequence;
  private readonly rules: SupervisorRules;

  constructor(sequence: Sequence, rules: SupervisorRules) {
    this.sequence = sequence;
    this.rules = rules;
    this.scripts = new Map(sequence.scripts.map(([path, outcomes]) => [name(path), outcomes]));
    this.during = new Map(sequence.during);
    this.plant([], sequence.root);
  }

  run(): Run {
    this.create([], undefined, 0);
    this.settle();
    this.snapshot();
    for (const { event } of this.sequence.steps) {
      this.deliver(event);
      this.settle();
      this.log('step');
      this.snapshot();
    }
    return { trace: this.trace, isOrdered: this.isOrdered, notes: this.notes };
  }

  private plant(path: Path, tree: Tree): void {
    this.trees.set(name(path), tree);
    for (const node of tree.children) if (node.sup !== 'none') this.plant([...path, node.id], node.sup);
  }

  private log(...entry: Entry): void {
    this.trace.push(entry);
  }

  private settle(): void {
    for (let next = this.todo.shift(); next !== undefined; next = this.todo.shift()) next();
  }

  private create(path: Path, parent: Instance | undefined, generation: number): void {
    const tree = this.trees.get(name(path));
    if (tree === undefined) throw new Error(`no tree at ${name(path)}`);
    const started = startSupervisor(specOf(tree), { now: this.now, firstGeneration: 1 }, this.rules);
    if (!started.ok) throw new Error(`the generator made a bad tree: ${started.problem.message}`);
    const { state } = started.value;
    const workers = new Map<string, Worker>();
    const instance: Instance = { path, tree, parent, generation, state, workers, miscounted: false };
    this.instances.set(name(path), instance);
    this.apply(instance, started.value);
  }

  private tell(instance: Instance, event: SupervisorEvent): void {
    // A parent that starts a child cannot stop it; and a child goes on with what waited beside its parent.
    const isBesideParent = instance.parent !== undefined && !isAboutStart(event);
    if (instance.state.phase === 'starting' && (isBesideParent || event.kind === 'stop')) this.isOrdered = false;
    this.apply(instance, decideSupervisor(instance.state, event, this.now, this.rules));
  }

  private apply(instance: Instance, { state, effects }: Decision): void {
    instance.state = JSON.parse(JSON.stringify(state)) as SupervisorState;
    let isReady = false;
    for (const effect of effects) {
      if (effect.kind === 'ready') isReady = true;
      else this.perform(instance, effect);
    }
    const { parent, path, generation } = instance;
    const id = path.at(-1);
    // OTP's child goes on with its messages before its parent hears that it has started.
    if (isReady && parent !== undefined && id !== undefined) this.tell(parent, { kind: 'started', id, generation });
  }

  private perform(instance: Instance, effect: SupervisorEffect): void {
    const { parent, path, generation } = instance;
    const id = path.at(-1) ?? '';
    switch (effect.kind) {
      case 'start-child':
        this.todo.push(() => this.start(instance, effect));
        return;
      case 'stop-child':
        this.todo.push(() => this.stop(instance, effect));
        return;
      case 'answer':
        this.log('answer', Number(effect.request), this.shown(instance, effect.answer));
        return;
      case 'failed-to-start': {
        const reason = `${effect.id}: ${effect.reason}`;
        this.log('exit', name(path), reason);
        if (parent !== undefined) this.tell(parent, { kind: 'start-failed', id, generation, reason });
        return;
      }
      case 'exit':
        this.log('exit', name(path), exitText(effect.reason));
        if (parent !== undefined) this.tell(parent, { kind: 'exited', id, generation, reason: effect.reason });
        return;
      case 'note':
        this.notes.set(effect.note.kind, (this.notes.get(effect.note.kind) ?? 0) + 1);
        return;
      case 'ready':
      case 'retry-after':
        throw new Error(`${effect.kind} is not for the differential test`);
    }
  }

  private start(instance: Instance, effect: Extract<SupervisorEffect, { kind: 'start-child' }>): void {
    const { id, generation } = effect;
    const path = [...instance.path, id];
    const tried = this.tries.get(name(path)) ?? 0;
    this.tries.set(name(path), tried + 1);
    const outcome = this.scripts.get(name(path))?.[tried] ?? 'ok';
    this.log('start', name(path), outcome);
    this.hook();
    if (outcome === 'ignore') {
      this.tell(instance, { kind: 'ignored', id, generation });
      return;
    }
    if (outcome === 'error' || outcome === 'crash') {
      this.tell(instance, { kind: 'start-failed', id, generation, reason: FAILURES[outcome] });
      return;
    }
    if (effect.spec.start.type === 'supervisor') {
      this.create(path, instance, generation);
      return;
    }
    instance.workers.set(id, { generation, alive: true, cut: false, asked: false });
    this.tell(instance, { kind: 'started', id, generation });
  }

  private stop(instance: Instance, effect: Extract<SupervisorEffect, { kind: 'stop-child' }>): void {
    const { id, generation } = effect;
    const path = [...instance.path, id];
    const worker = instance.workers.get(id);
    if (worker?.generation !== generation) {
      const below = this.instances.get(name(path));
      if (below !== undefined) this.tell(below, { kind: 'stop', reason: { kind: 'shutdown' } });
      return;
    }
    if (!worker.alive) {
      this.tell(instance, { kind: 'stopped', id, generation });
      return;
    }
    this.log('stop', name(path));
    if (effect.shutdown === 'brutal_kill') {
      worker.alive = false;
      this.tell(instance, { kind: 'stopped', id, generation, reason: { kind: 'killed' } });
      return;
    }
    worker.asked = true;
    if (!isSimple(instance)) this.hook();
    // What came meanwhile may have ended it.
    if (isGone(worker)) return;
    worker.alive = false;
    this.tell(instance, { kind: 'stopped', id, generation });
  }

  private hook(): void {
    const events = this.during.get(this.hooks++) ?? [];
    if (this.hooks > MAX_STEPS) throw new Error('the supervisor starts and stops without end');
    for (const event of events) {
      this.deliver(event);
      this.settle();
    }
  }

  private deliver(event: Event): void {
    switch (event.do) {
      case 'wait':
        this.now += event.ms;
        return;
      case 'stop': {
        const root = this.instances.get('');
        if (root !== undefined) this.tell(root, { kind: 'stop', reason: REASONS[event.reason] });
        return;
      }
      case 'exit':
      case 'cut': {
        this.touch(event);
        return;
      }
      case 'call':
      case 'change': {
        this.request(event);
        return;
      }
    }
  }

  private touch(event: Extract<Event, { do: 'exit' | 'cut' }>): void {
    const instance = this.instances.get(name(event.path.slice(0, -1)));
    const id = event.path.at(-1) ?? '';
    const worker = instance?.workers.get(id);
    if (instance === undefined || !worker?.alive) return;
    if (event.do === 'cut') {
      worker.cut = true;
      return;
    }
    worker.alive = false;
    const { generation } = worker;
    if (!worker.cut) this.tell(instance, { kind: 'exited', id, generation, reason: REASONS[event.reason] });
    else if (worker.asked) this.tell(instance, { kind: 'stopped', id, generation });
  }

  private request(event: Extract<Event, { do: 'call' | 'change' }>): void {
    const instance = this.instances.get(name(event.path));
    const request = String(event.request);
    if (instance === undefined) {
      this.log('answer', event.request, ['stopped']);
      return;
    }
    if (event.do === 'change') {
      const isOver = instance.state.phase === 'ended';
      this.tell(instance, { kind: 'command', request, command: { kind: 'change', spec: specOf(event.node) } });
      const isTaken = this.trace.some((each) => each[0] === 'answer' && each[1] === event.request && isOk(each[2]));
      if (isOver || !isTaken) return;
      this.trees.set(name(event.path), event.node);
      return;
    }
    const { call } = event;
    if (typeof call === 'string') {
      this.tell(instance, { kind: 'command', request, command: { kind: call } });
      return;
    }
    const [kind, arg] = call;
    if (kind !== 'start_child') {
      const child = instance.state.children.find((each) => each.spec.id === arg);
      // A dynamic child that is only being started has no pid yet to name it by.
      if (isSimple(instance) && instance.state.work !== undefined) this.isOrdered = false;
      if (kind === 'terminate_child' && isSimple(instance) && child?.process.kind === 'restarting')
        instance.miscounted = true;
      this.tell(instance, { kind: 'command', request, command: { kind, id: arg } });
      return;
    }
    if (isSimple(instance)) {
      const command = { kind, id: arg.id, args: { key: arg.id } };
      this.tell(instance, { kind: 'command', request, command });
      return;
    }
    this.tell(instance, { kind: 'command', request, command: { kind, spec: childOf(arg) } });
  }

  private snapshot(): void {
    for (const [path, instance] of [...this.instances].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (instance.state.phase === 'ended') continue;
      this.log('children', path, ...children(instance, whichChildren(instance.state)));
    }
  }

  /** An answer as the Erlang side writes it. */
  private shown(instance: Instance, answer: SupervisorAnswer): readonly unknown[] {
    switch (answer.kind) {
      case 'children':
        return ['children', ...children(instance, answer.children)];
      case 'counts': {
        const { specs, active, supervisors, workers } = answer.counts;
        return ['counts', specs, instance.miscounted ? '*' : active, supervisors, workers];
      }
      case 'childspec': {
        const { restart, shutdown, type, significant } = answer.spec;
        return ['spec', restart, shutdown, type, String(significant)];
      }
      case 'refused':
        if (answer.error === 'failed') return ['failed', answer.message.replace(/^.*?: /, '')];
        if (answer.error === 'invalid') return ['error', answer.problem?.otp];
        return answer.error === 'not_found' && isSimple(instance) ? ['gone'] : [answer.error];
      default:
        return [answer.kind];
    }
  }
}

const isGone = (worker: Worker): boolean => !worker.alive;
const isOk = (answer: unknown): boolean => Array.isArray(answer) && answer[0] === 'ok';
const isAboutStart = ({ kind }: SupervisorEvent): boolean =>
  kind === 'started' || kind === 'ignored' || kind === 'start-failed' || kind === 'stopped';
const isSimple = (instance: Instance): boolean => instance.tree.strategy === 'simple_one_for_one';

/** Dynamic children have no order in OTP, and one that waits for a restart has no key. */
function children(instance: Instance, list: ReturnType<typeof whichChildren>): readonly (readonly [string, string])[] {
  const all = list.map(({ id, status }) => [id, status] as const);
  if (!isSimple(instance)) return all;
  return all.map(([id, status]) =>
    status === 'restarting' ? (['dynamic', status] as const) : ([id, status] as const),
  );
}

function specOf(tree: Tree): SupervisorSpec {
  const { strategy, intensity, period, autoShutdown } = tree;
  return {
    flags: { strategy, intensity, periodSeconds: period, autoShutdown },
    children: tree.children.map(childOf),
  };
}

function childOf({ id, restart, significant, shutdown, type, sup }: Node): ChildSpec {
  const start = { kind: 'test', type: sup === 'none' ? 'worker' : 'supervisor' };
  return { id, start, restart, significant, shutdown, type };
}
