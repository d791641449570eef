import { ApplicationFailure } from '@temporalio/common';
import type { SupervisorDefinition } from '../src/contracts/supervision';
import type {
  AgentChildOptions,
  AutoShutdown,
  BackOff,
  ChildSpec,
  ChildSpecInput,
  Quarantine,
  Strategy,
  SupervisorFlags,
} from '../src/contracts/supervisor';
import { durationMs } from '../src/domain/duration';
import { parseName, show } from '../src/contracts/ids';
import { checkSupervisorSpec } from '../src/domain/supervisor/specification';

/** What can be a child: an agent, a set of variables, another supervisor. */
export type ChildDefinition =
  | { readonly kind: 'agent'; readonly type: string }
  | { readonly kind: 'variables'; readonly name: string }
  | SupervisorDefinition;

/** How a child is started, stopped and brought back. OTP's names and defaults. */
export interface ChildOptions extends Partial<Pick<ChildSpec, 'restart' | 'significant'>> {
  /** Argument of an agent's `state` and `init`. Plain JSON. */
  readonly args?: unknown;
  /** Where an agent is placed, at every start: on the workers of that queue. Default: the queue of all. */
  readonly queue?: string;
  /** How long it may take to stop: milliseconds, a text such as `5s`, `infinity`, or `brutal_kill`. Default 5 s; a supervisor's: infinity. */
  readonly shutdown?: number | string;
}

/** What a supervisor is made of. OTP's flags; `backOff`, `quarantine` and `maxChildren` are ours and off by default. */
export interface SupervisorOptions {
  /** Default `one_for_one`. */
  readonly strategy?: Strategy;
  /** Restarts allowed in the period, of all children together. Default 1. */
  readonly intensity?: number;
  /** Whole seconds, or a text such as `10s`. Default 5 s. */
  readonly period?: number | string;
  /** Default `never`. */
  readonly autoShutdown?: AutoShutdown;
  readonly backOff?: BackOff;
  readonly quarantine?: Quarantine;
  readonly maxChildren?: number;
  readonly children: readonly ChildSpecInput[];
}

const invalid = (message: string): Error => ApplicationFailure.nonRetryable(message, 'invalid-definition');

function millisecondsOf(what: string, given: string): number {
  const ms = durationMs(given);
  if (ms === undefined) throw invalid(`${what}: expected a duration such as 5s; got ${show(given)}`);
  return ms;
}

function shutdownOf(given: number | string): ChildSpec['shutdown'] {
  if (typeof given === 'number' || given === 'infinity' || given === 'brutal_kill') return given;
  return millisecondsOf('shutdown', given);
}

/**
 * A child of a supervisor. Its id is its name in the space, too.
 *
 * @param id of a workflow that nobody else has started: a name that is taken is a failed start
 */
export function child(id: string, what: ChildDefinition, options: ChildOptions = {}): ChildSpecInput {
  const { args, queue, shutdown, ...more } = options;
  if (queue !== undefined && what.kind !== 'agent')
    throw invalid(`child ${id}: only agents are placed on a queue; it is of kind ${what.kind}`);
  const given: AgentChildOptions = {
    ...(args === undefined ? {} : { args }),
    ...(queue === undefined ? {} : { queue }),
  };
  const start = {
    kind: what.kind,
    type: what.kind === 'agent' ? what.type : what.name,
    ...(Object.keys(given).length === 0 ? {} : { options: given }),
  };
  const isSupervisor = what.kind === 'supervisor';
  return {
    id,
    start,
    ...more,
    ...(isSupervisor ? { type: 'supervisor' as const } : {}),
    ...(shutdown === undefined ? {} : { shutdown: shutdownOf(shutdown) }),
  };
}

/**
 * Defines a supervisor. Its name is what `space.supervisors.start` and other supervisors know it by.
 *
 * @throws `invalid-definition` for what OTP would refuse: a duplicate id, a significant permanent child, an intensity below 0 …
 */
export function defineSupervisor(name: string, options: SupervisorOptions): SupervisorDefinition {
  const parsed = parseName('supervisor', name);
  if (typeof parsed !== 'string') throw invalid(parsed.message);
  const { children, period, ...flags } = options;
  const periodSeconds = typeof period === 'string' ? millisecondsOf('period', period) / 1_000 : period;
  const given: Partial<SupervisorFlags> = { ...flags, ...(periodSeconds === undefined ? {} : { periodSeconds }) };
  const checked = checkSupervisorSpec({ flags: given, children });
  if (!checked.ok) {
    const { field, message, otp } = checked.problem;
    throw invalid(`supervisor ${name}, ${field}: ${message}${otp === 'none' ? '' : ` (OTP: ${otp})`}`);
  }
  const own = children.find(({ start }) => start.kind === 'supervisor' && start.type === name);
  if (own !== undefined) throw invalid(`supervisor ${name} has itself for a child (${own.id})`);
  return { kind: 'supervisor', name, spec: { flags: given, children } };
}
