import type { Command } from 'commander';
import type { Space } from '../../client/index';
import type { StudyOptions } from '../../client/optimisation';
import { importStudy, requestOfImport } from '../../client/study-import';
import { isRefusal } from '../../contracts/errors';
import type { SamplerName, StudyView } from '../../contracts/optimisation/study';
import type { ImportedStudy } from '../../contracts/optimisation/warm-start';
import { count, within, type CliDeps, type Common } from '../command';
import { printFailure, printOne, printRows } from '../output';
import { optunaStudy } from '../study-files';
import { soughtText } from './study-pareto';
import { studyText } from './study-show';

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
function summaryOf(imported: ImportedStudy): string {
  const { study, trials, leftOut, renamed, attributesLeftOut = 0 } = imported;
  const left = Object.entries(leftOut).map(([why, number]) => `${String(number)} ${why}`);
  const names = Object.entries(renamed).map(([theirs, ours]) => `${theirs} is ${ours}`);
  return [
    `${study}: ${String(trials.length)} trials that ${soughtText(imported)}`,
    ...(left.length === 0 ? [] : [`left out: ${left.join(', ')}`]),
    ...(attributesLeftOut === 0 ? [] : [`${String(attributesLeftOut)} attributes do not fit and are left out`]),
    ...names,
  ].join('; ');
}

function requestOf(imported: ImportedStudy, flags: ImportFlags): StudyOptions {
  const { over, evaluator, sampler, trials, parallelism } = flags;
  return {
    ...requestOfImport(imported, over),
    ...(evaluator === undefined ? {} : { evaluator }),
    ...(sampler === undefined ? {} : { sampler }),
    ...(parallelism === undefined ? {} : { parallelism }),
    budget: { trials },
  };
}

async function read(deps: CliDeps, source: string, { study, measure }: ImportFlags): Promise<ImportedStudy> {
  const imported = importStudy(await optunaStudy(deps, source, study), measure?.split(','));
  deps.err(`${summaryOf(imported)}\n`);
  return imported;
}

/** Prints the trials; needs no server. */
async function print(deps: CliDeps, source: string, flags: ImportFlags, { output }: Common): Promise<void> {
  try {
    const imported = await read(deps, source, flags);
    if (isRefusal(imported.space)) deps.err(`no study here can have its space: ${imported.space.message}\n`);
    if (output === 'json') printOne(deps, output, imported, () => '');
    else printRows(deps, output, imported.trials, ['number', 'measures', 'configuration', 'feasible']);
    deps.exit(0);
  } catch (error) {
    deps.exit(printFailure(deps, error));
  }
}

/** `mabeam study import`. */
export function addImportCommand(study: Command, deps: CliDeps): void {
  const start = async (space: Space, name: string, source: string, flags: ImportFlags): Promise<StudyView> => {
    const handle = await space.studies.start(name, requestOf(await read(deps, source, flags), flags));
    return handle.view();
  };
  study
    .command('import <source>')
    .description(
      'a study of Optuna, from its journal, its SQLite file or its Postgres (postgresql://user@host/database): prints its trials, or begins a study that has learnt from them',
    )
    .option('--study <name>', 'which one, when there are several')
    .option(
      '--measure <names>',
      'how its objective is to be called (default value); of several, names with a comma between them',
    )
    .option('--as <name>', 'begin a study of this name')
    .option(
      '--evaluator <name>',
      'who evaluates the trials of the new study; without it the study is asked from outside',
    )
    .option('--over <set>', 'the set whose values the new study seeks; default: the space of the trials')
    .option('--sampler <name>', 'of the new study (default auto)')
    .option('--trials <number>', 'the budget of the new study, without what is imported', count, 100)
    .option('--parallelism <number>', 'trials of the new study at once (default 4, asked from outside 50)', count)
    .action((source: string, flags: ImportFlags, command: Command) => {
      const name = flags.as;
      if (name === undefined) return print(deps, source, flags, command.optsWithGlobals<Common>());
      return within(deps, command, 'change', async ({ space, options }) => {
        const view = await start(space, name, source, flags);
        printOne(deps, options.output, { name, ...view }, () => studyText(name, view));
        return 0;
      });
    });
}
