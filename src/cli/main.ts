#!/usr/bin/env node
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Command, CommanderError, Option } from 'commander';
import { connect } from '../client/index';
import { createHttpReads } from '../client/http-reads';
import { createHttpSubscriptions } from '../client/http-subscriptions';
import { createHttpTopics } from '../client/http-topics';
import { readConfig } from '../config';
import { openStore } from '../store/open';
import { readOptunaPostgres } from '../store/optuna-postgres';
import { readOptunaSqlite } from '../store/optuna-sqlite';
import { openServer } from '../client/server';
import type { CliDeps } from './command';
import { addAgentCommands } from './commands/agent';
import { addElectionCommands } from './commands/election';
import { addCoordinationCommands } from './commands/coordination';
import { addBarrierCommands } from './commands/barrier';
import { addLockCommands } from './commands/lock';
import { addBallotCommands } from './commands/ballot';
import { addCounterCommands } from './commands/counter';
import { addDevCommand } from './commands/dev';
import { addDoctorCommand, addSetupCommand } from './commands/doctor';
import { addEvaluatorCommand } from './commands/evaluator';
import { addReadCommands } from './commands/events';
import { addGroupCommands } from './commands/group';
import { addHealthCommand } from './commands/health';
import { addLookupCommand } from './commands/lookup';
import { addProposeCommands } from './commands/propose';
import { addReadsCommands } from './commands/reads';
import { addSetCommands } from './commands/set';
import { addSimulateCommand } from './commands/simulate';
import { addStoreCommand } from './commands/store';
import { addStudyCommands } from './commands/study';
import { addSubscriptionCommands } from './commands/subscription';
import { addTopicCommands } from './commands/topic';
import { addSupervisorCommands } from './commands/supervisor';
import { addTreeCommand } from './commands/tree';
import { addValueCommands } from './commands/value';
import { addWorkerCommand } from './commands/worker';
import { FORMATS, printFailure } from './output';

const INTERRUPTED = 130;
const HELP_WIDTH = 80;

/** Refuses what is no format, except from a command that takes a file there. */
function wantsFormat(action: Command): void {
  const { output } = action.optsWithGlobals<{ readonly output?: string }>();
  const isFile = action.options.some(({ long }) => long === '--output');
  if (output === undefined || isFile || FORMATS.some((format) => format === output)) return;
  const allowed = FORMATS.join(', ');
  const text = `option '-o, --output <format>' argument '${output}' is invalid. Allowed choices are ${allowed}.`;
  action.error(`error: ${text}`, { code: 'commander.invalidArgument' });
}

/** The whole command line, without running it. */
export function buildProgram(deps: CliDeps): Command {
  const program = new Command('mabeam')
    .description('agents that tune real systems: propose, vote, look, ask why')
    .addOption(new Option('--space <space>', 'which space').env('MABEAM_SPACE').default('default'))
    .addOption(
      new Option('-o, --output <format>', 'default: a table on a terminal, else tabs')
        .choices(FORMATS)
        // The report of a study goes to a file: what is no format is refused by whoever wants one.
        .argParser((text: string) => text),
    )
    .hook('preAction', (_program, action) => wantsFormat(action))
    .option('--idempotency-key <key>', 'repeat a command that failed without doing it twice')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => deps.out(text),
      writeErr: (text) => deps.err(text),
      getOutHelpWidth: () => (deps.isTty ? process.stdout.columns : HELP_WIDTH),
    });
  addAgentCommands(program, deps);
  addProposeCommands(program, deps, addSetCommands(program, deps));
  addBallotCommands(program, deps);
  addLockCommands(program, deps);
  addElectionCommands(program, deps);
  addCoordinationCommands(program, deps);
  addBarrierCommands(program, deps);
  addCounterCommands(program, deps);
  addValueCommands(program, deps);
  addGroupCommands(program, deps);
  addStudyCommands(program, deps);
  addSupervisorCommands(program, deps);
  addTreeCommand(program, deps);
  addHealthCommand(program, deps);
  addLookupCommand(program, deps);
  addReadCommands(program, deps);
  addReadsCommands(program, deps);
  addSubscriptionCommands(program, deps);
  addTopicCommands(program, deps);
  for (const add of [
    addDevCommand,
    addWorkerCommand,
    addEvaluatorCommand,
    addSimulateCommand,
    addStoreCommand,
    addSetupCommand,
    addDoctorCommand,
  ])
    add(program, deps);
  return inherit(program);
}

/** Subcommands made with `.command()` copy the settings of their parent only when they are made after them. */
function inherit(program: Command): Command {
  for (const each of program.commands) inherit(each.copyInheritedSettings(program));
  return program;
}

/** Runs one command line. @returns the exit code: 2 for wrong usage, else as in the error table */
export async function run(args: readonly string[], deps: Omit<CliDeps, 'exit'>): Promise<number> {
  let exit = 0;
  try {
    await buildProgram({ ...deps, exit: (code) => (exit = code) }).parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printFailure(deps, error);
  }
}

/** What somebody types at the terminal; nothing when the input ends first. */
async function typed(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((settle) => {
      lines.once('close', () => {
        settle('');
      });
      lines.question(question, settle);
    });
  } finally {
    lines.close();
  }
}

if (require.main === module) {
  let farewell = '';
  process.on('SIGINT', () => {
    process.stderr.write(farewell);
    process.exit(INTERRUPTED);
  });
  // Whoever reads us has read enough: `mabeam events | head`.
  process.stdout.on('error', () => process.exit(0));
  void run(process.argv.slice(2), {
    connect: (space) => {
      const plugged = {
        reads: createHttpReads(),
        subscriptions: createHttpSubscriptions(),
        topics: createHttpTopics(),
      };
      return connect({ space, ...plugged });
    },
    openStore: (place) => {
      const { databaseUrl, dataDir } = readConfig(process.env, place);
      const where = databaseUrl === undefined ? { dataDir: join(dataDir, 'store') } : { url: databaseUrl };
      return openStore({
        ...where,
        log: { info: () => undefined, error: (line) => process.stderr.write(`${JSON.stringify(line)}\n`) },
      });
    },
    readOptunaSqlite,
    readOptunaPostgres,
    server: () => openServer({ reads: createHttpReads() }),
    dataDir: () => readConfig(process.env).dataDir,
    now: () => Date.now(),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    atInterrupt: (say) => (farewell = say),
    ...(process.stdin.isTTY ? { ask: typed } : {}),
    isTty: process.stdout.isTTY,
    size: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
    isColoured: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  }).then((code) => {
    process.exitCode = code;
  });
}
