import { InvalidArgumentError, type Command } from 'commander';
import type { BallotRequest, Voter } from '../../contracts/coordination/ballot';
import { PlatformError, refuse } from '../../contracts/errors';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';
import { fractionOf, ruleOf, thresholdOf, wordOf, type RuleFlags } from './rule-flag';

type AskedVoter = Partial<Voter> & Pick<Voter, 'id'>;

interface OpenFlags extends RuleFlags {
  readonly title?: string;
  readonly because?: string;
  readonly agent?: readonly AskedVoter[];
  readonly person?: readonly AskedVoter[];
  readonly veto?: readonly string[];
  readonly delegate?: readonly (readonly [from: string, to: string])[];
  readonly option?: readonly string[];
  readonly present?: string;
  readonly low?: number;
  readonly high?: number;
  readonly step?: number;
  readonly deadline?: string;
  readonly rounds?: number;
  readonly spread?: number;
}

/** `NAME` or `NAME=WEIGHT`. */
const voters =
  (kind: Voter['kind']) =>
  (text: string, before: readonly AskedVoter[] = []): readonly AskedVoter[] => {
    const [id = '', weight] = text.split('=');
    return [...before, { id, kind, ...(weight === undefined ? {} : { weight: real(weight) }) }];
  };

/** What is wrong with the flags together. */
const misused = (message: string): PlatformError => new PlatformError(refuse('invalid-request', message));

function presentNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw misused(`--present is a number here; got ${text}`);
  return number;
}

const words = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function delegations(text: string, before: NonNullable<OpenFlags['delegate']> = []) {
  const [from = '', to = ''] = text.split('=');
  if (from === '' || to === '') throw new InvalidArgumentError(`expected VOTER=DELEGATE; got ${text}`);
  return [...before, [from, to] as const];
}

function real(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError(`expected a number; got ${text}`);
}

function electorateOf({ agent = [], person = [], veto = [], delegate = [] }: OpenFlags): readonly AskedVoter[] {
  const known = [...agent, ...person];
  const odd = [...veto, ...delegate.map(([from]) => from)].find((id) => !known.some((voter) => voter.id === id));
  if (odd !== undefined) throw misused(`${odd} is no voter of this ballot: name it by --agent or --person`);
  return known.map((voter) => {
    const to = delegate.find(([from]) => from === voter.id)?.[1];
    return {
      ...voter,
      ...(veto.includes(voter.id) ? { veto: true } : {}),
      ...(to === undefined ? {} : { delegate: to }),
    };
  });
}

/** What is decided: a number where bounds are given, an option where some are, else yes or no. */
function questionOf({ option, present, low, high, step }: OpenFlags): Partial<BallotRequest> {
  if (low !== undefined && high !== undefined) {
    if (present === undefined) throw misused('a number needs the present one: --present');
    return { number: { present: presentNumber(present), low, high, ...(step === undefined ? {} : { step }) } };
  }
  return {
    ...(option === undefined ? {} : { options: option }),
    ...(present === undefined ? {} : { present }),
  };
}

function requestOf(name: string, flags: OpenFlags): BallotRequest {
  const { title = name, because, deadline, rounds, spread = 0 } = flags;
  const rule = ruleOf(flags);
  const question = questionOf(flags);
  const isAnswer = question.options === undefined && question.number === undefined;
  const half = { numerator: 1, denominator: 2 };
  return {
    title,
    electorate: electorateOf(flags),
    opener: 'cli',
    ...question,
    ...(Object.keys(rule).length === 0 ? {} : { rule: isAnswer ? rule : { quorum: half, ...rule } }),
    ...(because === undefined ? {} : { because }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(rounds === undefined ? {} : { rounds: { most: rounds, spread } }),
  };
}

/** `mabeam ballot open NAME …`. */
export function addBallotOpen(ballot: Command, deps: CliDeps): void {
  ballot
    .command('open <ballot>')
    .description('open a ballot that no variable set asks for: yes or no, one of several options, or a number')
    .option('--title <text>', 'what is voted on (default: the name)')
    .option('--because <text>', 'why it is asked')
    .option('--agent <voter>', 'an agent that votes, NAME or NAME=WEIGHT; as often as needed', voters('agent'))
    .option('--person <voter>', 'a person who votes, NAME or NAME=WEIGHT; as often as needed', voters('person'))
    .option('--veto <voter>', 'whose no keeps what is there', words)
    .option('--delegate <voter=delegate>', 'who gives its vote to whom, from the opening on', delegations)
    .option('--option <option>', 'one that may be chosen; as often as needed', words)
    .option('--present <option>', 'the option, or the number, that is there and is kept unless another one wins')
    .option('--low <number>', 'the lowest number that may be named', real)
    .option('--high <number>', 'the highest number that may be named', real)
    .option('--step <number>', 'numbers lie on low + k · step', real)
    .option('--rule <rule>', 'default: schulze for options, median for a number, else majority', thresholdOf)
    .option('--quorum <share>', 'share of the weight that must have voted', fractionOf)
    .option('--cap <share>', 'highest share of the weight that one voter counts for', fractionOf)
    .option('--lost <what>', 'count, proxy or exclude who cannot vote', wordOf('count', 'proxy', 'exclude'))
    .option('--ties <what>', 'keep what is there, or choose the first listed', wordOf('keep', 'listed'))
    .option('--deadline <duration>', 'of the ballot, or of each round (default 1h)')
    .option('--rounds <count>', 'name the number in at most so many rounds', real)
    .option('--spread <number>', 'rounds end when half of the weight lies within it (default 0)', real)
    .action((name: string, flags: OpenFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const opened = await space.ballots.open(name, requestOf(name, flags), how);
        printOne(deps, options.output, { name, ...(await opened.view()) }, () => `open: ${name}\n`);
        return 0;
      }),
    );
}
