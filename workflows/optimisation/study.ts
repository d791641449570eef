import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { studyEndedSignal } from '../../src/contracts/agent';
import type { Effect, EntityInput } from '../../src/contracts/entity';
import { isRefusal, refuse, type Refusal } from '../../src/contracts/errors';
import type { Delivery, StopQuestion } from '../../src/contracts/optimisation/pruning';
import { show } from '../../src/contracts/ids';
import {
  type StudyChange,
  type StudyDeletion,
  type StudyExtended,
  type StudyExtension,
  type StudyInit,
  type StudyState,
  type Trial,
  type OutlivedOutcome,
  type TrialInput,
} from '../../src/contracts/optimisation/study';
import type { RegretAnswer } from '../../src/contracts/optimisation/bounding';
import type { Suggestions } from '../../src/contracts/optimisation/suggesting';
import { evaluatorQueue, prefixOf, queueOf } from '../../src/contracts/task-queues';
import { jsonBytes } from '../../src/domain/mailbox';
import { checkpointBytes, checkpointProblem, intervalOf } from '../../src/domain/optimisation/checkpoints';
import { stopOutside, sweep, wakeAt, wakeUp, withAlarm } from '../../src/domain/optimisation/leases';
import { frontLine } from '../../src/domain/optimisation/front';
import { philox, STREAMS } from '../../src/domain/optimisation/philox';
import { goesOn } from '../../src/domain/optimisation/promoting';
import { promotionOf, pruningBytes, readReports } from '../../src/domain/optimisation/pruning';
import { answerReports, reportingOf, runningOf } from '../../src/domain/optimisation/reports';
import { progressFrom } from '../../src/domain/optimisation/progress';
import { extendStudy, tellExtended } from '../../src/domain/optimisation/reopening';
import {
  changeStudy,
  enqueueTrials,
  fundsOf,
  pauseStudy,
  resumeStudy,
  withEnqueued,
} from '../../src/domain/optimisation/steering';
import { policyOf, policyOfAll } from '../../src/domain/optimisation/retries';
import { checkInput } from '../../src/domain/optimisation/regret-check';
import { specOf } from '../../src/domain/optimisation/study-spec';
import {
  accountOf,
  mayAsk,
  newStudy,
  stopStudy,
  type StudyData,
  type StudyStep,
} from '../../src/domain/optimisation/study';
import { endEvaluated, takeLate } from '../../src/domain/optimisation/late-outcomes';
import { takeReports } from '../../src/domain/optimisation/trial-ends';
import { finishedStudy, studyView, waitingOf } from '../../src/domain/optimisation/study-view';
import { takeBound, withCheck } from '../../src/domain/optimisation/regret-bound';
import { takeSuggestions } from '../../src/domain/optimisation/next-trials';
import { inputFor, inputsFor, type Nominated } from '../../src/domain/optimisation/suggesting';
import { askOf } from '../../src/domain/optimisation/team/question';
import { aimsOf, readOutcome, wantedMeasures, type Ending } from '../../src/domain/optimisation/trial';
import { withEarlier } from '../../src/domain/optimisation/warm-start';
import { readWorker, readWorkerOut, workerBroken, workerMended } from '../../src/domain/optimisation/workers-out';
import { brokenConstraints, complete } from '../../src/domain/variable-set';
import { variablesNamed } from '../definitions';
import type { Context, EffectHandler, EntityDefinition, Handler, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';
import { tellDeletion } from './deletion';
import { evaluateTrial, type Evaluation } from './evaluation';
import { answerWaiting, outsideCommands } from './outside';
import { nominateOutside, suggestOutside, type Suggestion, type TeamSuggestion } from './suggestion';
import { boundOutside, type RegretCheck } from './regret';
import { isRecord } from '../../src/domain/record';

/** One run of a study's workflow: what can be cancelled. */
interface StudyRun {
  readonly scopes: Map<number, CancellationScope>;
  readonly prefix: string;
  /** Where the asks of heavy samplers are computed. */
  readonly queue: string;
  /** The ask that is being computed. */
  asking?: CancellationScope | undefined;
  /** The bound on the regret that is being computed. */
  checking?: CancellationScope | undefined;
}

const LIMITS = { stateBytes: 1_700_000 };

/** Whether the joint constraints of the set hold with a configuration; the functions come from this worker's bundle. */
function fitsOf({ spec }: StudyData): (configuration: Trial['configuration']) => boolean {
  const { over } = spec;
  if (over === undefined || spec.constraints.length === 0) return () => true;
  const definition = variablesNamed(over.set);
  // A worker without the definition cannot know: the task fails and is tried again until a deploy cures it.
  // eslint-disable-next-line no-restricted-syntax -- that is what a plain error does, and here it is wanted
  if (definition === undefined) throw new Error(`no definition file of this worker has the variables "${over.set}"`);
  return (configuration) => {
    const completed = complete(definition.spec, over.values, configuration);
    return completed.ok && brokenConstraints(definition.spec, definition.constraints, completed.values).length === 0;
  };
}

function inputOf(state: StudyData, trial: Trial, study: string): TrialInput {
  const { spec } = state;
  const { number, configuration } = trial;
  const [seed] = philox([number, 0, 0, STREAMS.evaluator], [spec.seed, 0]);
  const reporting = reportingOf(state, number);
  const { costPerTrial } = spec.budget;
  const more = {
    ...(reporting === undefined ? {} : { reporting }),
    ...(costPerTrial === undefined ? {} : { maxCost: costPerTrial }),
    ...intervalOf(state.checkpoints, trial),
  };
  const input = { study, trial: number, configuration, seed, measures: wantedMeasures(spec), ...more };
  const definition = spec.over === undefined ? undefined : variablesNamed(spec.over.set);
  if (spec.over === undefined || definition === undefined) return input;
  const completed = complete(definition.spec, spec.over.values, configuration);
  return completed.ok ? { ...input, params: completed.values } : input;
}

/**
 * How the attempts of a trial are counted. Where it may wait and go on each one is begun by the study, so that it has a number
 * that no other has, and begins with what the one before left.
 */
function attemptsOf(before: StudyData, { spec }: StudyData, trial: Trial): Partial<Evaluation> {
  const retries = policyOf(spec);
  if (promotionOf(spec.pruner) === undefined) return retries === undefined ? {} : { retries };
  const counted = retries === undefined ? { retries: policyOfAll(spec), mostFailures: spec.attempts } : { retries };
  const { attempts, failures = {}, waits, cost: spent } = trial;
  if (waits === undefined) return counted;
  const { checkpoint } = before.atRungs?.find((each) => each.trial.number === trial.number) ?? {};
  const left = progressFrom({ checkpoint, ...(spent === undefined ? {} : { spent }) });
  return { ...counted, before: { attempts, failures, ...(left === undefined ? {} : { progress: left }) } };
}

/** An ask that has been opened as an effect. */
function asking(run: StudyRun, before: StudyData, state: StudyData, context: Context): readonly Effect[] {
  const { thinking } = state;
  if (thinking === undefined || thinking === before.thinking) return [];
  const id = `ask-${String(thinking.ask)}`;
  const of = { queue: run.queue, thinking };
  if (thinking.team === undefined) {
    const data: Suggestion = { ...of, input: inputFor(state, thinking) };
    return [{ kind: 'suggest', id, data }];
  }
  const ask = askOf(state, thinking, context.workflowId);
  const data: TeamSuggestion = { ...of, inputs: inputsFor(state, thinking), ...(ask === undefined ? {} : { ask }) };
  return [{ kind: 'nominate', id, data }];
}

/** A check of the bound on the regret that has been opened as an effect. */
function checking(run: StudyRun, before: StudyData, { regret, spec, history }: StudyData): readonly Effect[] {
  if (regret?.open === undefined || regret.open === before.regret?.open) return [];
  const data: RegretCheck = { queue: run.queue, input: checkInput(spec, history, regret) };
  return [{ kind: 'boundRegret', id: `regret-${String(regret.open)}`, data }];
}

/**
 * Turns a decision of the rules into a step: each trial asked for is an evaluation to be begun, an ask that was opened is one
 * to be computed, and who waited for it outside is answered.
 */
function toStep(
  run: StudyRun,
  before: StudyData,
  given: StudyStep,
  context: Context,
  reply?: unknown,
): Step<StudyData> {
  const { step, answers } = answerWaiting(given, context, { fits: fitsOf, inputOf });
  const { events, asked } = step;
  const state = withCheck(step.state);
  if (state.thinking !== undefined && !mayAsk(state)) run.asking?.cancel();
  if (!mayAsk(state)) run.checking?.cancel();
  const { evaluator = '', attempts, heartbeatMs, trialMs, atEnd } = state.spec;
  if (state.endedBy !== undefined && atEnd === 'cancel') for (const scope of run.scopes.values()) scope.cancel();
  const queue = evaluatorQueue(evaluator, run.prefix);
  const evaluations = asked.map((trial) => {
    const data: Evaluation = {
      queue,
      attempts,
      heartbeatMs,
      trialMs,
      ...attemptsOf(before, state, trial),
      input: inputOf(state, trial, context.workflowId),
    };
    const life = trial.waits === undefined ? '' : `-${String(trial.waits.length)}`;
    return { kind: 'evaluate', id: `trial-${String(trial.number)}${life}`, data };
  });
  const finished = finishedStudy(before) === undefined ? finishedStudy(state) : undefined;
  const { notify } = state;
  const again = state.extended === undefined ? '' : `/${String(state.extended.times)}`;
  const message = { id: `${context.workflowId}/${String(context.generation.number)}/ended${again}`, args: finished };
  const sends =
    finished === undefined || notify === undefined
      ? []
      : [{ to: notify, signal: studyEndedSignal.name, args: [{ ...message, sender: context.workflowId }] }];
  const effects = [...evaluations, ...asking(run, before, state, context), ...checking(run, before, state)];
  return { state, events, effects, sends, answers, ...(reply === undefined ? {} : { reply }) };
}

interface StopArgs {
  readonly reason?: string;
  readonly running?: 'finish' | 'cancel';
}

/** A stop; of a study that is asked from outside nothing is left that nobody has. */
function stopOf(state: StudyData, reason: string, running: 'finish' | 'cancel', { now }: Context): StudyStep {
  return state.spec.evaluator === undefined ? stopOutside(state, reason, running, now) : stopStudy(state, reason);
}

const stopping = (run: StudyRun): Handler<StudyData, StopArgs> => ({
  parse: (args) => {
    const { reason, running, ...more } = (args ?? {}) as { readonly reason?: unknown; readonly running?: unknown };
    const isGood =
      Object.keys(more).length === 0 &&
      (reason === undefined || typeof reason === 'string') &&
      (running === undefined || running === 'finish' || running === 'cancel');
    return isGood
      ? { ok: true, args: args ?? {} }
      : { ok: false, refusal: refuse('invalid-message', `a stop has reason and running; got ${show(args)}`) };
  },
  decide: (state, { reason = 'stopped', running = 'finish' }, context) => {
    const step = stopOf(state, reason.slice(0, 2_000), running, context);
    if (running === 'cancel') for (const scope of run.scopes.values()) scope.cancel();
    const reply: { readonly state: StudyState } = { state: step.state.state };
    return toStep(run, state, step, context, reply);
  },
});

/** An order to a study: arguments with some of these fields, and the rule that carries it out. */
function steering<A>(
  run: StudyRun,
  shape: Readonly<Record<string, (value: unknown) => boolean>>,
  rule: (state: StudyData, args: A, now: number) => StudyStep | Refusal,
  replyOf: (state: StudyData) => unknown,
): Handler<StudyData, A> {
  const names = Object.keys(shape).join(' and ') || 'no fields';
  return {
    parse: (args) => {
      const given = args ?? {};
      const isGood =
        isRecord(given) &&
        Object.entries(given).every(([name, value]) => value === undefined || shape[name]?.(value) === true);
      return isGood
        ? { ok: true, args: given as A }
        : { ok: false, refusal: refuse('invalid-message', `expected ${names}; got ${show(args)}`) };
    },
    decide: (state, args, context) => {
      const step = rule(state, args, context.now);
      return isRefusal(step) ? { state, refusal: step } : toStep(run, state, step, context, replyOf(step.state));
    },
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const stateOf = ({ state }: StudyData): { readonly state: StudyState } => ({ state });

const steered = (run: StudyRun): EntityDefinition<StudyInit, StudyData>['commands'] => ({
  pauseStudy: steering<{ readonly reason?: string }>(
    run,
    { reason: isText },
    (state, { reason = 'paused' }, now) => pauseStudy(state, reason.slice(0, 2_000), now),
    stateOf,
  ),
  resumeStudy: steering<object>(run, {}, (state, _args, now) => resumeStudy(state, now), stateOf),
  changeStudy: steering<StudyChange>(
    run,
    { trials: isNumber, seconds: isNumber, cost: isNumber, parallelism: isNumber },
    changeStudy,
    fundsOf,
  ),
  extendStudy: steering<StudyExtension>(
    run,
    { trials: isNumber, seconds: isNumber, cost: isNumber },
    extendStudy,
    (state): StudyExtended => ({ ...fundsOf(state), state: state.state }),
  ),
  enqueueTrials: steering<{ readonly configurations?: readonly Trial['configuration'][] }>(
    run,
    { configurations: (value) => Array.isArray(value) && value.every(isRecord) },
    (state, { configurations = [] }) => enqueueTrials(state, configurations, fitsOf(state)),
    ({ enqueued }) => ({ enqueued: enqueued.length }),
  ),
});

const outlived = (run: StudyRun): Handler<StudyData, OutlivedOutcome> => ({
  parse: (args) => {
    const { trial } = (args ?? {}) as { readonly trial?: unknown };
    return Number.isInteger(trial)
      ? { ok: true, args: args as OutlivedOutcome }
      : { ok: false, refusal: refuse('invalid-message', `a late outcome names its trial; got ${show(args)}`) };
  },
  decide: (state, given, context) => {
    if (given.trial < 1 || given.trial > state.asked)
      return { state, refusal: refuse('not-found', `there is no trial ${show(given.trial)}`) };
    const outcome = readOutcome(state.spec, given.trial, given);
    if (isRefusal(outcome)) return { state, refusal: outcome };
    // a study is never renewed over an evaluation: what runs now was begun in this run
    const step = takeLate(state, outcome, given.run === workflowInfo().runId, context.now);
    // whoever has a trial that has ended is told to stop
    if (!step.state.running.some(({ number }) => number === given.trial)) run.scopes.get(given.trial)?.cancel();
    return toStep(run, state, step, context);
  },
});

/** Reads what an attempt delivers or asks with. */
function readDelivery(args: unknown): Delivery | Refusal {
  const { trial, attempt, reports } = (isRecord(args) ? args : {}) as Partial<Record<keyof Delivery, unknown>>;
  if (!Number.isInteger(trial) || !Number.isInteger(attempt))
    return refuse('invalid-message', `reports name their trial and attempt; got ${show(args)}`);
  const read = readReports(reports);
  return isRefusal(read) ? read : { trial: trial as number, attempt: attempt as number, reports: read };
}

const reported = (run: StudyRun): Handler<StudyData, Delivery> => ({
  parse: (args) => {
    const delivery = readDelivery(args);
    return isRefusal(delivery) ? { ok: false, refusal: delivery } : { ok: true, args: delivery };
  },
  decide: (state, delivery, context) => toStep(run, state, takeReports(state, delivery), context),
});

/** What a worker says of itself. */
const ofWorker = <A>(
  run: StudyRun,
  read: (args: unknown) => A | Refusal,
  rule: (state: StudyData, told: A) => StudyStep,
): Handler<StudyData, A> => ({
  parse: (args) => {
    const told = read(args);
    return isRefusal(told) ? { ok: false, refusal: told } : { ok: true, args: told };
  },
  decide: (state, told, context) => toStep(run, state, rule(state, told), context),
});

/** What came of an evaluation as the ending of its trial. */
function endingOf(state: StudyData, number: number, outcome: Awaited<ReturnType<typeof evaluateTrial>>): Ending {
  if (outcome.kind !== 'answered') return outcome;
  const told = readOutcome(state.spec, number, outcome.value);
  const read = isRefusal(told) ? told : (checkpointProblem(state.running, told) ?? told);
  const { failures = {} } = outcome;
  const failed = Object.keys(failures).length === 0 ? {} : { failures };
  if (!isRefusal(read)) return { kind: read.pruned === true ? 'pruned' : 'complete', outcome: read, ...failed };
  const { attempt, worker } = (outcome.value ?? {}) as { readonly attempt?: unknown; readonly worker?: unknown };
  return {
    kind: 'failed',
    refusal: read,
    attempts: Number.isInteger(attempt) ? (attempt as number) : 1,
    ...(typeof worker === 'string' ? { worker: worker.slice(0, 200) } : {}),
  };
}

/** What a study waits for, for people. */
function waits({ spec, running, thinking }: StudyData, prefix: string): string {
  const { evaluator } = spec;
  if (thinking?.team !== undefined && running.length === 0)
    return `Waiting for ${thinking.team.members.map((at) => spec.team?.members[at]?.name ?? '').join(', ')} of the team to propose`;
  if (thinking !== undefined && running.length === 0)
    return `Waiting for the sampler ${spec.sampler} to suggest ${String(thinking.count)}`;
  if (running.length === 0) return '';
  const count = String(running.length);
  if (evaluator !== undefined)
    return `Waiting for ${count} evaluations on the queue ${evaluatorQueue(evaluator, prefix)}`;
  const clients = new Set(running.flatMap(({ lease }) => (lease === undefined ? [] : [lease.client])));
  return `Waiting for ${count} trials; with ${[...clients].slice(0, 10).join(', ') || 'nobody'}`;
}

function describe(state: StudyData, prefix: string): { readonly status: string; readonly markdown: string } {
  const { name, spec, best, front, reason } = state;
  const { over } = spec;
  const account = accountOf(state);
  const goal = aimsOf(spec).join(', ');
  const where = over === undefined ? '' : ` over ${over.set} version ${String(over.version)}`;
  const pruned = spec.pruner === undefined && account.pruned === 0 ? '' : `${String(account.pruned)} pruned, `;
  const resting = account.waiting === undefined ? '' : `, ${String(account.waiting)} waiting for promotion`;
  const counted = `${String(account.complete)} complete, ${pruned}${String(account.failed)} failed, ${String(account.cancelled)} cancelled${resting}`;
  const again = `${String(account.begunAgain)} begun again, ${String(account.late)} late outcomes kept as evidence`;
  const won =
    best === undefined ? 'No result yet' : `Best: trial ${String(best.number)}, ${JSON.stringify(best.measures)}`;
  const lines = [
    `**${name}**: ${goal}${where}, ${String(account.asked)} of ${String(account.budget)} trials`,
    '',
    `${counted}, ${String(account.running)} running; ${again}`,
    '',
    front === undefined ? won : frontLine(front, spec),
    best === undefined ? '' : `with ${JSON.stringify(best.configuration).slice(0, 1_000)}`,
    '',
    waits(state, prefix),
    state.enqueued.length > 0 ? `${String(state.enqueued.length)} configurations enqueued` : '',
    reason === undefined ? '' : `${state.state === 'paused' ? 'Paused' : 'Ends'}: ${reason}`,
  ];
  return { status: state.state, markdown: lines.join('\n') };
}

/** Does what a later step may cancel. */
async function cancellable<T>(
  run: StudyRun,
  what: 'asking' | 'checking',
  act: (scope: CancellationScope) => Promise<T>,
): Promise<T> {
  const scope = new CancellationScope({ cancellable: true });
  run[what] = scope;
  const outcome = await act(scope);
  run[what] = undefined;
  return outcome;
}

/** Takes what an ask came to. */
const suggested =
  (run: StudyRun): EffectHandler<StudyData>['settle'] =>
  (state, _effect, outcome, context) =>
    toStep(run, state, takeSuggestions(state, outcome as Suggestions | Nominated | undefined), context);

const definitionOf = (run: StudyRun): EntityDefinition<StudyInit, StudyData> => ({
  kind: 'study',
  schema: 1,
  upcast: {},
  limits: LIMITS,
  create: (init, context) => {
    const definition = init.over === undefined ? undefined : variablesNamed(init.over.set);
    const spec = specOf(init, definition, context.workflowId);
    if (isRefusal(spec)) return { state: {} as StudyData, refusal: spec };
    const begun = withEarlier(newStudy(context.name, init.request, spec, init.notify), init);
    if (isRefusal(begun)) return { state: {} as StudyData, refusal: begun };
    const queued = withEnqueued(begun, init.enqueue ?? [], fitsOf(begun.state));
    if (isRefusal(queued)) return { state: {} as StudyData, refusal: queued };
    return toStep(run, {} as StudyData, queued, context);
  },
  commands: {
    stopStudy: stopping(run),
    ...steered(run),
    ...outsideCommands({ fits: fitsOf, inputOf, toStep: (...step) => toStep(run, ...step) }),
  },
  notices: {
    trialOutlived: outlived(run),
    trialReported: reported(run),
    workerBroken: ofWorker(run, readWorkerOut, workerBroken),
    workerMended: ofWorker(run, readWorker, workerMended),
  },
  inspections: {
    study: studyView,
    trials: (state) =>
      [...state.recent, ...(waitingOf(state) ?? []), ...runningOf(state)].sort((a, b) => a.number - b.number),
    shouldStop: (state, question: StopQuestion) => {
      const delivery = readDelivery(question);
      if (isRefusal(delivery)) return delivery;
      return answerReports(state, { ...delivery, fresh: Math.max(0, Math.trunc(question.fresh)) });
    },
  },
  begin: (state, context) => {
    const news = tellExtended(state, context.generation.firstRunId);
    if (news !== undefined) return toStep(run, state, news, context);
    const step = state.spec.evaluator === undefined ? undefined : goesOn(state, fitsOf(state), context.now);
    return step && toStep(run, state, step, context);
  },
  wakeAt,
  wake: (state, context) => toStep(run, state, wakeUp(state, context.now), context),
  bytesOf: ({ history, pruning, checkpoints, atRungs = [], ...rest }) => {
    const resting = atRungs.reduce((sum, each) => sum + each.bytes, 0);
    const { bytes, blocks: _blocks, ...open } = history;
    const told = (pruning === undefined ? 0 : pruningBytes(pruning)) + resting + checkpointBytes(checkpoints);
    return bytes + told + (jsonBytes(open) ?? 0) + (jsonBytes(rest) ?? 0);
  },
  effects: {
    evaluate: {
      restartable: false,
      perform: async (effect) => {
        const evaluation = effect.data as Evaluation;
        const scope = new CancellationScope({ cancellable: true });
        run.scopes.set(evaluation.input.trial, scope);
        try {
          return await evaluateTrial(evaluation, scope);
        } finally {
          run.scopes.delete(evaluation.input.trial);
        }
      },
      settle: (state, effect, outcome, context) => {
        const { trial } = (effect.data as Evaluation).input;
        const ending = endingOf(state, trial, outcome as Awaited<ReturnType<typeof evaluateTrial>>);
        return toStep(run, state, endEvaluated(state, trial, ending, context.now), context);
      },
    },
    nominate: {
      restartable: false,
      perform: ({ data }, _input, stamp) =>
        cancellable(run, 'asking', (scope) => nominateOutside(data as TeamSuggestion, scope, stamp)),
      settle: suggested(run),
    },
    suggest: {
      restartable: false,
      perform: ({ data }) => cancellable(run, 'asking', (scope) => suggestOutside(data as Suggestion, scope)),
      settle: suggested(run),
    },
    boundRegret: {
      restartable: false,
      perform: ({ data }) => cancellable(run, 'checking', (scope) => boundOutside(data as RegretCheck, scope)),
      settle: (state, _effect, outcome, context) => {
        const step = sweep(takeBound(state, outcome as RegretAnswer | undefined), context.now);
        return toStep(run, state, { ...step, state: withAlarm(step.state, context.now) }, context);
      },
    },
  },
  terminate: (state, context) => toStep(run, state, stopOf(state, 'stopped from outside', 'cancel', context), context),
  describe: (state) => describe(state, run.prefix),
  finished: (state) => {
    const outcome = finishedStudy(state);
    return outcome === undefined ? undefined : { reason: { kind: 'normal' }, outcome };
  },
});

const isBegun = (
  input: EntityInput<StudyInit | StudyDeletion, StudyData>,
): input is EntityInput<StudyInit, StudyData> => !('deletion' in input.init);

/**
 * One study: asks its sampler, has each trial evaluated by an activity on the evaluator's queue, and keeps the exact account.
 * The server retries an attempt whose worker is lost, so no worker has to begin another trial for that; the attempt's number
 * fences. Renews itself between trials only: it stops asking, waits for what is evaluated, and goes on in the next run.
 */
export async function studyWorkflow(input: EntityInput<StudyInit | StudyDeletion, StudyData>): Promise<unknown> {
  if (!isBegun(input)) return tellDeletion(input);
  return runEntity(definitionOf({ scopes: new Map(), prefix: prefixOf(input.queues), queue: queueOf(input) }), input);
}
