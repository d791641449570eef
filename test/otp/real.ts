import { stopUpdate, type ExitReason, type Reply } from '../../src/contracts/entity';
import type { OutboxBatch } from '../../src/contracts/envelope';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { parseName, workflowId, type Name } from '../../src/contracts/ids';
import {
  superviseUpdate,
  supervisorQuery,
  type StartOrder,
  type StopOrder,
  type SupervisorView,
} from '../../src/contracts/supervision';
import type {
  ChildSpecInput,
  SupervisorAnswer,
  SupervisorCommand,
  SupervisorSpec,
} from '../../src/contracts/supervisor';
import type { Temporal } from '../../src/client/temporal';
import { until } from '../support/kernel/harness';
import type { Script } from '../support/otp/workflows';
import type { Entry, Event, Node, Path, Reason, Sequence, Trace, Tree } from './sequence';

const QUIET_MS = 60_000;
/** Silent deaths are found by the sweep: often where a sequence has one, seldom elsewhere. */
const OFTEN_MS = 300;
const SELDOM_MS = 30_000;
const ROOT = 'top';
/** What a supervisor always has, and what hands events over. */
const BACKGROUND = new Set(['sweepChildren', 'appendEvents']);
const FAILURES = { error: 'oops', crash: 'boom' } as const;
const REASONS: Readonly<Record<Exclude<Reason, 'killed'>, ExitReason>> = {
  normal: { kind: 'normal' },
  shutdown: { kind: 'shutdown' },
  'shutdown-term': { kind: 'shutdown', term: 't' },
  crash: { kind: 'failed', refusal: refuse('agent-failed', 'crash') },
};

/** Ids are unique in a space: a child's is its whole path. */
const idOf = (path: string): string => (path === '' ? ROOT : path.replaceAll('/', '.'));
const pathOf = (id: string): string => (id === ROOT ? '' : id.replaceAll('.', '/'));
const nameIn = (path: Path): string => path.join('/');
const local = (id: string): string => id.split('.').at(-1) ?? id;
const below = (path: string, id: string): string => (path === '' ? id : `${path}/${id}`);

/** A text of ours as OTP has it: without codes, with the child's own id. */
function plain(text: string): string {
  const failed = /(\S+) could not be started: (.*)$/.exec(text);
  if (failed !== null) return `${local(failed[1] ?? '')}: ${plain(failed[2] ?? '')}`;
  return text.replace(/^.*agent-failed: /, '');
}

interface Look {
  readonly id: string;
  readonly path: string;
  readonly isRunning: boolean;
  readonly print: string;
  readonly isIdle: boolean;
  /** Starts, stops and steps that are under way, by the names of their activities. */
  readonly active: readonly string[];
  readonly view?: SupervisorView;
}

/** One sequence on real workflows: the children of a real supervisor tell this controller when they start and stop. */
export class RealRun {
  private readonly trace: Entry[] = [];
  private readonly trees = new Map<string, Tree>();
  private readonly nodes = new Map<string, Node>();
  private readonly tries = new Map<string, number>();
  /** Starts that were told already, by child and generation: an activity may come to it twice. */
  private readonly outcomes = new Map<string, Script['outcome']>();
  private readonly kinds = new Map<string, 'agent' | 'supervisor'>();
  /** Those whose last workflow is over; the next start takes them out. */
  private readonly ended = new Set<string>();
  /** Those that are being started now. */
  private readonly begun = new Set<string>();
  /** Children that were made to end and have not been started since, and whether their workflow is over. */
  private readonly dead = new Map<string, 'dying' | 'over'>();
  private readonly held = new Map<string, () => void>();
  private readonly told = new Set<string>();
  private readonly asked = new Map<number, string>();
  private readonly sweepMs: number;
  private hooks = 0;
  private inside = 0;
  private failure: Error | undefined;

  private readonly temporal: Temporal;
  private readonly sequence: Sequence;

