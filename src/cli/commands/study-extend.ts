import type { Command } from 'commander';
import type { StudyHandle } from '../../client/optimisation';
import type { StudyExtension } from '../../contracts/optimisation/study';
import { count, within, type CliDeps } from '../command';
import { printOne } from '../output';
import { amount } from './budget-flags';
import { fundsText } from './study-show';

/** A budget all told, or how much more than there is: `150`, `+50`. */
interface More {
  readonly isMore: boolean;
  readonly amount: number;
}

const more =
  (parse: (text: string) => number) =>
  (text: string): More => ({ isMore: text.startsWith('+'), amount: parse(text.replace(/^\+/, '')) });

const PARTS = ['trials', 'seconds', 'cost'] as const;
type ExtendFlags = Readonly<Partial<Record<(typeof PARTS)[number], More>>>;

/** All told. The study is looked at only when that is needed: one whose history is gone says what can be done instead. */
async function extensionOf(handle: StudyHandle, flags: ExtendFlags): Promise<StudyExtension> {
  const isMore = PARTS.some((part) => flags[part]?.isMore === true);
  const there = isMore ? (await handle.view()).spec.budget : undefined;
  const told = PARTS.flatMap((part) => {
    const flag = flags[part];
    if (flag === undefined) return [];
    return [[part, flag.isMore ? (there?.[part] ?? 0) + flag.amount : flag.amount] as const];
  });
  return Object.fromEntries(told);
}

/** `mabeam study extend`. */
export function addExtendCommand(study: Command, deps: CliDeps): void {
  study
    .command('extend <name>')
    .description('more budget, also of a study that has ended: it goes on where it ended')
    .option('--trials <number>', 'the budget all told, or +50: so many more', more(count))
    .option('--seconds <number>', 'the same of time', more(count))
    .option('--cost <number>', 'the same of money', more(amount))
    .action((name: string, flags: ExtendFlags, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const handle = space.studies.at(name);
        const now = await handle.extend(await extensionOf(handle, flags), how);
        printOne(deps, options.output, { name, ...now }, () => `${name} ${now.state}: ${fundsText(now)}\n`);
        return 0;
      }),
    );
}
