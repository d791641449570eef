import { statusQuery } from '../contracts/entity';
import { isPlatformError } from '../contracts/errors';
import { workflowId, type Name } from '../contracts/ids';
import type { ReadModels, Row } from '../contracts/read-models';
import { supervisorQuery, type SupervisedChild, type SupervisorView } from '../contracts/supervision';
import { placeOf, type ChildFailure, type ChildStatus, type RestartType, type Strategy } from '../contracts/supervisor';
import { fewAtOnce } from '../domain/few-at-once';
import { toPlatformError } from './failures';
import { glance } from './glance';
import { pagesOf, readerOf } from './reader';
import { isOpenRun } from './runs';
import type { Temporal } from './temporal';

/** Nodes that a tree shows unless it is told otherwise. */
export const SHOWN_NODES = 200;
const AT_ONCE = 8;
/** A node that does not say within this time how long its mailbox is, is shown without. */
const LOOK_MS = 3_000;
/** Pages of the read model that are looked through for supervisors without one above them. */
const PAGES = 20;

/** One node: a supervisor, or a child of one. */
export interface TreeNode {
  readonly name: string;
  readonly kind: string;
  readonly workflowId: string;
  /** Of a child: as its supervisor knows it; of a supervisor that runs: its phase; `unknown` when it does not answer. */
  readonly state: ChildStatus | SupervisorView['phase'] | 'unknown';
  /** Of a child. */
  readonly restart?: RestartType;
  /** Of an agent that is placed on a queue of its own. */
  readonly queue?: string;
  readonly generation?: number;
  /** The last failure that its supervisor has seen. */
  readonly lastFailure?: ChildFailure;
  /** Of a child that runs: messages that wait. */
  readonly mailbox?: number;
  /** Since when the oldest of them waits, ISO-8601. */
  readonly waitingSince?: string;
  /** Of a supervisor. */
  readonly strategy?: Strategy;
  /** Restarts that count now, of `intensity` in `periodSeconds`. */
  readonly restarts?: number;
  readonly intensity?: number;
  readonly periodSeconds?: number;
  readonly children?: readonly TreeNode[];
  /** Children that are not shown, by their state. */
  readonly hidden?: Partial<Record<ChildStatus, number>>;
  /** Why it does not answer: a code of the error table. */
  readonly problem?: string;
}

/** What is below one supervisor, or below all that have none above them. */
export interface SupervisionTree {
  readonly roots: readonly TreeNode[];
  /** Nodes in it, and nodes that are only counted. */
  readonly shown: number;
  readonly hidden: number;
  /** Children that said how long their mailbox is. */
  readonly answered: number;
}

/** A node while the tree is read. */
interface Growing extends Omit<TreeNode, 'children'> {
  children?: Growing[];
}

const hasEnded = ({ status }: Row): boolean => status === 'stopped' || status === 'failed';

/** Supervisors that run and have none above them that runs. */
async function rootsOf(temporal: Temporal, reads: ReadModels | undefined): Promise<readonly Name[]> {
  const rows: Row[] = [];
  const reader = readerOf(reads);
  let left = PAGES;
  for await (const items of pagesOf((page) => reader.list({ ...page, space: temporal.space, kind: 'supervisor' }))) {
    rows.push(...items.filter((row) => !hasEnded(row)));
    left -= 1;
    if (left === 0) break;
  }
  const known = new Set(rows.map(({ name }) => workflowId(temporal.space, 'supervisor', name as Name) as string));
  return rows.filter(({ owner }) => !known.has(owner)).map(({ name }) => name as Name);
}

/** A query would be answered by what has ended, too, as if it were still there. */
async function isOpen({ client }: Temporal, id: string): Promise<boolean> {
  try {
    return isOpenRun(await client.workflow.getHandle(id).describe());
  } catch (error) {
    throw toPlatformError(error, id);
  }
}

/** How much of a tree is read. */
export interface TreeOptions {
  readonly root?: Name;
  /** Nodes that are shown; the others are counted. Default SHOWN_NODES. */
  readonly most?: number;
  /** Running children, at most, that are asked how long their mailbox is; default: all that are shown. */
  readonly asked?: number;
  /** Queues that nobody serves: those who are placed there are not asked. */
  readonly unserved?: readonly string[];
  /** A supervisor that does not answer within this time is `unknown`; default: as patient as any call. */
  readonly lookMs?: number;
}

class Reading {
  readonly #temporal: Temporal;
  readonly #seen = new Set<string>();
  readonly #asked: number;
  readonly #unserved: readonly string[];
  readonly #lookMs: number | undefined;
  #left: number;
  shown = 0;
  hidden = 0;
  answered = 0;

  constructor(temporal: Temporal, { most = SHOWN_NODES, asked = most, unserved = [], lookMs }: TreeOptions) {
    this.#unserved = unserved;
    this.#temporal = temporal;
    this.#left = most;
    this.#asked = asked;
    this.#lookMs = lookMs;
  }

