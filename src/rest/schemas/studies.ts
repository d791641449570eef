import { PRUNERS } from '../../contracts/optimisation/pruning';
import { STUDY_STATES } from '../../contracts/optimisation/study';
import { TEAM_RULES } from '../../contracts/optimisation/team';
import { byName, count, flag, instant, list, object, oneOf, real, ref, text, type JsonSchema } from './shapes';

const bound = object({}, { atMost: real, atLeast: real });
const over = object({ set: text, version: count(1), hash: text, values: ref('Values') });
const dimension = object(
  { kind: oneOf('float', 'int', 'categorical', 'ordinal', 'boolean', 'module') },
  { low: real, high: real, log: flag, step: real, choices: list(ref('Value')), when: byName(ref('Value')) },
);

const budget = object(
  { trials: count(1) },
  { seconds: count(1), cost: real, costPerTrial: real, unreported: oneOf('charge', 'free') },
);
const stopWhen = object(
  {},
  {
    target: real,
    noProgress: object({ trials: count(1) }, { atLeast: real }),
    regretBound: object({}, { error: real, ofMedian: real, startupTrials: count(2), every: count(1) }),
  },
);
const retries = object({}, { lost: count(), thrown: count(), timeout: count(), invalid: count() });
const atEnd = oneOf('finish', 'cancel');
const endedBy = oneOf('seconds', 'target', 'noProgress', 'regretBound');
const costs = object({ budget: real, free: real, reserved: real, spent: real, overrun: real });
const samplerOptions = object(
  {},
  {
    points: count(1),
    restarts: oneOf('none', 'ipop', 'bipop'),
    population: count(2),
    quantile: real,
    resample: real,
    perturb: list(real),
  },
);

const teamMember = object({ name: text }, { sampler: text, samplerOptions, agent: text, askMs: count(1), cost: real });
const rule = oneOf(...TEAM_RULES);

/** One measure, or several. */
const measures = { anyOf: [text, list(text)] };

const plain = {
  startupTrials: count(),
  minTrials: count(1),
  warmupSteps: count(),
  intervalSteps: count(1),
  percentile: real,
  minResource: { anyOf: [count(1), oneOf('auto')] },
  maxResource: { anyOf: [count(1), oneOf('auto')] },
  reductionFactor: count(2),
  minEarlyStoppingRate: count(),
  bootstrapCount: count(),
  promote: flag,
  pThreshold: real,
  startupSteps: count(),
  lower: real,
  upper: real,
};

