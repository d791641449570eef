import type { UpdateDefinition } from '@temporalio/common';
import {
  barrierQuery,
  breakBarrierUpdate,
  deregisterUpdate,
  enterUpdate,
  leaveUpdate,
  registerUpdate,
  standingQuery,
  withdrawEntryUpdate,
  type BarrierInit,
  type BarrierView,
  type EnterArgs,
  type LeaveArgs,
  type Participation,
  type RegisterArgs,
  type Registered,
  type Standing,
} from '../contracts/coordination/barrier';
import type { Message, Reply } from '../contracts/entity';
import { isPlatformError } from '../contracts/errors';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import { used, type FirstUse } from './first-use';
import type { CallOptions, Temporal } from './temporal';
import type { Turns } from './turns';

/** The barrier may have to be told of a session more than once. */
const TRIES = 5;

/** Makes a session known to the barrier. @returns false when the barrier is not there */
export type Attach = (session: string, to: WorkflowId) => Promise<boolean>;

/** Single requests to one barrier, for sessions that are kept alive elsewhere, such as over HTTP: answered without waiting. */
export interface BarrierRequests {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** Enters, or arrives at a phaser. Repeated with the same request it says how it stands. */
  enter(args: EnterArgs, how?: CallOptions): Promise<Standing>;
  /** Leaves a double barrier. @throws PlatformError `not-a-party` for one that is not inside */
  leave(args: LeaveArgs, how?: CallOptions): Promise<Standing>;
  /** Ends the wait of a request. @returns `none` when it is out, else how its generation had ended */
  withdraw(which: Participation, how?: CallOptions): Promise<Standing>;
  /** Registers with a phaser. */
  register(args: RegisterArgs, how?: CallOptions): Promise<Registered>;
  /** @throws PlatformError `not-a-party` for one that is not registered */
  deregister(participant: string, how?: CallOptions): Promise<Registered>;
  /** Breaks what waits in it, for all. */
  break(reason: string, how?: CallOptions): Promise<{ readonly broken: number }>;
  /** Who is in it, and who is missing. @throws PlatformError `barrier-not-found` when nobody uses it */
  view(): Promise<BarrierView>;
  /** How it stands with an entry, or with its leave: leaves no history. */
  standing(which: Participation, of?: 'entry' | 'leave'): Promise<Standing>;
}

/** Requests to one barrier, which the first of them starts. */
export function barrierRequests(
  { temporal, turns }: { readonly temporal: Temporal; readonly turns: Turns },
  name: Name,
  attach: Attach,
  { lookMs }: Pick<BarrierInit, 'lookMs'> = {},
): BarrierRequests {
  const id = workflowId(temporal.space, 'barrier', name);
  const useAs = ({ form, parties, onDeath, deadlineMs }: BarrierInit): FirstUse => {
    const init: BarrierInit = {
      form,
      ...(parties === undefined ? {} : { parties }),
      ...(onDeath === undefined ? {} : { onDeath }),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
      ...(lookMs === undefined ? {} : { lookMs }),
    };
    const start = { workflowType: 'barrierWorkflow', kind: 'barrier' as const, name, init };
    return { workflowId: id, missing: 'barrier-not-found', start: { ...start, summary: `barrier ${name}` } };
  };
  const call = async <R, A>(update: UpdateDefinition<Reply<R>, [Message<A>]>, args: A, how?: CallOptions): Promise<R> =>
    (await turns.inTurn(id, () => temporal.call(id, update, args, how))).value;
  /** Asks the barrier; starts it when it is not there, and makes the session known to it. */
  const asked = async <R, A extends EnterArgs | RegisterArgs>(
    update: UpdateDefinition<Reply<R>, [Message<A>]>,
    args: A,
    how: CallOptions = {},
  ): Promise<R> => {
    for (let left = TRIES; ; left--) {
      try {
        return await used(temporal, useAs(args), how, (same) => call(update, args, same));
      } catch (error) {
        if (left === 0 || !isPlatformError(error) || error.code !== 'session-not-found') throw error;
      }
      await attach(args.session, id);
    }
  };
  /** Asks a barrier that somebody has entered before: one that was terminated goes on, and only that. */
  const askedAgain = async <R, A>(
    update: UpdateDefinition<Reply<R>, [Message<A>]>,
    args: A,
    how: CallOptions = {},
  ): Promise<R> => {
    try {
      return await call(update, args, how);
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'stopped') throw error;
      // what it is made of it knows, if it goes on
      return used(temporal, useAs({ form: 'cyclic', parties: 1 }), how, (same) => call(update, args, same));
    }
  };
  return {
    name,
    workflowId: id,
    enter: (args, how) => asked(enterUpdate, args, how),
    leave: (args, how) => askedAgain(leaveUpdate, args, how),
    withdraw: (which, how) => call(withdrawEntryUpdate, which, how),
    register: (args, how) => asked(registerUpdate, args, how),
    deregister: (participant, how) => askedAgain(deregisterUpdate, { participant }, how),
    break: (reason, how) => call(breakBarrierUpdate, { reason }, how),
    view: () => temporal.look(id, barrierQuery),
    standing: (which, of = 'entry') => temporal.look(id, standingQuery, { ...which, of }),
  };
}
