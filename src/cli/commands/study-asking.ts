import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Asked, TellReply, Told } from '../../contracts/optimisation/asking';
import type { Attributes } from '../../contracts/optimisation/attributes';
import { PlatformError, refuse } from '../../contracts/errors';
import { count, jsonOf, within, type CliDeps } from '../command';
import { attributeFlag } from './attribute-flag';
import { amount } from './budget-flags';
import { printOne, printRows, type Format } from '../output';

interface AskFlags {
  readonly client: string;
  readonly count?: number;
  readonly leaseSeconds?: number;
}

interface TellFlags {
  readonly client?: string;
  readonly failed?: string;
  readonly cost?: number;
  readonly attribute?: Attributes;
  readonly from?: string;
}

const STOPPED = 5;

/** What a client was given, a row for each trial; what it waits for, on the other stream. */
function showAsked(deps: CliDeps, format: Format | undefined, name: string, asked: Asked): number {
  const hasEnded = asked.state === 'finished' || asked.state === 'stopped';
  const rows = asked.trials.map(({ trial, attempt, configuration, params = configuration, until }) => ({
    trial: `${String(trial)}/${String(attempt)}`,
    until,
    values: params,
  }));
  if (format === 'json') printOne(deps, format, { name, ...asked }, () => '');
  else if (format === 'jsonl') printRows(deps, format, asked.trials, []);
  else if (rows.length > 0) printRows(deps, format, rows, ['trial', 'until', 'values']);
  if (asked.trials.length === 0) deps.err(`${name} ${asked.state}: ${asked.waitingFor ?? 'nothing to evaluate'}\n`);
  return hasEnded && asked.trials.length === 0 ? STOPPED : 0;
}

/** A trial as `ask` prints it: `3/1`, or its number alone. */
function trialOf(text: string): Pick<Told, 'trial' | 'attempt'> {
  const [, trial, attempt] = /^([1-9][0-9]{0,8})(?:\/([1-9][0-9]{0,8}))?$/.exec(text) ?? [];
  if (trial === undefined)
    throw new PlatformError(refuse('invalid-request', `expected a trial such as 3/1; got ${text}`));
  return { trial: Number(trial), ...(attempt === undefined ? {} : { attempt: Number(attempt) }) };
}

function numberOf(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new PlatformError(refuse('invalid-message', `a measure is a finite number; got ${text || 'nothing'}`));
}

/** Measures as typed: one number, or `name=number` for each. */
function outcomeOf(values: readonly string[], { failed }: TellFlags): Pick<Told, 'value' | 'measures' | 'failed'> {
  const [first] = values;
  if (failed !== undefined) return { failed };
  if (first !== undefined && values.length === 1 && !first.includes('=')) return { value: numberOf(first) };
  const measures = values.map((text): [string, number] => {
    const at = text.indexOf('=');
    if (at > 0) return [text.slice(0, at), numberOf(text.slice(at + 1))];
    throw new PlatformError(refuse('invalid-request', `expected a number, or name=number for each; got ${text}`));
  });
  if (measures.length > 0) return { measures: Object.fromEntries(measures) };
  throw new PlatformError(refuse('invalid-request', 'expected a number, name=number or --failed; got none'));
}

/** What a command line tells: one trial, or a file of outcomes. */
function outcomesOf(trial: Pick<Told, 'trial' | 'attempt'> | undefined, values: readonly string[], flags: TellFlags) {
  const client = flags.client === undefined ? {} : { client: flags.client };
  const cost = flags.cost === undefined ? {} : { cost: flags.cost };
  const noted = flags.attribute === undefined ? {} : { attributes: flags.attribute };
  if (trial !== undefined) return [{ ...trial, ...client, ...cost, ...noted, ...outcomeOf(values, flags) }];
  if (flags.from === undefined)
    throw new PlatformError(refuse('invalid-request', 'expected a trial or --from; got neither'));
  const list = jsonOf(readFileSync(flags.from === '-' ? 0 : flags.from, 'utf8'));
  if (!Array.isArray(list))
    throw new PlatformError(refuse('invalid-request', `${flags.from}: expected a list of outcomes as JSON`));
  return (list as readonly Told[]).map((told) => ({ ...client, ...told }));
}

const toldText = (name: string, { told }: TellReply): string =>
  told
    .map(({ trial, attempt, verdict }) => `${name} ${String(trial)}/${String(attempt)} ${verdict}${NOTES[verdict]}\n`)
    .join('');
const NOTES = {
  accepted: '',
  adopted: ': its lease had ended, nobody else had told',
  late: ': the trial had ended before; kept as evidence',
  returned: ': it is given out again',
  failed: ': its attempts are used up',
};

/** `mabeam study ask|tell`. */
export function addAskingCommands(study: Command, deps: CliDeps): void {
  study
    .command('ask <name>')
    .description('trials to evaluate elsewhere, your own open ones first; exit code 5 when the study has ended')
    .requiredOption('--client <name>', 'who you are: the same name gets its open trials again')
    .option('--count <number>', 'trials at most (default 1)', count)
    .option('--lease-seconds <seconds>', 'how long you may take (default: as the study says)', count)
    .action((name: string, { client, ...flags }: AskFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) =>
        showAsked(deps, options.output, name, await space.studies.at(name).ask({ client, ...flags }, how)),
      ),
    );
  study
    .command('tell <name> [trial] [values...]')
    .description(
      'what came of a trial, as ask has named it: a number for the only objective, or name=number for each measure',
    )
    .option('--client <name>', 'who you are; needed when the trial has had several attempts and you name none')
    .option('--failed <reason>', 'there is no outcome: the trial is given out again until its attempts are used up')
    .option('--cost <number>', 'what the attempt has cost', amount)
    .option('--attribute <name=value>', 'what you note of the trial, such as oven=left; may be repeated', attributeFlag)
    .option('--from <file>', 'several outcomes, as a list in JSON; - for standard input')
    .action((name: string, trial: string | undefined, values: readonly string[], flags: TellFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const outcomes = outcomesOf(trial === undefined ? undefined : trialOf(trial), values, flags);
        const reply = await space.studies.at(name).tell(outcomes, how);
        printOne(deps, options.output, { name, ...reply }, () => toldText(name, reply));
        return 0;
      }),
    );
}