  constructor(temporal: Temporal, sequence: Sequence) {
    this.temporal = temporal;
    this.sequence = sequence;
    const kills = sequence.steps.some(({ event }) => event.do === 'exit' && event.reason === 'killed');
    this.sweepMs = kills ? OFTEN_MS : SELDOM_MS;
    this.plant('', sequence.root);
  }

  /** Runs it to its end. @returns what happened, as the Erlang side tells it */
  async run(): Promise<Trace> {
    const { temporal } = this;
    const init = { spec: this.specOf('', this.sequence.root), sweepMs: this.sweepMs };
    this.kinds.set('', 'supervisor');
    const asked = { kind: 'supervisor', name: ROOT as Name, init, summary: 'top', taken: 'fail' } as const;
    await temporal.start({ ...asked, workflowType: 'supervisorWorkflow' });
    await this.settle(0);
    await this.snapshot();
    for (const { event } of this.sequence.steps) {
      await this.deliver(event);
      await this.settle(0);
      this.log('step');
      await this.snapshot();
    }
    return this.trace;
  }

  /** A supervisor starts a child. @param start what starts it really */
  async starting(order: StartOrder, start: (order: StartOrder) => Promise<void>): Promise<void> {
    const { id, generation, supervisor } = order.supervised;
    const path = pathOf(id);
    const isSupervisor = order.start.kind === 'supervisor';
    const key = `${id}/${String(supervisor)}/${String(generation)}`;
    let outcome = this.outcomes.get(key);
    this.begun.add(path);
    if (outcome === undefined) {
      outcome = this.next(path);
      this.outcomes.set(key, outcome);
      this.log('start', path, outcome);
      this.dead.delete(path);
      await this.hold(path, () => this.hook());
      if (outcome === 'ok' || !isSupervisor) {
        this.kinds.set(path, isSupervisor ? 'supervisor' : 'agent');
        this.ended.delete(path);
      }
    }
    try {
      if (!isSupervisor) {
        const script: Script = { outcome, stops: this.nodes.get(path)?.stops ?? 'shutdown' };
        await start({ ...order, args: script });
      } else if (outcome === 'ok') await start(order);
      else throw new PlatformError(refuse('agent-failed', FAILURES[outcome]));
    } finally {
      this.begun.delete(path);
    }
  }

  /** A child says that it was asked to stop. Resolves when it may. */
  async stopping(id: string): Promise<void> {
    const path = pathOf(id);
    this.log('stop', path);
    if (this.isDynamic(path)) return;
    const isStubborn = this.nodes.get(path)?.stops === 'stubborn';
    let die = (): void => undefined;
    const dead = new Promise<void>((resolve) => (die = resolve));
    const done = this.hold(path, () => this.hook(), die);
    await Promise.race([dead, done]);
    if (isStubborn) await until('the kill', async () => !(await this.look(path)).isRunning || undefined);
  }

  /** A supervisor stops a child: what is killed at once runs no code that could say so. */
  async ordered(order: StopOrder): Promise<void> {
    if (order.shutdown !== 'brutal_kill') return;
    const { isRunning, path } = await this.look(pathOf(order.id));
    if (isRunning) this.log('stop', path);
  }

  /** Events that the store is given: a supervisor's end is told by its own. */
  stored({ kind, name, generation, events }: OutboxBatch): void {
    for (const { type, sequence, data } of events) {
      const key = `${name}/${generation}/${String(sequence)}`;
      if (kind !== 'supervisor' || type !== 'entity.ended' || this.told.has(key)) continue;
      this.told.add(key);
      const reason = data['reason'] as ExitReason;
      const text =
        reason.kind === 'failed'
          ? plain(reason.refusal.message)
          : reason.kind === 'shutdown' && reason.term !== undefined
            ? `{shutdown,${reason.term}}`
            : reason.kind;
      this.log('exit', pathOf(name), text);
    }
  }

