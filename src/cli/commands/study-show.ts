import type { Command } from 'commander';
import type { StudyChanged, StudyView } from '../../contracts/optimisation/study';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';
import { attributesText, bestText, outText } from '../study-screen';
import { frontText } from './study-pareto';
import { teamLine } from './study-team';

/** What a study may use by now, all told. */
export function fundsText({ budget, seconds, cost }: StudyChanged): string {
  const time = seconds === undefined ? '' : `, ${String(seconds)} seconds`;
  return `${String(budget)} trials${time}${cost === undefined ? '' : `, cost ${String(cost)}`}`;
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

/** How a study stands, for people. */
export function studyText(name: string, view: StudyView): string {
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

/** `mabeam study show`. */
export function addShowCommand(study: Command, deps: CliDeps): void {
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
}
