import { ApplicationFailure } from '@temporalio/common';
import type { AgentActivities } from '../src/contracts/agent';
import type { Stamp } from '../src/contracts/causality';
import type { Acquired, AcquireArgs, LockName, Released } from '../src/contracts/coordination/lock';
import { isRefusal } from '../src/contracts/errors';
import type { StudyRequest } from '../src/contracts/optimisation/study';

/** What the activities of agents need of a space; the composition root plugs the client in. */
export interface AgentPort {
  propose(set: string, message: unknown): Promise<unknown>;
  subscribe(set: string, message: unknown): Promise<unknown>;
  startAgent(request: {
    readonly type: string;
    readonly name: string;
    readonly args?: unknown;
    readonly owner: string;
    readonly queue?: string;
    readonly stamp?: Stamp;
  }): Promise<{ readonly workflowId: string }>;
  acquire(lock: LockName, args: AcquireArgs): Promise<Acquired>;
  release(
    lock: LockName,
    args: { readonly session: string; readonly token: number },
    requestId: string,
  ): Promise<Released>;
  startStudy(request: {
    readonly name: string;
    readonly request: StudyRequest;
    readonly notify: string;
    readonly stamp?: Stamp;
  }): Promise<{ readonly workflowId: string }>;
}

/** Codes that may pass by themselves: the activity is tried again. */
const PASSING = new Set([
  'temporal-unavailable',
  'no-worker',
  'mailbox-full',
  'rate-limited',
  'timeout',
  'store-behind',
  'variable-set-not-found',
]);

/** A refusal goes back to the workflow with its code; what may pass is tried again by the server. */
async function translated<R>(act: () => Promise<R>): Promise<R> {
  try {
    return await act();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { code, message, details } = error;
    throw ApplicationFailure.create({
      message,
      type: code,
      nonRetryable: !PASSING.has(code),
      details: [{ code, message, ...(details === undefined ? {} : { details }) }],
    });
  }
}

/**
 * The activities through which agents reach sets and other agents. All carry the message id of the agent, so trying one
 * again has no second effect.
 *
 * @param spaceOf the port of a space; called once per activity
 */
export function createAgentActivities(spaceOf: (space: string) => Promise<AgentPort>): AgentActivities {
  return {
    proposeOn: ({ space, set, message }) => translated(async () => (await spaceOf(space)).propose(set, message)),
    subscribeTo: ({ space, set, message }) => translated(async () => (await spaceOf(space)).subscribe(set, message)),
    startAgent: ({ space, ...asked }) => translated(async () => (await spaceOf(space)).startAgent(asked)),
    acquireForAgent: ({ space, lock, args }) => translated(async () => (await spaceOf(space)).acquire(lock, args)),
    releaseForAgent: ({ space, lock, args, id }) =>
      translated(async () => (await spaceOf(space)).release(lock, args, id)),
    startStudy: ({ space, ...asked }) => translated(async () => (await spaceOf(space)).startStudy(asked)),
  };
}