  private log(...entry: Entry): void {
    this.trace.push(entry);
  }

  private plant(path: string, tree: Tree): void {
    this.trees.set(path, tree);
    for (const node of tree.children) this.grow(below(path, node.id), node);
  }

  private grow(path: string, node: Node): void {
    this.nodes.set(path, node);
    if (node.sup !== 'none') this.plant(path, node.sup);
  }

  private next(path: string): Script['outcome'] {
    const tried = this.tries.get(path) ?? 0;
    this.tries.set(path, tried + 1);
    const script = this.sequence.scripts.find(([of]) => nameIn(of) === path)?.[1];
    const outcome = script?.[tried] ?? 'ok';
    return outcome === 'ignore' ? 'error' : outcome;
  }

  private isDynamic(path: string): boolean {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    return this.trees.get(parent)?.strategy === 'simple_one_for_one';
  }

  /** In the middle of it things happen; its supervisor waits. */
  private async hold(path: string, act: () => Promise<void>, die: () => void = () => undefined): Promise<void> {
    this.held.set(path, die);
    this.inside += 1;
    try {
      await act();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      this.inside -= 1;
      this.held.delete(path);
    }
  }

  private async hook(): Promise<void> {
    const level = this.inside;
    const events = new Map(this.sequence.during).get(this.hooks++) ?? [];
    for (const event of events) {
      await this.deliver(event);
      await this.settle(level);
    }
  }

  private async deliver(event: Event): Promise<void> {
    switch (event.do) {
      case 'stop': {
        const { isRunning, id } = await this.look('');
        if (!isRunning) return;
        const args: [never] = [{ id: `stop-${String(this.hooks)}-${String(this.trace.length)}`, args: {} } as never];
        const handle = this.temporal.client.workflow.getHandle(id);
        await handle.startUpdate(stopUpdate, { args, waitForStage: 'ACCEPTED' }).catch(() => undefined);
        return;
      }
      case 'exit':
        await this.exit(nameIn(event.path), event.reason);
        return;
      case 'call':
      case 'change': {
        const path = nameIn(event.path);
        await this.request(path, event.request, this.commandOf(path, event));
        return;
      }
      default:
        throw new Error(`${event.do} is not for real workflows`);
    }
  }

  private async exit(path: string, reason: Reason): Promise<void> {
    if (this.kinds.get(path) !== 'agent') return;
    const { isRunning, id } = await this.look(path);
    // While it is being started, what runs under its name can only be the one before, which is about to end.
    if (!isRunning || this.dead.has(path) || this.begun.has(path)) return;
    const die = this.held.get(path);
    this.dead.set(path, 'dying');
    if (die !== undefined) {
      this.held.delete(path);
      die();
      return;
    }
    const handle = this.temporal.client.workflow.getHandle(id);
    if (reason === 'killed') await handle.terminate('on purpose');
    else await handle.signal('die', { id: `die-${String(this.trace.length)}`, args: REASONS[reason] });
  }

  private commandOf(path: string, event: Extract<Event, { do: 'call' | 'change' }>): SupervisorCommand {
    if (event.do === 'change') {
      for (const node of event.node.children) this.grow(below(path, node.id), node);
      return { kind: 'change', spec: this.specOf(path, event.node) };
    }
    const { call } = event;
    if (typeof call === 'string') return { kind: call };
    const [kind, what] = call;
    if (kind !== 'start_child') return { kind, id: idOf(below(path, what)) };
    const id = idOf(below(path, what.id));
    if (this.trees.get(path)?.strategy === 'simple_one_for_one') return { kind, id, args: {} };
    // One that is there already keeps what it is.
    if (!this.nodes.has(below(path, what.id))) this.nodes.set(below(path, what.id), what);
    return { kind, spec: this.childOf(path, what) };
  }

