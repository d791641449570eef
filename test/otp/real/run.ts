import type { Temporal } from '../../../src/client/temporal';
import type { ExitReason } from '../../../src/contracts/entity';
import type { OutboxBatch } from '../../../src/contracts/envelope';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import type { Name } from '../../../src/contracts/ids';
import type { StartOrder, StopOrder } from '../../../src/contracts/supervision';
import { until } from '../../support/kernel/harness';
import type { Script } from '../../support/otp/workflows';
import type { Entry, Sequence, Trace } from '../sequence';
import { local, pathOf, reasonText, ROOT } from './names';
import { Outside } from './outside';
import { Plan } from './plan';
import { Watch } from './watch';

const QUIET_MS = 60_000;
const FAILURES = { error: 'oops', crash: 'boom' } as const;

/** One sequence on real workflows: the children of a real supervisor tell this controller when they start and stop. */
export class RealRun {
  private readonly trace: Entry[] = [];
  /** Starts that were told already, by child and generation: an activity may come to it twice. */
  private readonly outcomes = new Map<string, Script['outcome']>();
  private readonly told = new Set<string>();
  private hooks = 0;
  private inside = 0;
  private failure: Error | undefined;

  private readonly temporal: Temporal;
  private readonly sequence: Sequence;
  private readonly plan: Plan;
  private readonly watch: Watch;
  private readonly outside: Outside;

  constructor(temporal: Temporal, sequence: Sequence) {
    this.temporal = temporal;
    this.sequence = sequence;
    this.plan = new Plan(sequence);
    this.watch = new Watch(temporal);
    this.outside = new Outside(temporal, this.plan, this.watch, this.trace);
  }

  /** Runs it to its end. @returns what happened, as the Erlang side tells it */
  async run(): Promise<Trace> {
    const init = { spec: this.plan.specOf('', this.sequence.root), sweepMs: this.plan.sweepMs };
    this.watch.kinds.set('', 'supervisor');
    const asked = { kind: 'supervisor', name: ROOT as Name, init, summary: 'top', taken: 'fail' } as const;
    await this.temporal.start({ ...asked, workflowType: 'supervisorWorkflow' });
    await this.settle(0);
    await this.snapshot();
    for (const { event } of this.sequence.steps) {
      await this.outside.deliver(event);
      await this.settle(0);
      this.log('step');
      await this.snapshot();
    }
    return this.trace;
  }

  /** A supervisor starts a child. @param start what starts it really */
  async starting(order: StartOrder, start: (order: StartOrder) => Promise<void>): Promise<void> {
    const { id, generation, supervisor } = order.supervised;
    const { kinds, begun, dead, ended } = this.watch;
    const path = pathOf(id);
    const isSupervisor = order.start.kind === 'supervisor';
    const key = `${id}/${String(supervisor)}/${String(generation)}`;
    let outcome = this.outcomes.get(key);
    begun.add(path);
    if (outcome === undefined) {
      outcome = this.plan.next(path);
      this.outcomes.set(key, outcome);
      this.log('start', path, outcome);
      dead.delete(path);
      await this.hold(path, () => this.hook());
      if (outcome === 'ok' || !isSupervisor) {
        kinds.set(path, isSupervisor ? 'supervisor' : 'agent');
        ended.delete(path);
      }
    }
    try {
      if (!isSupervisor) await start({ ...order, args: { outcome, stops: this.plan.stopsOf(path) } satisfies Script });
      else if (outcome === 'ok') await start(order);
      else throw new PlatformError(refuse('agent-failed', FAILURES[outcome]));
    } finally {
      begun.delete(path);
    }
  }

  /** A child says that it was asked to stop. Resolves when it may. */
  async stopping(id: string): Promise<void> {
    const path = pathOf(id);
    this.log('stop', path);
    if (this.plan.isDynamic(path)) return;
    const isStubborn = this.plan.stopsOf(path) === 'stubborn';
    let die = (): void => undefined;
    const dead = new Promise<void>((resolve) => (die = resolve));
    const done = this.hold(path, () => this.hook(), die);
    await Promise.race([dead, done]);
    if (isStubborn) await until('the kill', async () => !(await this.watch.look(path)).isRunning || undefined);
  }

  /** A supervisor stops a child: what is killed at once runs no code that could say so. */
  async ordered(order: StopOrder): Promise<void> {
    if (order.shutdown !== 'brutal_kill') return;
    const { isRunning, path } = await this.watch.look(pathOf(order.id));
    if (isRunning) this.log('stop', path);
  }

  /** Events that the store is given: a supervisor's end is told by its own. */
  stored({ kind, name, generation, events }: OutboxBatch): void {
    for (const { type, sequence, data } of events) {
      const key = `${name}/${generation}/${String(sequence)}`;
      if (kind !== 'supervisor' || type !== 'entity.ended' || this.told.has(key)) continue;
      this.told.add(key);
      this.log('exit', pathOf(name), reasonText(data['reason'] as ExitReason));
    }
  }

  private log(...entry: Entry): void {
    this.trace.push(entry);
  }

  /** In the middle of it things happen; its supervisor waits. */
  private async hold(path: string, act: () => Promise<void>, die: () => void = () => undefined): Promise<void> {
    this.watch.held.set(path, die);
    this.inside += 1;
    try {
      await act();
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    } finally {
      this.inside -= 1;
      this.watch.held.delete(path);
    }
  }

  private async hook(): Promise<void> {
    const level = this.inside;
    const events = new Map(this.sequence.during).get(this.hooks++) ?? [];
    for (const event of events) {
      await this.outside.deliver(event);
      await this.settle(level);
    }
  }

  /** Waits until nothing more can happen: every workflow idle, none dying, twice alike. */
  private async settle(level: number): Promise<void> {
    let before: string | undefined;
    await until(
      'quiet',
      async () => {
        if (this.failure !== undefined) throw this.failure;
        const now = this.inside > level ? undefined : await this.watch.quiet();
        if (now !== undefined && now === before) return true;
        before = now;
        return undefined;
      },
      QUIET_MS,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; ${JSON.stringify(this.trace.slice(-6))}`);
    });
  }

  /** What every living supervisor says of its children. */
  private async snapshot(): Promise<void> {
    const { kinds, ended } = this.watch;
    const paths = [...kinds].filter(([path, kind]) => kind === 'supervisor' && !ended.has(path));
    for (const path of paths.map(([each]) => each).sort()) {
      const children = await until('the children of a supervisor', async () => {
        const { isRunning, view } = await this.watch.look(path);
        return isRunning ? view?.children : [];
      });
      if (!ended.has(path)) this.log('children', path, ...children.map(({ id, status }) => [local(id), status]));
    }
  }
}
