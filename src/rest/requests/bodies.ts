import { MAX_SCORE } from '../../contracts/coordination/election';
import { MAX_BARRIER_WAIT_MS, MAX_PARTICIPANT, MAX_PARTIES } from '../../contracts/coordination/barrier';
import { MAX_LOCK_DELAY_MS, MAX_LOCK_HOLD_MS, MAX_LOCK_WAIT_MS, MAX_PERMITS } from '../../contracts/coordination/lock';
import { MAX_LABEL, SESSION_TTL_MS } from '../../contracts/coordination/session';
import { z } from 'zod';
import { MAX_OPTIONS, MAX_REASON, MAX_TITLE, MAX_VOTERS } from '../../contracts/coordination/ballot';
import { MAX_RANGE, MAX_STRIPES } from '../../contracts/coordination/counter';
import { MAX_DELIVERY_WAIT_MS, MAX_KEY, MAX_PATTERNS } from '../../contracts/coordination/topic';
import { MAX_ASKED, MAX_LEASE_SECONDS } from '../../contracts/optimisation/asking';
import { PRUNERS } from '../../contracts/optimisation/pruning';
import { FAILURE_KINDS } from '../../contracts/optimisation/budget';
import { EXPORT_FORMATS, MAX_ENQUEUED, MAX_OBJECTIVES, RESTARTS, SAMPLERS } from '../../contracts/optimisation/study';
import { MAX_MEMBERS, TEAM_RULES } from '../../contracts/optimisation/team';
import { MAX_EARLIER } from '../../contracts/optimisation/warm-start';
import {
  MAX_GROUP_TYPES,
  MAX_IN_FLIGHT,
  MAX_LEASE_MS,
  MAX_NACK_REASON,
  MAX_PARKED,
  MAX_RETRIES,
  MAX_TAKE,
  MAX_TAKE_WAIT_MS,
  NACK_ACTIONS,
} from '../../contracts/subscription';
import { MAX_BECAUSE, MAX_SET_LEASE_MS, MIN_SET_LEASE_MS } from '../../contracts/variable-set';

const value = z.union([z.number(), z.string(), z.boolean()]);
const text = z.string().min(1).max(200);
/** How much of them is said by the study. */
const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const evidence = z.strictObject({
  study: z.string().exactOptional(),
  trials: z.array(z.int().min(1)).exactOptional(),
  effect: z
    .strictObject({
      measure: z.string(),
      before: z.number(),
      after: z.number(),
      interval: z.tuple([z.number(), z.number()]).exactOptional(),
    })
    .exactOptional(),
  measuredOn: z.int().min(1).exactOptional(),
});

/** POST agents. */
export const startAgent = z.strictObject({
  type: text,
  name: z.string(),
  args: z.unknown().optional(),
  queue: z.string().exactOptional(),
});
/** POST agents/{name}:tell, :ask and :inspect. */
export const call = z.strictObject({
  message: text,
  arg: z.unknown().optional(),
  timeoutMs: z.int().min(1).max(600_000).exactOptional(),
});
/** POST …:stop. */
export const stop = z.strictObject({ reason: z.string().max(2_000).exactOptional() });
/** POST agents/{name}:replayDeadLetter and ballots/{name}:replayDeadLetter. */
export const replay = z.strictObject({ number: z.int().min(1) });
/** POST variableSets. */
export const startSet = z.strictObject({ name: z.string() });
/** POST variableSets/{set}/proposals: either changes or a version to restore. */
export const propose = z
  .strictObject({
    changes: z.record(z.string(), value).exactOptional(),
    restore: z.int().min(1).exactOptional(),
    basedOn: z.int().min(1),
    reads: z.array(text).exactOptional(),
    lease: z.int().min(1).exactOptional(),
    because: z.string().max(MAX_BECAUSE).exactOptional(),
    evidence: evidence.exactOptional(),
    proposer: text.exactOptional(),
  })
  .refine((body) => (body.changes === undefined) !== (body.restore === undefined), {
    message: 'expected exactly one of changes and restore',
  });