  private async request(path: string, number: number, command: SupervisorCommand): Promise<void> {
    const { isRunning, id } = this.kinds.has(path) ? await this.look(path) : { isRunning: false, id: '' };
    const answered = (what: readonly unknown[]): void => {
      this.asked.delete(number);
      this.log('answer', number, what);
    };
    if (!isRunning) {
      answered(['stopped']);
      return;
    }
    this.asked.set(number, path);
    const args: [never] = [{ id: `request-${String(number)}`, args: command } as never];
    try {
      const handle = this.temporal.client.workflow.getHandle(id);
      const update = await handle.startUpdate(superviseUpdate, { args, waitForStage: 'ACCEPTED' });
      void update.result().then(
        (reply: Reply<SupervisorAnswer>) => {
          if (command.kind === 'change' && reply.value.kind === 'ok') this.changed(path, number);
          answered(this.shown(path, reply.value));
        },
        () => {
          answered(['stopped']);
        },
      );
    } catch {
      answered(['stopped']);
    }
  }

  private changed(path: string, number: number): void {
    const all = [...this.sequence.steps.map(({ event }) => event), ...this.sequence.during.flatMap(([, each]) => each)];
    const change = all.find((event) => event.do === 'change' && event.request === number);
    if (change?.do === 'change') this.trees.set(path, change.node);
  }

