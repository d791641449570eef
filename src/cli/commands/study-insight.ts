import { Option, type Command } from 'commander';
import type { Importance } from '../../contracts/optimisation/importance';
import { EXPORT_FORMATS, type ExportFormat } from '../../contracts/optimisation/study';
import { within, type CliDeps } from '../command';
import { printOne, printRows, type Format } from '../output';

const BAR = 30;

function printImportance(deps: CliDeps, format: Format | undefined, importance: Importance): void {
  if (importance.warning !== undefined) deps.err(`${importance.warning}\n`);
  if (format === 'json') {
    printOne(deps, format, importance, () => '');
    return;
  }
  const isForPeople = format === 'table' || (format === undefined && deps.isTty);
  const rows = importance.parameters.map(({ name, importance: share }) => ({
    name,
    importance: isForPeople ? share.toFixed(3) : share,
    ...(isForPeople ? { '': '█'.repeat(Math.round(share * BAR)) } : {}),
  }));
  printRows(deps, format, rows, ['name', 'importance', ...(isForPeople ? [''] : [])]);
}

/** `mabeam study importance|export`. */
export function addInsightCommands(study: Command, deps: CliDeps): void {
  study
    .command('importance <name>')
    .description('how much each dimension decides whether a trial is among the best')
    .option('--measure <name>', 'of several objectives: which one')
    .action((name: string, said: { readonly measure?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        printImportance(deps, options.output, await space.studies.at(name).importance(said));
        return 0;
      }),
    );
  study
    .command('export <name>')
    .description('all trials of a study, from the read model')
    .addOption(
      new Option('--format <format>', 'JSON lines, CSV, or a journal file of Optuna')
        .choices(EXPORT_FORMATS)
        .default('jsonl'),
    )
    .action((name: string, { format }: { readonly format: ExportFormat }, command: Command) =>
      within(deps, command, 'read', async ({ space }) => {
        for await (const piece of space.studies.at(name).export({ format })) deps.out(piece);
        return 0;
      }),
    );
}
