import type { Temporal } from '../../../src/client/temporal';
import { stopUpdate, type ExitReason, type Reply } from '../../../src/contracts/entity';
import { refuse } from '../../../src/contracts/errors';
import { superviseUpdate } from '../../../src/contracts/supervision';
import type { SupervisorAnswer, SupervisorCommand } from '../../../src/contracts/supervisor';
import type { Entry, Event, Reason } from '../sequence';
import { nameIn } from './names';
import type { Plan } from './plan';
import { shown } from './told';
import type { Watch } from './watch';

const REASONS: Readonly<Record<Exclude<Reason, 'killed'>, ExitReason>> = {
  normal: { kind: 'normal' },
  shutdown: { kind: 'shutdown' },
  'shutdown-term': { kind: 'shutdown', term: 't' },
  crash: { kind: 'failed', refusal: refuse('agent-failed', 'crash') },
};

/** What comes from outside: children are made to end, supervisors are asked and stopped. */
export class Outside {
  private readonly temporal: Temporal;
  private readonly plan: Plan;
  private readonly watch: Watch;
  private readonly trace: Entry[];
  private stops = 0;

  constructor(temporal: Temporal, plan: Plan, watch: Watch, trace: Entry[]) {
    this.temporal = temporal;
    this.plan = plan;
    this.watch = watch;
    this.trace = trace;
  }

  /** Does it; what it is answered is noted when that comes. */
  async deliver(event: Event): Promise<void> {
    switch (event.do) {
      case 'stop':
        return this.stop();
      case 'exit':
        return this.exit(nameIn(event.path), event.reason);
      case 'call':
      case 'change': {
        const path = nameIn(event.path);
        return this.request(path, event.request, this.plan.commandOf(path, event));
      }
      default:
        throw new Error(`${event.do} is not for real workflows`);
    }
  }

  private async stop(): Promise<void> {
    const { isRunning, id } = await this.watch.look('');
    if (!isRunning) return;
    const args: [never] = [{ id: `stop-${String((this.stops += 1))}`, args: {} } as never];
    const handle = this.temporal.client.workflow.getHandle(id);
    await handle.startUpdate(stopUpdate, { args, waitForStage: 'ACCEPTED' }).catch(() => undefined);
  }

  private async exit(path: string, reason: Reason): Promise<void> {
    const { kinds, dead, begun, held } = this.watch;
    if (kinds.get(path) !== 'agent') return;
    const { isRunning, id } = await this.watch.look(path);
    // While it is being started, what runs under its name can only be the one before, which is about to end.
    if (!isRunning || dead.has(path) || begun.has(path)) return;
    const die = held.get(path);
    dead.set(path, 'dying');
    if (die !== undefined) {
      held.delete(path);
      die();
      return;
    }
    const handle = this.temporal.client.workflow.getHandle(id);
    if (reason === 'killed') await handle.terminate('on purpose');
    else await handle.signal('die', { id: `die-${String(this.trace.length)}`, args: REASONS[reason] });
  }

  private async request(path: string, number: number, command: SupervisorCommand): Promise<void> {
    const { kinds, asked } = this.watch;
    const { isRunning, id } = kinds.has(path) ? await this.watch.look(path) : { isRunning: false, id: '' };
    const answered = (what: readonly unknown[]): void => {
      asked.delete(number);
      this.trace.push(['answer', number, what]);
    };
    const nobody = (): void => {
      answered(['stopped']);
    };
    if (!isRunning) {
      nobody();
      return;
    }
    asked.set(number, path);
    const args: [never] = [{ id: `request-${String(number)}`, args: command } as never];
    try {
      const handle = this.temporal.client.workflow.getHandle(id);
      const update = await handle.startUpdate(superviseUpdate, { args, waitForStage: 'ACCEPTED' });
      void update.result().then((reply: Reply<SupervisorAnswer>) => {
        if (command.kind === 'change' && reply.value.kind === 'ok') this.plan.changed(path, number);
        answered(shown(reply.value, this.plan.isSimple(path)));
      }, nobody);
    } catch {
      nobody();
    }
  }
}
