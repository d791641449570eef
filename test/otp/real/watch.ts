import type { Temporal } from '../../../src/client/temporal';
import { parseName, workflowId } from '../../../src/contracts/ids';
import { supervisorQuery, type SupervisorView } from '../../../src/contracts/supervision';
import { idOf, pathOf } from './names';

/** What a supervisor always has, and what hands events over. */
const BACKGROUND = new Set(['sweepChildren', 'appendEvents']);

/** What is to be seen of one node: of the workflow under its name. */
export interface Look {
  readonly id: string;
  readonly path: string;
  readonly isRunning: boolean;
  readonly print: string;
  readonly isIdle: boolean;
  /** Starts, stops and steps that are under way, by the names of their activities. */
  readonly active: readonly string[];
  readonly view?: SupervisorView;
}

/** Who lives, as the workflows and the controller know it, and whether anything can still happen by itself. */
export class Watch {
  readonly kinds = new Map<string, 'agent' | 'supervisor'>();
  /** Those whose last workflow is over; the next start takes them out. */
  readonly ended = new Set<string>();
  /** Those that are being started now. */
  readonly begun = new Set<string>();
  /** Children that were made to end and have not been started since, and whether their workflow is over. */
  readonly dead = new Map<string, 'dying' | 'over'>();
  /** Children in the middle of a start or stop, and what lets each of them die. */
  readonly held = new Map<string, () => void>();
  /** Requests that are not answered yet, and whom they ask. */
  readonly asked = new Map<number, string>();
  private readonly temporal: Temporal;

  constructor(temporal: Temporal) {
    this.temporal = temporal;
  }

  /** A print of all that runs, if nothing of it can go on by itself. */
  async quiet(): Promise<string | undefined> {
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

  async look(path: string): Promise<Look> {
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
}