/** POST variableSets/{set}:redefine. */
export const redefine = z.strictObject({
  hash: text,
  proposer: text.exactOptional(),
  lease: z.int().min(1).exactOptional(),
});
/** POST variableSets/{set}:lease. */
export const leaseSet = z.strictObject({
  holder: text,
  forMs: z.int().min(MIN_SET_LEASE_MS).max(MAX_SET_LEASE_MS),
  because: z.string().max(MAX_BECAUSE).exactOptional(),
  token: z.int().min(1).exactOptional(),
});
/** POST variableSets/{set}:endLease: either the token or why it is broken. */
export const endLease = z
  .strictObject({ token: z.int().min(1).exactOptional(), broken: text.exactOptional() })
  .refine((body) => (body.token === undefined) !== (body.broken === undefined), {
    message: 'expected exactly one of token and broken',
  });
const fraction = z.strictObject({ numerator: z.int(), denominator: z.int() });
/** What of it contradicts itself is said by the ballot. */
const ballotRule = z.strictObject({
  threshold: z
    .strictObject({
      kind: text,
      share: fraction.exactOptional(),
      k: z.int().exactOptional(),
      liars: z.int().exactOptional(),
    })
    .exactOptional(),
  of: z.enum(['eligible', 'cast']).exactOptional(),
  quorum: fraction.exactOptional(),
  lost: z.enum(['count', 'proxy', 'exclude']).exactOptional(),
  cap: fraction.exactOptional(),
  ties: z.enum(['keep', 'listed']).exactOptional(),
});
const ballotVoter = z.strictObject({
  id: z.string(),
  kind: z.enum(['agent', 'person']).exactOptional(),
  weight: z.number().exactOptional(),
  veto: z.boolean().exactOptional(),
  proxy: text.exactOptional(),
  delegate: text.exactOptional(),
});
/** POST ballots: what is voted on, by whom, under which rule. What contradicts itself is said by the ballot. */
export const openBallot = z.strictObject({
  name: z.string(),
  title: z.string().max(MAX_TITLE),
  electorate: z.array(z.union([z.string(), ballotVoter])).max(MAX_VOTERS),
  rule: ballotRule.exactOptional(),
  options: z.array(text).max(MAX_OPTIONS).exactOptional(),
  present: text.exactOptional(),
  number: z
    .strictObject({
      present: z.number(),
      low: z.number(),
      high: z.number(),
      step: z.number().exactOptional(),
      isWhole: z.boolean().exactOptional(),
    })
    .exactOptional(),
  deadlineMs: z.int().min(1).exactOptional(),
  rounds: z.strictObject({ most: z.int(), spread: z.number() }).exactOptional(),
  because: z.string().max(MAX_REASON).exactOptional(),
  evidence: z.unknown().optional(),
  opener: text.exactOptional(),
});
/** POST ballots/{name}:whatIf: another rule; what is left out is as it was. */
export const whatIf = ballotRule;
/** POST ballots/{name}:vote: a choice, a number under a median, or options where one is chosen, the best first. */
export const vote = z
  .strictObject({
    voter: text,
    choice: z.enum(['yes', 'no', 'abstain']).exactOptional(),
    value: z.number().exactOptional(),
    ranking: z.array(text).min(1).max(MAX_OPTIONS).exactOptional(),
    reason: z.string().max(MAX_REASON).exactOptional(),
    measured: z.record(z.string(), z.number()).exactOptional(),
  })
  .refine(({ choice, value, ranking }) => [choice, value, ranking].filter((x) => x !== undefined).length === 1, {
    message: 'expected exactly one of choice, value and ranking',
  });