/** Studies. */
export const studySchemas: Readonly<Record<string, JsonSchema>> = {
  /** What is noted, by name. */
  Attributes: byName({ anyOf: [text, real, flag, { type: 'null' }] }),
  /** Which options go with which kind is said by the page on studies. */
  Pruner: object({ kind: oneOf(...PRUNERS) }, { ...plain, patience: count(), minDelta: real, of: ref('Pruner') }),
  Reported: { anyOf: [real, oneOf('NaN', 'Infinity', '-Infinity')] },
  SearchSpace: object({ dimensions: byName(dimension) }),
  StudyRequest: object(
    { budget },
    {
      stopWhen,
      atEnd,
      retries,
      evaluator: text,
      leaseSeconds: count(1),
      over: text,
      only: list(text),
      space: ref('SearchSpace'),
      minimise: measures,
      maximise: measures,
      subjectTo: byName(bound),
      sampler: text,
      samplerOptions,
      team: object({ members: list(teamMember) }, { rule }),
      pruner: ref('Pruner'),
      reportMs: count(1),
      seed: count(),
      parallelism: count(1),
      attempts: count(1),
      heartbeatMs: count(1),
      trialMs: count(1),
      baseline: flag,
      attributes: ref('Attributes'),
      warmStart: object({ trials: count(1), fingerprint: text }, { from: text }),
    },
  ),
  StudySpec: object(
    {
      space: ref('SearchSpace'),
      constraints: list(text),
      objective: ref('Objective'),
      subjectTo: byName(bound),
      sampler: text,
      seed: count(),
      budget,
      parallelism: count(1),
      attempts: count(1),
      heartbeatMs: count(1),
      trialMs: count(1),
      baseline: flag,
    },
    {
      over,
      objectives: list(ref('Objective')),
      evaluator: text,
      leaseSeconds: count(1),
      samplerOptions,
      team: object({ members: list(teamMember), rule }),
      pruner: ref('Pruner'),
      reportMs: count(1),
      stopWhen,
      atEnd,
      retries,
    },
  ),
  TeamView: object({
    rule,
    members: list(
      object(
        {
          name: text,
          proposed: count(),
          ended: count(),
          earned: real,
          account: object({ minted: real, free: real, reserved: real, spent: real }),
          passes: count(),
          failures: count(),
        },
        {
          sampler: text,
          agent: text,
          standing: real,
          lastFailure: object({ member: text, ask: count(), refusal: ref('Refusal') }),
        },
      ),
    ),
  }),
  ProposedBy: object({ rule, why: text }, { member: text, share: real, bid: real, price: real, expected: real }),
  Objective: object({ measure: text, direction: oneOf('minimise', 'maximise') }),
  ImportedStudy: object(
    {
      study: text,
      objective: ref('Objective'),
      subjectTo: byName(bound),
      trials: list(ref('Trial')),
      space: { anyOf: [ref('SearchSpace'), object({ code: oneOf('invalid-import'), message: text })] },
      leftOut: byName(count(1)),
      renamed: byName(text),
    },
    { objectives: list(ref('Objective')), attributes: ref('Attributes'), attributesLeftOut: count(1) },
  ),
  StudyFront: object({ trials: list(object({ number: count(1), measures: byName(real) })) }, { size: count() }),
  TrialLine: object({ trial: count(1), trials: list(ref('Trial')) }),
  ParetoFront: object({ objectives: list(ref('Objective')), size: count(), trials: list(ref('Trial')) }),
  StudyAccount: object(
    {
      budget: count(1),
      asked: count(),
      running: count(),
      complete: count(),
      pruned: count(),
      failed: count(),
      cancelled: count(),
      begunAgain: count(),
      late: count(),
      lateReports: count(),
    },
    { waiting: count(), cost: costs },
  ),
  StudyProposal: object({
    set: text,
    changes: ref('Values'),
    basedOn: count(1),
    because: text,
    evidence: ref('Evidence'),
  }),
  LateOutcome: object(
    { trial: count(1), attempt: count(1), worker: text, measures: byName(real), at: instant },
    { cost: real, attributes: ref('Attributes') },
  ),
  WorkerOut: object({ worker: text, since: instant, failures: count(1), last: text, until: instant }),
  StudyStopped: object({ state: oneOf(...STUDY_STATES) }),
  StudyChanged: object({ budget: count(1), parallelism: count(1) }, { seconds: count(1), cost: real }),
  StudyExtended: object(
    { budget: count(1), parallelism: count(1), state: oneOf(...STUDY_STATES) },
    { seconds: count(1), cost: real },
  ),
  AskedTrial: object(
    {
      trial: count(1),
      attempt: count(1),
      configuration: ref('Values'),
      seed: count(),
      measures: list(text),
      client: text,
      until: instant,
    },
    { params: ref('Values'), maxCost: real },
  ),
  Asked: object(
    { trials: list(ref('AskedTrial')), state: oneOf(...STUDY_STATES) },
    { waitingFor: text, retryAfterMs: count(1) },
  ),
  TellReply: object({
    told: list(
      object({
        trial: count(1),
        attempt: count(1),
        client: text,
        verdict: oneOf('accepted', 'adopted', 'late', 'returned', 'failed'),
        state: oneOf('running', 'complete', 'failed', 'cancelled', 'ended'),
      }),
    ),
    state: oneOf(...STUDY_STATES),
  }),
  Enqueued: object({ enqueued: count() }),
  Importance: object(
    { trials: count(), top: count(), parameters: list(object({ name: text, importance: real })) },
    { warning: text },
  ),
  Study: object(
    {
      name: text,
      request: ref('StudyRequest'),
      spec: ref('StudySpec'),
      state: oneOf(...STUDY_STATES),
      account: ref('StudyAccount'),
      running: list(ref('Trial')),
      enqueued: count(),
      recent: list(ref('Trial')),
      late: list(ref('LateOutcome')),
    },
    {
      reason: text,
      endedBy,
      until: instant,
      regret: object({ trials: count(1) }, { bound: real, error: real }),
      best: ref('Trial'),
      front: ref('StudyFront'),
      proposal: ref('StudyProposal'),
      waiting: list(ref('Trial')),
      team: ref('TeamView'),
      waitingFor: text,
      workersOut: list(ref('WorkerOut')),
    },
  ),
};
