import type { Command } from 'commander';
import type { Space } from '../../client/index';
import type { StudyOptions } from '../../client/optimisation';
import { importStudy } from '../../client/study-import';
import { isRefusal, PlatformError, refuse } from '../../contracts/errors';
import type { SamplerName, StudyView } from '../../contracts/optimisation/study';
import type { ImportedStudy } from '../../contracts/optimisation/warm-start';
import { count, within, type CliDeps, type Common } from '../command';
import { printFailure, printOne, printRows } from '../output';
import { optunaStudy } from '../study-files';

interface ImportFlags {
  readonly study?: string;
  readonly measure?: string;
  readonly as?: string;
  readonly over?: string;
  readonly evaluator?: string;
  readonly sampler?: SamplerName | 'auto';
  readonly trials: number;
  readonly parallelism?: number;
}

/** What was taken, what was left out and what is called otherwise, in a line. */
function summaryOf({ study, trials, leftOut, renamed, objective }: ImportedStudy): string {
  const left = Object.entries(leftOut).map(([why, number]) => `${String(number)} ${why}`);
  const names = Object.entries(renamed).map(([theirs, ours]) => `${theirs} is ${ours}`);
  return [
    `${study}: ${String(trials.length)} trials that ${objective.direction} ${objective.measure}`,
    ...(left.length === 0 ? [] : [`left out: ${left.join(', ')}`]),
    ...names,
  ].join('; ');
}

function spaceIn({ space }: ImportedStudy): Pick<StudyOptions, 'space'> {
  if (isRefusal(space)) throw new PlatformError(space);
  return { space };
}

function requestOf(imported: ImportedStudy, flags: ImportFlags): StudyOptions {
  const { over, evaluator, sampler, trials, parallelism } = flags;
  const { study, objective, subjectTo } = imported;
  if (evaluator === undefined)
    throw new PlatformError(
      refuse('invalid-request', 'expected --evaluator: who evaluates the trials of the new study'),
    );
  const sought = over === undefined ? spaceIn(imported) : { over };
  return {
    ...sought,
    evaluator,
    [objective.direction]: objective.measure,
    ...(Object.keys(subjectTo).length === 0 ? {} : { subjectTo }),
    ...(sampler === undefined ? {} : { sampler }),
    ...(parallelism === undefined ? {} : { parallelism }),
    budget: { trials },
    warmStart: {
      trials: imported.trials,
      from: `study ${study} of Optuna`,
    },
  };
}

async function read(deps: CliDeps, file: string, { study, measure }: ImportFlags): Promise<ImportedStudy> {
  const imported = importStudy(await optunaStudy(deps, file, study), measure);
  deps.err(`${summaryOf(imported)}\n`);
  return imported;
}

/** Prints the trials; needs no server. */
async function print(deps: CliDeps, file: string, flags: ImportFlags, { output }: Common): Promise<void> {
  try {
    const imported = await read(deps, file, flags);
    if (isRefusal(imported.space)) deps.err(`no study here can have its space: ${imported.space.message}\n`);
    if (output === 'json') printOne(deps, output, imported, () => '');
    else printRows(deps, output, imported.trials, ['number', 'measures', 'configuration', 'feasible']);
    deps.exit(0);
  } catch (error) {
    deps.exit(printFailure(deps, error));
  }
}

/** `mabeam study import`. */
export function addImportCommand(
  study: Command,
  deps: CliDeps,
  textOf: (name: string, view: StudyView) => string,
): void {
  const start = async (space: Space, name: string, file: string, flags: ImportFlags): Promise<StudyView> => {
    const handle = await space.studies.start(name, requestOf(await read(deps, file, flags), flags));
    return handle.view();
  };
  study
    .command('import <file>')
    .description(
      'a study of Optuna, from its journal or SQLite file: prints its trials, or begins a study that has learnt from them',
    )
    .option('--study <name>', 'which one, when the file has several')
    .option('--measure <name>', 'how its objective is to be called (default value)')
    .option('--as <name>', 'begin a study of this name')
    .option('--evaluator <name>', 'who evaluates the trials of the new study')
    .option('--over <set>', 'the set whose values the new study seeks; default: the space of the file')
    .option('--sampler <name>', 'of the new study (default auto)')
    .option('--trials <number>', 'the budget of the new study, without what is imported', count, 100)
    .option('--parallelism <number>', 'trials of the new study at once (default 4)', count)
    .action((file: string, flags: ImportFlags, command: Command) => {
      const name = flags.as;
      if (name === undefined) return print(deps, file, flags, command.optsWithGlobals<Common>());
      return within(deps, command, 'change', async ({ space, options }) => {
        const view = await start(space, name, file, flags);
        printOne(deps, options.output, { name, ...view }, () => textOf(name, view));
        return 0;
      });
    });
}
