import { InvalidArgumentError, type Command } from 'commander';
import {
  RESTARTS,
  SAMPLERS,
  type Bounds,
  type Restarts,
  type SamplerOptions,
  type StudyRequest,
  type StudyView,
} from '../../contracts/optimisation/study';
import type { StudyOptions } from '../../client/optimisation';
import type { Attributes } from '../../contracts/optimisation/attributes';
import { PRUNERS } from '../../contracts/optimisation/pruning';
import { count, jsonOf, within, type CliDeps } from '../command';
import { printOne, printPage } from '../output';
import { warmStartFrom } from '../study-files';
import { attributesText, bestText, outText } from '../study-screen';
import { tellVerdict } from './propose';
import type { Retries, StopRules } from '../../contracts/optimisation/budget';
import { amount, retriesFlag, stopRule } from './budget-flags';
import { prunerFlag } from './pruner-flag';
import { attributeFlag } from './attribute-flag';
import { addAskingCommands } from './study-asking';
import { addDeleteCommand } from './study-delete';
import { addImportCommand } from './study-import';
import { addInsightCommands } from './study-insight';
import { addLineageCommand, pbtFlag } from './study-lineage';
import { addParetoCommand, frontText, measures } from './study-pareto';
import { addReportCommand } from './study-report';
import { addSteeringCommands } from './study-steering';
import { addTeamCommand, teamLine } from './study-team';
import { addWatchCommand } from './study-watch';

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
  wait: _wait,
  ...flags
}: StartFlags): StudyOptions {
  const names = ['over', 'only', 'evaluator', 'minimise', 'maximise', 'subjectTo', 'sampler', 'seed', 'parallelism'];
  const known = [
    ...names,
    'team',
    'pruner',
    'reportMs',
    'attempts',
    'heartbeatMs',
    'trialMs',
    'leaseSeconds',
    'stopWhen',
    'atEnd',
    'retries',
  ];
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => known.includes(name)));
  const options: SamplerOptions = {
    ...(points === undefined ? {} : { points }),
    ...(restarts === undefined ? {} : { restarts }),
    ...pbt,
  };
  const budget = { trials, seconds, cost, costPerTrial, unreported };
  const samplerOptions = Object.keys(options).length === 0 ? {} : { samplerOptions: options };
  const space = dimensions === undefined ? {} : { space: { dimensions } };
  return {
    ...given,
    ...space,
    ...samplerOptions,
    budget: Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined)),
    ...(baseline ? {} : { baseline }),
    ...(attribute === undefined ? {} : { attributes: attribute }),
  } as unknown as StudyOptions;
}

/** The budgets beside that of trials. */
function budgetText({ account: { cost }, until }: StudyView): string {
  const over = cost === undefined || cost.overrun === 0 ? '' : `, ${String(cost.overrun)} more than there was`;
  const money =
    cost === undefined
      ? ''
      : `, cost ${String(cost.spent)} of ${String(cost.budget)} (${String(cost.reserved)} set aside${over})`;
  return `${money}${until === undefined ? '' : `, until ${until}`}`;
}

/** The newest bound on the regret. */
function regretText({ regret }: StudyView): string {
  if (regret === undefined) return '';
  const { trials, bound, error } = regret;
  const most = bound === undefined ? 'no model' : `at most ${String(bound)}`;
  return `  regret   ${most} by ${String(trials)} trials, wanted below ${error === undefined ? 'what is not known yet' : String(error)}\n`;
}

function studyText(name: string, view: StudyView): string {
  const { account, best, front, state, reason, enqueued } = view;
  const head = `${name}  ${state}  ${String(account.asked)} of ${String(account.budget)} trials${budgetText(view)}`;
  const pruned = view.spec.pruner === undefined && account.pruned === 0 ? '' : `${String(account.pruned)} pruned, `;
  const resting = account.waiting === undefined ? '' : `, ${String(account.waiting)} waiting for promotion`;
  const counts = `${String(account.complete)} complete, ${pruned}${String(account.failed)} failed, ${String(account.cancelled)} cancelled, ${String(account.running)} running${resting}`;
  const waiting = enqueued === 0 ? '' : `; ${String(enqueued)} enqueued`;
  const again = `${String(account.begunAgain)} begun again, ${String(account.late)} late${waiting}`;
  const won = front === undefined ? `  best     ${bestText(best)}\n` : frontText(view.spec, front);
  const why = reason === undefined ? '' : `  because  ${reason}\n`;
  const { warmStart, attributes } = view.request;
  const noted = attributes === undefined ? '' : `  noted    ${attributesText(attributes)}\n`;
  const of = warmStart?.from === undefined ? '' : ` of ${warmStart.from}`;
  const warm =
    warmStart === undefined ? '' : `  learnt   from ${String(warmStart.trials)} trials${of} before its own\n`;
  return `${head}\n${noted}  account  ${counts}; ${again}\n${won}${teamLine(view)}${warm}${regretText(view)}${leasesText(view)}${outsText(view)}${why}${waitingText(name, view)}`;
}