  /** Takes what there is still room for. */
  take<T>(items: readonly T[]): readonly T[] {
    const taken = items.slice(0, this.#left);
    this.#left -= taken.length;
    this.shown += taken.length;
    this.hidden += items.length - taken.length;
    return taken;
  }

  /** Level by level, so that every supervisor has its line before any has all of its children. */
  async grow(roots: Growing[]): Promise<void> {
    const shown: Growing[] = [];
    for (let level = roots; level.length > 0;) {
      shown.push(...level);
      const supervisors = level.filter((node) => node.kind === 'supervisor' && node.state === 'running');
      const views = new Map<Growing, SupervisorView>();
      await fewAtOnce(supervisors, AT_ONCE, async (node) => {
        const view = await this.#view(node);
        if (view !== undefined) views.set(node, view);
      });
      level = supervisors.flatMap((node) => this.#below(node, views.get(node)));
    }
    const running = shown.filter(
      ({ kind, state, queue }) =>
        kind !== 'supervisor' && state === 'running' && !(queue !== undefined && this.#unserved.includes(queue)),
    );
    await this.#mailboxes(running.slice(0, this.#asked));
  }

  /** A supervisor that does not answer is shown as such; the others are not held up by it. */
  async #view(node: Growing): Promise<SupervisorView | undefined> {
    if (this.#seen.has(node.workflowId)) return undefined;
    this.#seen.add(node.workflowId);
    try {
      return await this.#ask(node.workflowId);
    } catch (error) {
      if (!isPlatformError(error) || error.code === 'temporal-unavailable') throw error;
      Object.assign(node, { state: 'unknown', problem: error.code });
      return undefined;
    }
  }

  #ask(id: string): Promise<SupervisorView> {
    return this.#lookMs === undefined
      ? this.#temporal.look(id, supervisorQuery)
      : glance(this.#temporal.client, id, supervisorQuery, this.#lookMs);
  }

  #below(node: Growing, view: SupervisorView | undefined): readonly Growing[] {
    if (view === undefined) return [];
    const { strategy, intensity, periodSeconds } = view.flags;
    const children = this.take(view.children).map(nodeOf);
    const hidden: Partial<Record<ChildStatus, number>> = {};
    for (const { status } of view.children.slice(children.length)) hidden[status] = (hidden[status] ?? 0) + 1;
    const cut = children.length < view.children.length ? { hidden } : {};
    const state = view.phase;
    Object.assign(node, { state, strategy, restarts: view.restarts, intensity, periodSeconds, children, ...cut });
    return children;
  }

  /** When as many as are asked at once do not answer, nobody polls their queue: the others on it are not asked. */
  async #mailboxes(nodes: readonly Growing[]): Promise<void> {
    const { client } = this.#temporal;
    const silent = new Map<string, number>();
    await fewAtOnce(nodes, AT_ONCE, async (node) => {
      const { queue = '' } = node;
      if ((silent.get(queue) ?? 0) >= AT_ONCE) return;
      try {
        const { mailbox, waitingSince } = await glance(client, node.workflowId, statusQuery, LOOK_MS);
        this.answered += 1;
        Object.assign(node, { mailbox, ...(waitingSince === undefined ? {} : { waitingSince }) });
      } catch {
        silent.set(queue, (silent.get(queue) ?? 0) + 1);
      }
    });
  }
}

function nodeOf(child: SupervisedChild): Growing {
  const { id, start, workflowId: at, status, restart, generation, lastFailure } = child;
  const queue = placeOf(start);
  return {
    name: id,
    kind: start.kind,
    workflowId: at,
    state: status,
    restart,
    ...(queue === undefined ? {} : { queue }),
    ...(generation === undefined ? {} : { generation }),
    ...(lastFailure === undefined ? {} : { lastFailure }),
  };
}

/**
 * Reads the tree below a supervisor, or below all that have none above them. Only queries: no history.
 *
 * @throws PlatformError `supervisor-not-found` for a root that is not there, `reads-unavailable` without a root and a store
 */
export async function supervisionTree(
  temporal: Temporal,
  reads: ReadModels | undefined,
  options: TreeOptions,
): Promise<SupervisionTree> {
  const { root } = options;
  const at = (name: Name): string => workflowId(temporal.space, 'supervisor', name);
  const reading = new Reading(temporal, options);
  const names = root === undefined ? await rootsOf(temporal, reads) : [root];
  const roots = reading
    .take(names)
    .map((name): Growing => ({ name, kind: 'supervisor', workflowId: at(name), state: 'running' }));
  const [only] = roots;
  if (root !== undefined && only !== undefined && !(await isOpen(temporal, only.workflowId)))
    Object.assign(only, { state: 'ended' });
  await reading.grow(roots);
  return { roots, shown: reading.shown, hidden: reading.hidden, answered: reading.answered };
}
