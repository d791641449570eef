import type { Command } from 'commander';
import type { CliDeps } from '../command';
import { roleOptions, runEntry } from '../role-process';

/** `mabeam evaluator`: evaluates trials of studies. */
export function addEvaluatorCommand(program: Command, deps: CliDeps): void {
  const evaluator = program
    .command('evaluator [files...]')
    .description('run the evaluators of definition files (MABEAM_DEFINITIONS); more of them share the work')
    .action(async (files: readonly string[], options: object) => {
      deps.exit(await runEntry('evaluator', files, options));
    });
  roleOptions(evaluator, ['address', 'namespace', 'queue-prefix', 'break-after', 'cool-down-seconds', 'log-level']);
}