/** What a person does when nobody evaluates. */
function waitingText(name: string, { waitingFor, spec }: StudyView): string {
  if (waitingFor === undefined) return '';
  const todo =
    spec.evaluator === undefined
      ? `ask with         mabeam study ask ${name} --client <you>`
      : 'start one with   mabeam evaluator <definition file>   or   python -m mabeam.evaluator <module>:<function>';
  return `waiting: ${waitingFor}\n  ${todo}\n`;
}

/** Workers that take no trials. */
function outsText({ workersOut = [] }: StudyView): string {
  return workersOut.map((each) => `  out      ${outText(each)}\n`).join('');
}

const SHOWN_LEASES = 10;

/** Who has which trial of a study that is asked from outside. */
function leasesText({ running }: StudyView): string {
  const leases = running.flatMap(({ number, lease }) =>
    lease === undefined
      ? []
      : [`  with     ${lease.client}: ${String(number)}/${String(lease.attempt)} until ${lease.until}\n`],
  );
  const more = leases.length - SHOWN_LEASES;
  return leases.slice(0, SHOWN_LEASES).join('') + (more > 0 ? `  with     ${String(more)} more\n` : '');
}

function addStart(study: Command, deps: CliDeps): void {
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

const TRIAL_COLUMNS = ['number', 'state', 'attempts', 'measures', 'lastReport', 'configuration', 'worker'];

function addLooks(study: Command, deps: CliDeps): void {
  study
    .command('show <name>')
    .description('how a study stands')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.studies.at(name).view();
        printOne(deps, options.output, { name, ...view }, () => studyText(name, view));
        return 0;
      }),
    );
  study
    .command('trials <name>')
    .description('the trials of a study, from the read model')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.studies.at(name).trials({ pageSize: 500 });
        const noted = page.items.some(({ attributes }) => attributes !== undefined) ? ['attributes'] : [];
        printPage(deps, options.output, page, [...TRIAL_COLUMNS, ...noted]);
        return 0;
      }),
    );
  study
    .command('list')
    .description('the studies of the space, from the read model')
    .option('--status <status>', 'only of this status')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.studies.list({ pageSize: 500, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
}

/** `mabeam study start|show|watch|pause|resume|change|extend|copy|enqueue|ask|tell|stop|delete|propose|trials|lineage|list|team|pareto|importance|export|report|import`. */
export function addStudyCommands(program: Command, deps: CliDeps): void {
  const study = program
    .command('study')
    .description('studies: start, show, watch, report, steer, ask, tell, stop, delete, propose, trials, list');
  addStart(study, deps);
  addLooks(study, deps);
  addSteeringCommands(study, deps);
  addDeleteCommand(study, deps);
  addAskingCommands(study, deps);
  addInsightCommands(study, deps);
  addParetoCommand(study, deps);
  addLineageCommand(study, deps);
  addReportCommand(study, deps);
  addTeamCommand(study, deps);
  addWatchCommand(study, deps);
  addImportCommand(study, deps, studyText);
  study
    .command('stop <name>')
    .description('end asking; what runs may finish')
    .option('--reason <text>', 'why')
    .option('--cancel', 'cancel what runs')
    .action((name: string, { reason, cancel }: { reason?: string; cancel?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const said = {
          ...(reason === undefined ? {} : { reason }),
          ...(cancel === true ? { running: 'cancel' as const } : {}),
        };
        const state = await space.studies.at(name).stop({ ...how, ...said });
        printOne(deps, options.output, { name, state }, () => `${name} ${state}\n`);
        return 0;
      }),
    );
  study
    .command('propose <name>')
    .description('propose the best trial, or the one that is named, on its set, with the study as evidence')
    .option('--trial <number>', 'which one; with several objectives none is the best', count)
    .option('--based-on <version>', 'default: the version that the study began with', count)
    .option('--because <text>', 'why')
    .option('--proposer <name>', 'who proposes (default: cli)')
    .option('--wait', 'wait for the ballot')
    .action(
      (
        name: string,
        flags: { trial?: number; basedOn?: number; because?: string; proposer?: string; wait?: boolean },
        command: Command,
      ) =>
        within(deps, command, 'change', async ({ space, options, how }) => {
          const { wait, ...said } = flags;
          const handle = space.studies.at(name);
          const proposing = await handle.propose({ ...how, proposer: 'cli', ...said });
          const verdict = wait === true ? await proposing.decided() : await proposing.verdict;
          const { spec } = await handle.view();
          return tellVerdict(deps, options, spec.over?.set ?? name, verdict);
        }),
    );
}
