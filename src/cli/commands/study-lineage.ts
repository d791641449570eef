import { InvalidArgumentError, type Command } from 'commander';
import type { SamplerOptions, Trial } from '../../contracts/optimisation/study';
import { count, within, type CliDeps } from '../command';
import { printOne, printRows } from '../output';

const OPTIONS = ['population', 'quantile', 'resample', 'perturb'];

/** The options of `pbt` as a flag: `population=20,perturb=0.8/1.2`. The study says which values they may have. */
export function pbtFlag(text: string): SamplerOptions {
  const given = text.split(',').map((option): readonly [string, number | readonly number[]] => {
    const [name = '', value = ''] = option.split('=', 2);
    const numbers = value.split('/').map((each) => (each.trim() === '' ? NaN : Number(each)));
    const [number = NaN] = numbers;
    const isPair = name === 'perturb';
    if (!OPTIONS.includes(name) || numbers.length !== (isPair ? 2 : 1) || numbers.some(Number.isNaN))
      throw new InvalidArgumentError(
        `expected ${OPTIONS.join(', ')}, such as population=20,perturb=0.8/1.2; got ${option}`,
      );
    return [name, isPair ? numbers : number];
  });
  return Object.fromEntries(given);
}

const COLUMNS = ['number', 'how', 'member', 'generation', 'measures', 'configuration', 'changed'];

const rowOf = ({ number, lineage, measures, configuration }: Trial): object => {
  const { how = 'start', member, generation = 0, changed = [] } = lineage ?? {};
  return { number, how, member, generation, measures, configuration, changed: changed.join(' ') };
};

/** `mabeam study lineage`. */
export function addLineageCommand(study: Command, deps: CliDeps): void {
  study
    .command('lineage <name>')
    .description('all that a trial goes on from, the start first: of pbt the schedule of configurations')
    .option('--trial <number>', 'which (default: the best one)', count)
    .action((name: string, flags: { readonly trial?: number }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const line = await space.studies.at(name).lineage(flags);
        if (options.output === 'json') printOne(deps, options.output, line, () => '');
        else if (options.output === 'jsonl') printRows(deps, options.output, line.trials, []);
        else printRows(deps, options.output, line.trials.map(rowOf), COLUMNS);
        return 0;
      }),
    );
}