/** POST counters/{name}:add. How the parts of a counter go together is said by the counter. */
export const addToCounter = z.strictObject({
  by: z.int().exactOptional(),
  spec: z
    .strictObject({
      start: z.int().exactOptional(),
      min: z.int().exactOptional(),
      max: z.int().exactOptional(),
      stripes: z.int().min(1).max(MAX_STRIPES).exactOptional(),
    })
    .exactOptional(),
});
/** POST counters/{name}:reset. */
export const resetCounter = z.strictObject({ to: z.int().exactOptional() });
/** POST counters/{name}:allocate. */
export const allocateIds = z.strictObject({ count: z.int().min(1).max(MAX_RANGE) });
/** POST values/{name}:set. */
export const setValue = z.strictObject({ value: z.json() });
/** POST values/{name}:compareAndSet. */
export const compareAndSetValue = z.strictObject({ version: z.int().min(0), value: z.json() });
const bound = z.strictObject({ atMost: z.number().exactOptional(), atLeast: z.number().exactOptional() });
const pruner = z.looseObject({ kind: z.enum(PRUNERS) });
/** One measure, or several. */
const measures = z.union([text, z.array(text).min(1).max(MAX_OBJECTIVES)]);
const studyBudget = z.strictObject({
  trials: z.int().min(1),
  seconds: z.int().min(1).exactOptional(),
  cost: z.number().exactOptional(),
  costPerTrial: z.number().exactOptional(),
  unreported: z.enum(['charge', 'free']).exactOptional(),
});
/** POST studies. What the numbers may be is said by the study itself. */
export const startStudy = z.strictObject({
  name: z.string(),
  over: text.exactOptional(),
  only: z.array(text).max(100).exactOptional(),
  space: z.strictObject({ dimensions: z.record(z.string(), z.record(z.string(), z.unknown())) }).exactOptional(),
  evaluator: text.exactOptional(),
  leaseSeconds: z.int().min(1).exactOptional(),
  minimise: measures.exactOptional(),
  maximise: measures.exactOptional(),
  subjectTo: z.record(z.string(), bound).exactOptional(),
  sampler: z.enum([...SAMPLERS, 'auto']).exactOptional(),
  samplerOptions: z
    .strictObject({
      points: z.int().min(1).exactOptional(),
      restarts: z.enum(RESTARTS).exactOptional(),
      population: z.int().min(1).exactOptional(),
      quantile: z.number().exactOptional(),
      resample: z.number().exactOptional(),
      perturb: z.tuple([z.number(), z.number()]).exactOptional(),
    })
    .exactOptional(),
  /** What a member may be is said by the study itself. */
  team: z
    .strictObject({
      members: z
        .array(z.looseObject({ name: z.string() }))
        .min(1)
        .max(MAX_MEMBERS),
      rule: z.enum(TEAM_RULES).exactOptional(),
    })
    .exactOptional(),
  /** Options by kind are said by the study itself. */
  pruner: pruner.exactOptional(),
  reportMs: z.int().min(1).exactOptional(),
  seed: z.int().min(0).exactOptional(),
  budget: studyBudget,
  stopWhen: z
    .strictObject({
      target: z.number().exactOptional(),
      noProgress: z
        .strictObject({ trials: z.int().min(1), atLeast: z.number().min(0).exactOptional() })
        .exactOptional(),
      regretBound: z
        .strictObject({
          error: z.number().exactOptional(),
          ofMedian: z.number().exactOptional(),
          startupTrials: z.int().min(1).exactOptional(),
          every: z.int().min(1).exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
  atEnd: z.enum(['finish', 'cancel']).exactOptional(),
  parallelism: z.int().min(1).exactOptional(),
  attempts: z.int().min(1).exactOptional(),
  retries: z.partialRecord(z.enum(FAILURE_KINDS), z.int().min(0)).exactOptional(),
  heartbeatMs: z.int().min(1).exactOptional(),
  trialMs: z.int().min(1).exactOptional(),
  baseline: z.boolean().exactOptional(),
  attributes: attributes.exactOptional(),
  warmStart: z
    .strictObject({
      trials: z
        .array(
          z.strictObject({ configuration: z.record(z.string(), value), measures: z.record(z.string(), z.number()) }),
        )
        .min(1)
        .max(MAX_EARLIER),
      from: text.exactOptional(),
    })
    .exactOptional(),
});
/** POST studies/{study}:stop. */
export const stopStudy = z.strictObject({
  reason: z.string().max(2_000).exactOptional(),
  running: z.enum(['finish', 'cancel']).exactOptional(),
});
/** POST studies/{study}:pause. */
export const pauseStudy = z.strictObject({ reason: z.string().max(2_000).exactOptional() });
/** POST studies/{study}:change. */
export const changeStudy = z.strictObject({
  trials: z.int().min(1).exactOptional(),
  seconds: z.int().min(1).exactOptional(),
  cost: z.number().exactOptional(),
  parallelism: z.int().min(1).exactOptional(),
});
/** POST studies/{study}:extend. */
export const extendStudy = changeStudy.omit({ parallelism: true });
/** POST studies/{study}:copy. What the budget may be is said by the study itself. */
export const copyStudy = z.strictObject({
  name: z.string(),
  budget: studyBudget.exactOptional(),
  seed: z.int().min(0).exactOptional(),
});
/** POST studies/{study}:enqueue. */
export const enqueueTrials = z.strictObject({
  configurations: z.array(z.record(z.string(), value)).min(1).max(MAX_ENQUEUED),
});
/** POST studies/{study}:ask. */
export const askTrials = z.strictObject({
  client: text,
  count: z.int().min(1).max(MAX_ASKED).exactOptional(),
  leaseSeconds: z.int().min(1).max(MAX_LEASE_SECONDS).exactOptional(),
});
/** POST studies/{study}:tell. What the measures may be is said by the study itself. */
export const tellTrials = z.strictObject({
  outcomes: z
    .array(
      z
        .strictObject({
          trial: z.int().min(1),
          attempt: z.int().min(1).exactOptional(),
          client: text.exactOptional(),
          value: z.number().exactOptional(),
          measures: z.record(z.string(), z.number()).exactOptional(),
          failed: z.string().max(2_000).exactOptional(),
          cost: z.number().exactOptional(),
          attributes: attributes.exactOptional(),
        })
        .refine(
          ({ value, measures, failed }) => [value, measures, failed].filter((x) => x !== undefined).length === 1,
          {
            message: 'expected exactly one of value, measures and failed',
          },
        ),
    )
    .min(1)
    .max(MAX_ASKED),
});
/** POST studies/{study}:propose. */
export const proposeBest = z.strictObject({
  trial: z.int().min(1).exactOptional(),
  basedOn: z.int().min(1).exactOptional(),
  because: z.string().max(MAX_BECAUSE).exactOptional(),
  proposer: text.exactOptional(),
});
/** GET studies/{study}:importance. */
export const importanceQuery = z.strictObject({ measure: text.exactOptional() });
/** GET studies/{study}:export. */
export const exportTrials = z.strictObject({ format: z.enum(EXPORT_FORMATS).exactOptional() });
/** GET studies/{study}/report; `contour` is two parameters, separated by a comma. */
export const studyReport = z.strictObject({
  contour: z
    .string()
    .regex(/^[^,]+,[^,]+$/, 'expected two parameters, separated by a comma')
    .exactOptional(),
});
const whichImport = { study: text.exactOptional(), measure: z.string().min(1).max(600).exactOptional() };
/** POST studies:readImport; `measure` are names of objectives, separated by commas. */
export const readImportQuery = z.strictObject(whichImport);
/** POST studies:import; what is left out is as in `mabeam study import`. */
export const importQuery = z.strictObject({
  ...whichImport,
  name: z.string(),
  over: text.exactOptional(),
  evaluator: text.exactOptional(),
  sampler: z.enum([...SAMPLERS, 'auto']).exactOptional(),
  trials: z.coerce.number().int().min(1).exactOptional(),
  parallelism: z.coerce.number().int().min(1).exactOptional(),
});
/** POST subscriptions. */
export const createGroup = z.strictObject({
  name: z.string(),
  types: z.array(text).max(MAX_GROUP_TYPES).exactOptional(),
  after: z.union([z.int().min(0), z.literal('end')]).exactOptional(),
  maxRetries: z.int().min(0).max(MAX_RETRIES).exactOptional(),
  leaseMs: z.int().min(100).max(MAX_LEASE_MS).exactOptional(),
  maxInFlight: z.int().min(1).max(MAX_IN_FLIGHT).exactOptional(),
  topics: z.array(text).min(1).max(MAX_PATTERNS).exactOptional(),
});
/** POST topics/{topic}:publish. What a key and a message may be is said by the store. */
export const publish = z.strictObject({
  data: z.json(),
  key: z.string().max(MAX_KEY).exactOptional(),
  publisher: text.exactOptional(),
  waitMs: z.int().min(1).max(MAX_DELIVERY_WAIT_MS).exactOptional(),
});
/** GET topics:watch; `topics` are patterns, separated by commas. */
export const watchTopics = z.strictObject({
  topics: z.string().min(1).max(4_000),
  after: z.coerce.number().int().min(0).exactOptional(),
});
/** GET deliveries/{position}. */
export const deliveryQuery = z.strictObject({
  waitMs: z.coerce.number().int().min(0).max(MAX_DELIVERY_WAIT_MS).exactOptional(),
});
/** POST subscriptions/{group}:take. */
export const take = z.strictObject({
  limit: z.int().min(1).max(MAX_TAKE).exactOptional(),
  waitMs: z.int().min(0).max(MAX_TAKE_WAIT_MS).exactOptional(),
});
const receipts = z.array(text).min(1).max(MAX_TAKE);
/** POST subscriptions/{group}:ack. */
export const ack = z.strictObject({ receipts });
/** POST subscriptions/{group}:nack. */
export const nack = z.strictObject({
  receipts,
  action: z.enum(NACK_ACTIONS),
  reason: z.string().max(MAX_NACK_REASON).exactOptional(),
  afterMs: z.int().min(0).max(MAX_LEASE_MS).exactOptional(),
});
/** POST subscriptions/{group}:replayParked. */
export const replayParked = z.strictObject({
  positions: z.array(z.int().min(1)).min(1).max(MAX_PARKED).exactOptional(),
});
/** POST sessions. */
export const openSession = z.strictObject({
  ttlMs: z.int().min(SESSION_TTL_MS.least).max(SESSION_TTL_MS.most).exactOptional(),
  label: z.string().max(MAX_LABEL).exactOptional(),
});
/** What an agent holds is its own affair. */
const ofSession = text.regex(/^[^#]+$/, 'the name of a session');
const waiting = { request: text, session: ofSession };
const acquire = {
  ...waiting,
  waitMs: z.int().min(0).max(MAX_LOCK_WAIT_MS),
  lockDelayMs: z.int().min(0).max(MAX_LOCK_DELAY_MS).exactOptional(),
  holdMs: z.int().min(1).max(MAX_LOCK_HOLD_MS).exactOptional(),
  revocable: z.boolean().exactOptional(),
};
/** POST locks/{lock}:acquire. */
export const acquireLock = z.strictObject({
  ...acquire,
  mode: z.enum(['exclusive', 'shared']).exactOptional(),
  owner: text.exactOptional(),
});
const permits = z.int().min(1).max(MAX_PERMITS);
/** POST semaphores/{semaphore}:acquire: `of` is how many permits there are. */
export const acquirePermits = z.strictObject({ ...acquire, of: permits, permits: permits.exactOptional() });
/** POST …:release of a lock or semaphore. */
export const releaseLock = z.strictObject({ session: ofSession, token: z.int().min(1) });
/** POST …:withdraw of a lock or semaphore. */
export const withdrawLock = z.strictObject(waiting);
/** POST …:revoke of a lock or semaphore. */
export const revokeLock = z.strictObject({ reason: z.string().min(1).max(500) });
/** POST …:answerRevocation of a lock or semaphore. */
export const answerRevocation = z.strictObject({ session: ofSession, token: z.int().min(1), agrees: z.boolean() });
/** POST …:break of a lock or semaphore. */
export const breakLock = z.strictObject({ reason: z.string().min(1).max(500) });
/** Metadata of a member of a group. */
export const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
/** POST groups/{groupName}:join. Tags and metadata are checked by the rule. */
export const joinGroup = z.strictObject({
  agent: text,
  tags: z.array(z.string()).exactOptional(),
  metadata: metadata.exactOptional(),
});
/** POST groups/{groupName}:leave. */
export const leaveGroup = z.strictObject({ agent: text });
/** POST elections/{election}:campaign. */
export const campaignIn = z.strictObject({
  ...acquire,
  value: z.unknown().exactOptional(),
  score: z.int().min(-MAX_SCORE).max(MAX_SCORE).exactOptional(),
});
const term = z.int().min(1);
/** POST elections/{election}:proclaim. */
export const proclaimIn = z.strictObject({ session: text, term, value: z.unknown() });
/** POST elections/{election}:resign. */
export const resignFrom = z.strictObject({ session: text, term });
/** POST elections/{election}:revoke. */
export const revokeLead = z.strictObject({ reason: z.string().min(1).max(500) });
const barrierWaitMs = z.int().min(1).max(MAX_BARRIER_WAIT_MS);
const barrierName = z.string().min(1).max(MAX_PARTICIPANT);
const barrier = {
  form: z.enum(['cyclic', 'double', 'phaser']),
  parties: z.int().min(1).max(MAX_PARTIES).exactOptional(),
  onDeath: z.enum(['leave', 'break']).exactOptional(),
  deadlineMs: barrierWaitMs.exactOptional(),
};
const participation = { participant: barrierName, request: barrierName };
/** POST barriers/{barrier}:enter. */
export const enterBarrier = z.strictObject({
  ...barrier,
  ...participation,
  session: text,
  waitMs: barrierWaitMs.exactOptional(),
  generation: z.int().min(1).exactOptional(),
});
/** POST barriers/{barrier}:leave. */
export const leaveBarrier = z.strictObject({ ...participation, session: text, waitMs: barrierWaitMs });
/** POST barriers/{barrier}:withdraw. */
export const withdrawEntry = z.strictObject(participation);
/** POST barriers/{barrier}:register. */
export const registerParty = z.strictObject({ ...barrier, participant: barrierName, session: text });
/** POST barriers/{barrier}:deregister. */
export const deregisterParty = z.strictObject({ participant: barrierName });
/** Query of how it stands with an entry. */
export const standingQuery = z.strictObject({ ...participation, of: z.enum(['entry', 'leave']).exactOptional() });
/** POST of what needs no words. */
export const nothing = z.strictObject({});

const supervisorSpec = z.strictObject({
  flags: z.record(z.string(), z.unknown()).exactOptional().meta({ description: 'OTP: sup_flags()' }),
  children: z.array(z.unknown()).meta({ description: 'OTP: [child_spec()], id and start are mandatory' }),
});
/** POST supervisors: the name of a definition or a specification. What both may hold is said by the rule, as OTP does. */
export const startSupervisor = z
  .strictObject({
    name: z.string(),
    definition: text.exactOptional(),
    spec: supervisorSpec.exactOptional(),
    sweepMs: z.int().min(1).exactOptional(),
  })
  .refine((body) => (body.definition === undefined) !== (body.spec === undefined), {
    message: 'expected exactly one of definition and spec',
  });
/** POST supervisors/{supervisor}:change. */
export const changeSupervisor = supervisorSpec;
/** POST supervisors/{supervisor}/children: a specification; for `simple_one_for_one` an id and arguments, or nothing. */
export const startChild = z.strictObject({
  id: z.unknown().optional(),
  start: z.unknown().optional(),
  restart: z.unknown().optional(),
  significant: z.unknown().optional(),
  shutdown: z.unknown().optional(),
  type: z.unknown().optional(),
  args: z.unknown().optional(),
});

const page = {
  pageSize: z.coerce.number().int().min(1).max(500).exactOptional(),
  pageToken: z.string().max(4_000).exactOptional(),
};
/** Query of a request that takes no parameters. */
export const lineageQuery = z.strictObject({ trial: z.coerce.number().int().min(1).exactOptional() });

export const noQuery = z.strictObject({});
/** Query of lists of things. */
export const listQuery = z.strictObject({ ...page, status: z.string().exactOptional() });
/** Query of the lists of trials. */
export const pageQuery = z.strictObject(page);
/** Query of the list of proposals. */
export const proposalsQuery = z.strictObject({ ...page, after: z.coerce.number().int().min(0).exactOptional() });
const reading = {
  read: z.enum(['strong', 'cached']).exactOptional(),
  maxAgeMs: z.coerce.number().int().min(0).exactOptional(),
};
/** Query of a counter. */
export const counterQuery = z.strictObject({
  ...reading,
  stripes: z.coerce.number().int().min(1).max(MAX_STRIPES).exactOptional(),
});
/** Query of a shared value. */
export const valueQuery = z.strictObject(reading);
/** Query of a lookup. */
export const lookupQuery = z.strictObject({ consistency: z.enum(['cached', 'strong']).exactOptional() });
/** Query of the order of two events. */
export const causalityQuery = z.strictObject({ a: z.string().min(1).max(400), b: z.string().min(1).max(400) });
const reflecting = {
  atLeast: z.coerce.number().int().min(0).exactOptional(),
  withinMs: z.coerce.number().int().min(0).max(20_000).exactOptional(),
};
/** Query of the groups: `atLeast` is a position that the answer has to reflect, within a time. */
export const groupsQuery = z.strictObject({ ...page, ...reflecting });
/** Query of members; `tags` is a comma-separated list, `where` a JSON object of metadata. */
export const membersQuery = z.strictObject({
  ...page,
  ...reflecting,
  agent: text.exactOptional(),
  tags: z.string().max(4_000).exactOptional(),
  where: z.string().max(4_000).exactOptional(),
});
/** Query of the watch of a group. */
export const watchQuery = z.strictObject({
  after: z.coerce.number().int().min(0).exactOptional(),
  progressMs: z.coerce.number().int().min(100).max(60_000).exactOptional(),
});
/** Query of what blocks whom. */
export const blocksQuery = z.strictObject({ of: z.string().min(1).max(400) });
/** Query of the event stream; `types` is a comma-separated list. */
export const eventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).exactOptional(),
  types: z.string().exactOptional(),
});
