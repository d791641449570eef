import { InvalidArgumentError, type Command } from 'commander';
import type { Said } from '../../client/ballots';
import { originOf, saidBy, type BallotView, type Tally } from '../../contracts/coordination/ballot';
import { count, valueOf, within, type CliDeps } from '../command';
import { printOne, printPage, printRows, type Format } from '../output';
import { addBallotOpen } from './ballot-open';
import { addBallotWhatIf } from './ballot-whatif';

const LISTED = 500;
const CHOICES = ['yes', 'no', 'abstain'] as const;

const saidText = (choice: Said): string => (typeof choice === 'object' ? choice.join(' > ') : String(choice));

/** What a voter says: one of the words, a number, or options. */
function said(text: string): Said {
  const choice = CHOICES.find((each) => each === text);
  if (choice !== undefined) return choice;
  const value = valueOf(text);
  if (typeof value === 'number') return value;
  const options = text.split(',').map((each) => each.trim());
  if (typeof value === 'string' && options.every((each) => each !== '')) return options;
  throw new InvalidArgumentError(`expected yes, no, abstain, a number, or options such as a,b; got ${text}`);
}

function openText({ deadline, rounds }: BallotView): string {
  const until = `open until ${deadline}\n`;
  return rounds === undefined ? until : `round ${String(rounds.round)} of ${String(rounds.plan.most)}, ${until}`;
}

function decidedText({ outcome, because, chosen, median }: Tally): string {
  const what = chosen?.option ?? median?.value;
  return `${outcome}${what === undefined ? '' : ` ${String(what)}`}: ${because}\n`;
}

function show(deps: CliDeps, format: Format | undefined, name: string, view: BallotView): void {
  if (format === 'json' || format === 'jsonl') {
    printOne(deps, format, { name, ...view }, () => '');
    return;
  }
  const casts = view.casts.map((cast) => ({ ...cast, choice: saidBy(cast), via: originOf(cast) }));
  const waiting = view.waitingFor.map((voter) => ({ voter, choice: 'waited for' }));
  printRows(deps, format, [...casts, ...waiting], ['voter', 'choice', 'via', 'reason']);
  const { tally } = view;
  if (deps.isTty) deps.err(tally === undefined ? openText(view) : decidedText(tally));
}

/** `mabeam vote BALLOT VOTER CHOICE` and `mabeam ballot open|list|show|whatif|letters|replay`. */
export function addBallotCommands(program: Command, deps: CliDeps): void {
  program
    .command('vote <ballot> <voter>')
    .description(
      'vote, name a number where a median decides, or options where one is chosen; the first vote of a voter is final, a standing one may be replaced if the rule says so',
    )
    .argument('<choice>', 'yes, no, abstain, a number, or options, the best first, such as a,b', said)
    .option('--reason <text>', 'why')
    .action((name: string, voter: string, choice: Said, { reason }: { reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.ballots.get(name).vote(voter, choice, reason === undefined ? how : { ...how, reason });
        printOne(deps, options.output, { counted: true }, () => `counted: ${voter} ${saidText(choice)} on ${name}\n`);
        return 0;
      }),
    );
  const ballot = program.command('ballot').description('ballots: open, list, look, other rules, dead letters');
  addBallotOpen(ballot, deps);
  addBallotWhatIf(ballot, deps);
  ballot
    .command('list')
    .description('the ballots of the space, from the read model')
    .option('--status <status>', 'only of this status: open, decided')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.ballots.list({ pageSize: LISTED, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
  ballot
    .command('show <ballot>')
    .description('votes with their origin and reasons, and who is waited for')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        show(deps, options.output, name, await space.ballots.get(name).view());
        return 0;
      }),
    );
  ballot
    .command('letters <ballot>')
    .description('votes that could not be counted')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const items = await space.ballots.get(name).deadLetters();
        printPage(deps, options.output, { items }, ['number', 'at', 'name', 'refusal']);
        return 0;
      }),
    );
  ballot
    .command('replay <ballot>')
    .argument('<number>', 'of the dead letter', count)
    .description('take a dead letter back, once')
    .action((name: string, number: number, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        await space.ballots.get(name).replay(number, how);
        printOne(deps, options.output, { replayed: number }, () => '');
        return 0;
      }),
    );
}