  /** Waits until nothing more can happen: every workflow idle, none dying, twice alike. */
  private async settle(level: number): Promise<void> {
    let before: string | undefined;
    await until(
      'quiet',
      async () => {
        if (this.failure !== undefined) throw this.failure;
        const now = await this.quiet(level);
        if (now !== undefined && now === before) return true;
        before = now;
        return undefined;
      },
      QUIET_MS,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; ${JSON.stringify(this.trace.slice(-6))}`);
    });
  }

  /** A print of all that runs, if nothing of it can go on by itself. */
  private async quiet(level: number): Promise<string | undefined> {
    if (this.inside > level) return undefined;
    const paths = [...this.kinds].flatMap(([path, kind]) => {
      // A child that nobody has made to end cannot change by itself.
      const isWatched = kind === 'supervisor' ? !this.ended.has(path) : this.dead.get(path) === 'dying';
      return isWatched ? [path] : [];
    });
    const looks = await Promise.all(paths.map((path) => this.look(path)));
    for (const look of looks) {
      const { path, isRunning } = look;
      if (this.kinds.get(path) === 'agent') {
        if (isRunning) return undefined;
        if (this.dead.has(path)) this.dead.set(path, 'over');
      } else if (isRunning) {
        if (!this.rests(look)) return undefined;
      } else if (!this.begun.has(path)) this.ended.add(path);
    }
    return looks.map(({ print }) => print).join(' ');
  }

  /** Whether a supervisor that runs can only be woken from outside, or by what is held. */
  private rests({ path, isIdle, active, view }: Look): boolean {
    if (!isIdle || view === undefined || view.phase === 'ended') return false;
    if (active.length > 0) return [...this.held.keys()].some((each) => path === '' || each.startsWith(`${path}/`));
    if ([...this.asked.values()].includes(path)) return false;
    return view.children.every(({ id, status }) => {
      const at = pathOf(id);
      return status === 'running' ? !this.dead.has(at) && !this.ended.has(at) : status !== 'restarting';
    });
  }

  private async look(path: string): Promise<Look> {
    const kind = this.kinds.get(path) ?? 'agent';
    const name = parseName(kind, idOf(path));
    if (typeof name !== 'string') throw new Error(name.message);
    const id = workflowId(this.temporal.space, kind, name);
    const handle = this.temporal.client.workflow.getHandle(id);
    const nothing = { id, path, isRunning: false, print: 'none', isIdle: true, active: [] };
    const found = await handle.describe().catch(() => undefined);
    if (found === undefined) return nothing;
    const { status, runId, historyLength, raw } = found;
    const print = `${runId}@${String(historyLength)}`;
    if (status.name !== 'RUNNING') return { ...nothing, print };
    const active = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '');
    const isIdle = raw.pendingWorkflowTask === undefined || raw.pendingWorkflowTask === null;
    const look = { id, path, isRunning: true, print, isIdle, active: active.filter((each) => !BACKGROUND.has(each)) };
    if (kind === 'agent' || !isIdle) return look;
    const view = await handle.query(supervisorQuery).catch(() => undefined);
    return view === undefined ? look : { ...look, view };
  }

  /** What every living supervisor says of its children. */
  private async snapshot(): Promise<void> {
    const paths = [...this.kinds].filter(([path, kind]) => kind === 'supervisor' && !this.ended.has(path));
    for (const path of paths.map(([each]) => each).sort()) {
      const children = await until('the children of a supervisor', async () => {
        const { isRunning, view } = await this.look(path);
        return isRunning ? view?.children : [];
      });
      if (!this.ended.has(path)) this.log('children', path, ...children.map(({ id, status }) => [local(id), status]));
    }
  }

  private specOf(path: string, { strategy, intensity, period, autoShutdown, children }: Tree): SupervisorSpec {
    return {
      flags: { strategy, intensity, periodSeconds: period, autoShutdown },
      children: children.map((node) => this.childOf(path, node)),
    };
  }

  private childOf(path: string, { id, restart, significant, shutdown, type, sup }: Node): ChildSpecInput {
    const at = below(path, id);
    const start =
      sup === 'none'
        ? { kind: 'agent', type: 'scripted' }
        : { kind: 'supervisor', type: 'tree', options: { spec: this.specOf(at, sup), sweepMs: this.sweepMs } };
    return { id: idOf(at), start, restart, significant, shutdown, type };
  }

  /** An answer as the Erlang side writes it. */
  private shown(path: string, answer: SupervisorAnswer): readonly unknown[] {
    const isSimple = this.trees.get(path)?.strategy === 'simple_one_for_one';
    switch (answer.kind) {
      case 'children':
        return [
          'children',
          ...answer.children.map(({ id, status }) => [
            isSimple && status === 'restarting' ? 'dynamic' : local(id),
            status,
          ]),
        ];
      case 'counts': {
        const { specs, active, supervisors, workers } = answer.counts;
        return ['counts', specs, isSimple ? '*' : active, supervisors, workers];
      }
      case 'childspec': {
        const { restart, shutdown, type, significant } = answer.spec;
        return ['spec', restart, shutdown, type, String(significant)];
      }
      case 'refused':
        if (answer.error === 'failed') return ['failed', plain(answer.message.replace(/^.*?: /, ''))];
        if (answer.error === 'invalid') return ['error', answer.problem?.otp];
        return answer.error === 'not_found' && isSimple ? ['gone'] : [answer.error];
      default:
        return [answer.kind];
    }
  }
}

/**
 * The same story with what is told by itself at the end of its step: answers travel beside starts and stops in processes
 * of their own, and so do the reasons of supervisors that ended.
 */
export function byStep(trace: Trace): Trace {
  const order = ['start', 'stop', 'answer', 'exit', 'step', 'children'];
  const result: Entry[] = [];
  let segment: Entry[] = [];
  const rank = ([kind, who]: Entry): string => {
    const at = Math.max(1, order.indexOf(kind));
    const name = typeof who === 'number' || typeof who === 'string' ? String(who) : '';
    return at === 1 ? '1' : `${String(at)} ${name.padStart(6, '0')}`;
  };
  const flush = (): void => {
    const sorted = segment.map((entry, at) => ({ entry, key: rank(entry), at }));
    sorted.sort((a, b) => (a.key === b.key ? a.at - b.at : a.key < b.key ? -1 : 1));
    result.push(...sorted.map(({ entry }) => entry));
    segment = [];
  };
  for (const entry of trace) {
    if (entry[0] !== 'children' && segment.at(-1)?.[0] === 'children') flush();
    segment.push(entry);
  }
  flush();
  return result;
}
