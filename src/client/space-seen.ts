import { isPlatformError } from '../contracts/errors';
import { MAX_DOWN, type MessageSeen, type SupervisorSeen } from '../contracts/health';
import { ROOT } from '../contracts/root-supervisor';
import type { ChildStatus } from '../contracts/supervisor';
import type { SpaceSeen } from '../domain/health/space';
import { supervisionTree, type TreeNode } from './supervision-tree';
import type { Temporal } from './temporal';

/** A supervisor that does not answer within this time is told so, and not waited for. */
const LOOK_MS = 3_000;
/** Children that are counted; beyond it supervisors are not followed. */
const MAX_NODES = 20_000;

/** Told by the supervisor above it, as any child that does not run; nobody has asked it anything. */
const isDown = (node: TreeNode): node is TreeNode & { readonly state: Exclude<ChildStatus, 'running'> } =>
  node.state === 'none' || node.state === 'restarting' || node.state === 'quarantined';

/** All supervisors of a tree that have been asked. */
function supervisorsOf(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) =>
    node.kind === 'supervisor' && !isDown(node) ? [node, ...supervisorsOf(node.children ?? [])] : [],
  );
}

function supervisorSeen(node: TreeNode): SupervisorSeen {
  const { name, state, strategy, restarts, intensity, periodSeconds, problem } = node;
  const below = node.children ?? [];
  const children: Partial<Record<ChildStatus, number>> = { ...node.hidden };
  const statusOf = (child: TreeNode): ChildStatus => (isDown(child) ? child.state : 'running');
  for (const child of below) children[statusOf(child)] = (children[statusOf(child)] ?? 0) + 1;
  const down = below
    .filter(({ state: at }) => at === 'quarantined' || at === 'restarting')
    .slice(0, MAX_DOWN)
    .map((child) => ({
      id: child.name,
      status: statusOf(child),
      ...(child.lastFailure === undefined ? {} : { lastFailure: child.lastFailure }),
    }));
  const isPhase = state === 'starting' || state === 'stopping' || state === 'ended' || state === 'running';
  return {
    name,
    state: isPhase ? state : 'unknown',
    children,
    down,
    ...(strategy === undefined ? {} : { strategy }),
    ...(restarts === undefined ? {} : { restarts }),
    ...(intensity === undefined ? {} : { intensity }),
    ...(periodSeconds === undefined ? {} : { periodSeconds }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function messagesOf(nodes: readonly TreeNode[], now: number): readonly MessageSeen[] {
  return nodes.flatMap(({ name, kind, mailbox = 0, waitingSince, children = [] }) => [
    ...(waitingSince === undefined
      ? []
      : [{ name, kind, mailbox, oldestMs: Math.max(0, now - Date.parse(waitingSince)) }]),
    ...messagesOf(children, now),
  ]);
}

const runningIn = (nodes: readonly TreeNode[]): number =>
  nodes.reduce(
    (sum, { kind, state, hidden = {}, children = [] }) =>
      sum + (kind !== 'supervisor' && state === 'running' ? 1 : 0) + (hidden.running ?? 0) + runningIn(children),
    0,
  );

/**
 * Looks at everything below the root of a space: queries, and one description of the root; no history.
 * @param unserved queues that nobody serves: whoever is placed there could not answer
 */
export async function seenBelowRoot(
  temporal: Temporal,
  asked: number,
  unserved: readonly string[],
): Promise<SpaceSeen> {
  try {
    const { roots, answered } = await supervisionTree(temporal, undefined, {
      root: ROOT,
      most: MAX_NODES,
      asked,
      unserved,
      lookMs: LOOK_MS,
    });
    const [root] = roots;
    return {
      root: root?.state === 'ended' ? 'ended' : 'running',
      supervisors: supervisorsOf(roots).map(supervisorSeen),
      messages: messagesOf(roots, Date.now()),
      looked: answered,
      unlooked: runningIn(roots) - answered,
    };
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'supervisor-not-found') throw error;
    return { root: 'absent', supervisors: [], messages: [], looked: 0, unlooked: 0 };
  }
}
