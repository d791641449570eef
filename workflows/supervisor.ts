import type { Effect, EntityInput, ExitReport } from '../src/contracts/entity';
import { refuse, type Refusal } from '../src/contracts/errors';
import { MIN_SWEEP_MS, SWEEP_MS, type LiveChild, type SupervisorInit } from '../src/contracts/supervision';
import type { ChildExit, SupervisorCommand, SupervisorSpec } from '../src/contracts/supervisor';
import { startSupervisor } from '../src/domain/supervisor/decide';
import { supervisorNamed } from './definitions';
import type { Context, EntityDefinition, Handler, Step } from './kernel/decider';
import { runEntity } from './kernel/entity';
import { adoptedOne, started } from './supervisor-adoption';
import { startChild, stopChild, sweep } from './supervisor-effects';
import { parseCommand, parseGone, parseReport } from './supervisor-messages';
import { advance, endOf, exitOf, toStep, type State } from './supervisor-step';
import { describe, incarnationsOf, viewOf } from './supervisor-view';

const SUPERVISOR_LIMITS = { stateBytes: 1_800_000, messageBytes: 100_000 };

function create(init: SupervisorInit, context: Context): Step<State> {
  const no = (refusal: Refusal): Step<State> => ({ state: {} as State, refusal });
  const { definition, sweepMs = SWEEP_MS, adopts } = init;
  if (!Number.isFinite(sweepMs) || sweepMs < MIN_SWEEP_MS)
    return no(refuse('invalid-supervisor', `sweepMs is at least ${String(MIN_SWEEP_MS)}; got ${String(sweepMs)}`));
  const spec: SupervisorSpec | undefined = definition === undefined ? init.spec : supervisorNamed(definition)?.spec;
  if (spec === undefined) {
    const text =
      definition === undefined
        ? 'a supervisor needs a specification'
        : `no definition file of this worker has the supervisor "${definition}"`;
    return no(refuse(definition === undefined ? 'invalid-supervisor' : 'unknown-definition', text));
  }
  const begun = startSupervisor(spec, { now: context.now, firstGeneration: 1 });
  if (!begun.ok) {
    const { field, message, otp } = begun.problem;
    return no(refuse('invalid-supervisor', message, { details: { field, otp } }));
  }
  const state: State = {
    space: context.space,
    number: context.generation.number,
    rule: begun.value.state,
    ...(definition === undefined ? {} : { definition }),
    sweepMs,
    ...(adopts === undefined ? {} : { adopts }),
    isReady: false,
    decisions: [],
  };
  const step = toStep(state, begun.value.state, begun.value, context);
  const sweep: Effect = { kind: 'sweep', id: 'sweep', data: { supervisor: context.workflowId, everyMs: sweepMs } };
  return { ...step, effects: [...(step.effects ?? []), sweep] };
}

const supervising: Handler<State, SupervisorCommand> = {
  parse: parseCommand,
  decide: (state, command, context) => {
    const step = advance(state, { kind: 'command', request: context.messageId, command }, context);
    return { ...step, deferred: true };
  },
};

const exited: Handler<State, ExitReport> = {
  parse: parseReport,
  decide: (state, report, context) => {
    const { supervised, reason } = report;
    // What was taken in may have been started by an earlier generation.
    const one = supervised?.supervisor === context.generation.number ? supervised : adoptedOne(state, report);
    if (one === undefined) return { state };
    const { id, generation } = one;
    return advance(state, { kind: 'exited', id, generation, reason: endOf(state, exitOf(reason)) }, context);
  },
};

const gone: Handler<State, Omit<LiveChild, 'workflowId'> & { readonly reason: ChildExit }> = {
  parse: parseGone,
  decide: (state, { supervisor, id, generation, reason }, context) =>
    supervisor === context.generation.number
      ? advance(state, { kind: 'exited', id, generation, reason: endOf(state, reason) }, context)
      : { state },
};

/** The next moment at which a child that waits for its back-off is to be started again. */
function dueAt({ rule }: State): number | undefined {
  const due = rule.children.flatMap(({ process }) =>
    process.kind === 'restarting' && process.dueAt !== undefined ? [process.dueAt] : [],
  );
  return due.length === 0 ? undefined : Math.min(...due);
}

function wake(state: State, context: Context): Step<State> {
  const due = state.rule.children.find(
    ({ process }) => process.kind === 'restarting' && process.dueAt !== undefined && process.dueAt <= context.now,
  );
  if (due?.process.kind !== 'restarting') return { state };
  return advance(state, { kind: 'retry-due', id: due.spec.id, generation: due.process.generation }, context);
}

const supervisorDefinition: EntityDefinition<SupervisorInit, State> = {
  kind: 'supervisor',
  schema: 1,
  upcast: {},
  create,
  commands: { supervise: supervising },
  notices: { childStarted: started, childExited: exited, childGone: gone },
  inspections: { supervisor: viewOf, incarnations: incarnationsOf },
  effects: { startChild, stopChild, sweep },
  isReady: ({ isReady }) => isReady,
  stop: (state, reason, context) => advance(state, { kind: 'stop', reason: exitOf(reason) }, context),
  wakeAt: dueAt,
  wake,
  describe,
  finished: ({ ending }) => (ending === undefined ? undefined : { reason: ending, outcome: { reason: ending } }),
};

/**
 * A supervisor: starts its children in order, restarts them by its strategy, gives up when they fail too often, stops them in
 * reverse. Behaves as OTP's `supervisor`; its decisions and its budget survive every crash.
 */
export async function supervisorWorkflow(input: EntityInput<SupervisorInit, State>): Promise<unknown> {
  return runEntity(supervisorDefinition, { ...input, limits: { ...SUPERVISOR_LIMITS, ...input.limits } });
}
