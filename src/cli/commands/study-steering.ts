import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { StudyChange } from '../../contracts/optimisation/study';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Values } from '../../contracts/variable';
import { assignments, count, jsonOf, within, type CliDeps } from '../command';
import { amount } from './budget-flags';
import { printOne } from '../output';
import { addExtendCommand } from './study-extend';
import { fundsText } from './study-show';

/** A file of configurations: a list, in JSON. @throws PlatformError `invalid-request` */
function configurationsOf(file: string): readonly Values[] {
  const configurations = jsonOf(readFileSync(file, 'utf8'));
  if (Array.isArray(configurations)) return configurations as readonly Values[];
  throw new PlatformError(refuse('invalid-request', `${file}: expected a list of configurations as JSON`));
}

interface CopyFlags {
  readonly trials?: number;
  readonly seed?: number;
}

/** `mabeam study pause|resume|change|extend|copy|enqueue`. */
export function addSteeringCommands(study: Command, deps: CliDeps): void {
  study
    .command('pause <name>')
    .description('ask no more until it is resumed; what runs is evaluated to its end')
    .option('--reason <text>', 'why')
    .action((name: string, said: { readonly reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const state = await space.studies.at(name).pause({ ...how, ...said });
        printOne(deps, options.output, { name, state }, () => `${name} ${state}\n`);
        return 0;
      }),
    );
  study
    .command('resume <name>')
    .description('go on asking')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const state = await space.studies.at(name).resume(how);
        printOne(deps, options.output, { name, state }, () => `${name} ${state}\n`);
        return 0;
      }),
    );
  study
    .command('change <name>')
    .description('another budget or parallelism from now on')
    .option('--trials <number>', 'the budget, all told', count)
    .option('--seconds <number>', 'the budget of time, all told', count)
    .option('--cost <number>', 'the budget of money, all told', amount)
    .option('--parallelism <number>', 'trials at once', count)
    .action((name: string, change: StudyChange, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const now = await space.studies.at(name).change(change, how);
        const text = `${name} ${fundsText(now)}, ${String(now.parallelism)} at once\n`;
        printOne(deps, options.output, { name, ...now }, () => text);
        return 0;
      }),
    );
  addExtendCommand(study, deps);
  study
    .command('copy <name> <new>')
    .description('another study with the same request that learns from the complete trials of this one first')
    .option('--trials <number>', 'its budget (default: as that of the study)', count)
    .option('--seed <number>', 'its seed (default: as that of the study)', count)
    .action((name: string, copy: string, { trials, seed }: CopyFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        const handle = space.studies.at(name);
        const { budget } = (await handle.view()).request;
        const changes = {
          ...(trials === undefined ? {} : { budget: { ...budget, trials } }),
          ...(seed === undefined ? {} : { seed }),
        };
        const { account, request } = await (await handle.copy(copy, changes)).view();
        const learnt = request.warmStart?.trials ?? 0;
        const text = `${copy} ${String(account.budget)} trials, after ${String(learnt)} of ${name}\n`;
        printOne(deps, options.output, { name: copy, budget: account.budget, learnt }, () => text);
        return 0;
      }),
    );
  study
    .command('enqueue <name> [values...]')
    .description('a configuration that is evaluated before what the sampler suggests; what it leaves open is drawn')
    .option('--from <file>', 'several, as a list in JSON')
    .action((name: string, values: readonly string[], { from }: { readonly from?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const given = values.reduce<Values>((before, text) => assignments(text, before), {});
        const own = values.length === 0 ? [] : [given];
        const configurations = [...own, ...(from === undefined ? [] : configurationsOf(from))];
        if (configurations.length === 0)
          throw new PlatformError(refuse('invalid-request', 'expected name=value or --from; got neither'));
        const enqueued = await space.studies.at(name).enqueue(configurations, how);
        printOne(deps, options.output, { name, enqueued }, () => `${name} ${String(enqueued)} enqueued\n`);
        return 0;
      }),
    );
}
