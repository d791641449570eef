import { InvalidArgumentError, type Command } from 'commander';
import type { StudyOptions } from '../../client/optimisation';
import type { Attributes } from '../../contracts/optimisation/attributes';
import type { Retries, StopRules } from '../../contracts/optimisation/budget';
import { PRUNERS } from '../../contracts/optimisation/pruning';
import {
  RESTARTS,
  SAMPLERS,
  type Bounds,
  type Restarts,
  type SamplerOptions,
  type StudyRequest,
} from '../../contracts/optimisation/study';
import { count, jsonOf, within, type CliDeps } from '../command';
import { printOne } from '../output';
import { warmStartFrom } from '../study-files';
import { attributeFlag } from './attribute-flag';
import { amount, retriesFlag, stopRule } from './budget-flags';
import { prunerFlag } from './pruner-flag';
import { pbtFlag } from './study-lineage';
import { measures } from './study-pareto';
import { studyText } from './study-show';

interface StartFlags {
  readonly over?: string;
  readonly dimensions?: unknown;
  readonly only?: readonly string[];
  readonly evaluator?: string;
  readonly leaseSeconds?: number;
  readonly minimise?: string | readonly string[];
  readonly maximise?: string | readonly string[];
  readonly subjectTo?: Bounds;
  readonly sampler?: StudyRequest['sampler'];
  readonly team?: StudyRequest['team'];
  readonly points?: number;
  readonly restarts?: Restarts;
  readonly pbt?: SamplerOptions;
  readonly pruner?: StudyRequest['pruner'];
  readonly reportMs?: number;
  readonly seed?: number;
  readonly trials: number;
  readonly seconds?: number;
  readonly cost?: number;
  readonly costPerTrial?: number;
  readonly unreported?: 'charge' | 'free';
  readonly stopWhen?: StopRules;
  readonly atEnd?: 'finish' | 'cancel';
  readonly retries?: Retries;
  readonly parallelism?: number;
  readonly attempts?: number;
  readonly heartbeatMs?: number;
  readonly trialMs?: number;
  readonly baseline: boolean;
  readonly warmStart?: string;
  readonly attribute?: Attributes;
  readonly wait?: boolean;
}

/** Collects bounds such as `falsePositives<=0.002`. */
function bounds(text: string, before: Bounds = {}): Bounds {
  const [, measure, relation, number] = /^([^<>=]+)(<=|>=)(.+)$/.exec(text) ?? [];
  const value = Number(number);
  if (measure === undefined || number === undefined || !Number.isFinite(value))
    throw new InvalidArgumentError(`expected measure<=number or measure>=number; got ${text}`);
  return { ...before, [measure]: { ...before[measure], [relation === '<=' ? 'atMost' : 'atLeast']: value } };
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError(`expected a number from 0; got ${text}`);
  return number;
}

function requestOf({
  trials,
  seconds,
  cost,
  costPerTrial,
  unreported,
  baseline,
  dimensions,
  points,
  restarts,
  pbt,
  attribute,
  warmStart: _warmStart,
  wait: _wait,
  ...same
}: StartFlags): StudyOptions {
  const options: SamplerOptions = {
    ...(points === undefined ? {} : { points }),
    ...(restarts === undefined ? {} : { restarts }),
    ...pbt,
  };
  const budget = { trials, seconds, cost, costPerTrial, unreported };
  const samplerOptions = Object.keys(options).length === 0 ? {} : { samplerOptions: options };
  const space = dimensions === undefined ? {} : { space: { dimensions } };
  return {
    ...same,
    ...space,
    ...samplerOptions,
    budget: Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined)),
    ...(baseline ? {} : { baseline }),
    ...(attribute === undefined ? {} : { attributes: attribute }),
  } as unknown as StudyOptions;
}

/** `mabeam study start`. */
export function addStartCommand(study: Command, deps: CliDeps): void {
  study
    .command('start <name>')
    .description('find or start a study: one name and one request are one study')
    .option('--evaluator <name>', 'who evaluates; without it the study is asked from outside: study ask, study tell')
    .option('--over <set>', 'the set whose values are sought')
    .option('--dimensions <json>', 'a space of its own, for a study over no set: dimensions by name', jsonOf)
    .option('--only <variables...>', 'only these variables of the set')
    .option('--minimise <measure>', 'the objective; repeated, one of several', measures)
    .option('--maximise <measure>', 'the same, to be made large; both may be given', measures)
    .option('--subject-to <bound>', 'such as falsePositives<=0.002; may be repeated', bounds)
    .option('--sampler <name>', `${SAMPLERS.join(', ')} or auto`)
    .option('--team <json>', 'several optimisers in the place of a sampler: members and a rule', jsonOf)
    .option('--points <number>', 'grid: values of a float without a step (default 10)', count)
    .option('--restarts <kind>', `cmaes: what follows a run that has converged: ${RESTARTS.join(', ')} (default ipop)`)
    .option('--pbt <options>', 'pbt: population=10,quantile=0.25,resample=0.25,perturb=0.8/1.2, the defaults', pbtFlag)
    .option(
      '--pruner <pruner>',
      `${PRUNERS.join(', ')}; with options: halving:minResource=2,reductionFactor=3`,
      prunerFlag,
    )
    .option('--report-ms <ms>', 'how often a trial asks whether it should stop (default 1000)', count)
    .option('--seed <number>', 'repeats the suggestions of another study', whole)
    .option('--trials <number>', 'the budget, exact', count, 100)
    .option('--seconds <number>', 'a budget of time beside it: then no new trial is asked for', count)
    .option('--cost <number>', 'a budget of money beside it, in your unit; comes with --cost-per-trial', amount)
    .option(
      '--cost-per-trial <number>',
      'the most that one trial may cost, attempts together: so much is set aside',
      amount,
    )
    .option('--unreported <policy>', 'what a trial counts that does not say its cost: charge (the default) or free')
    .option(
      '--stop-when <rule>',
      'target=0.01, noProgress=20, noProgress=20/0.001, regretBound=0.01 or 1% or 0.01/20/5; may be repeated',
      stopRule,
    )
    .option('--at-end <what>', 'what runs when time is over or a rule is met: finish (the default) or cancel')
    .option('--parallelism <number>', 'trials at once (default 4, asked from outside 50)', count)
    .option('--attempts <number>', 'attempts for each trial (default 3)', count)
    .option('--retries <counts>', 'by kind of failure, such as lost=5,thrown=0,timeout=1,invalid=0', retriesFlag)
    .option('--heartbeat-ms <ms>', 'a worker silent for so long is lost (default 10000)', count)
    .option('--trial-ms <ms>', 'longest evaluation (default an hour)', count)
    .option('--lease-seconds <seconds>', 'asked from outside: how long a client may take (default an hour)', count)
    .option('--no-baseline', 'do not measure the present values first')
    .option('--warm-start <file>', 'trials that the sampler learns from first: JSON lines of study export or import')
    .option('--attribute <name=value>', 'what you note of the study, such as owner=ann; may be repeated', attributeFlag)
    .option('--wait', 'wait for the end')
    .action((name: string, flags: StartFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        const warm = flags.warmStart === undefined ? {} : { warmStart: await warmStartFrom(flags.warmStart) };
        const handle = await space.studies.start(name, { ...requestOf(flags), ...warm });
        if (flags.wait === true) await handle.finished();
        const view = await handle.view();
        printOne(deps, options.output, { name, ...view }, () => studyText(name, view));
        return 0;
      }),
    );
}
