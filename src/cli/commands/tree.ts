import type { Command } from 'commander';
import type { SupervisionTree } from '../../client/supervision-tree';
import { ERRORS, isPlatformError } from '../../contracts/errors';
import { count, within, type CliDeps, type Common } from '../command';
import { isForPrograms } from '../output';
import { redraw } from '../screen';
import { treeLines } from '../supervision-text';

const EVERY_MS = 1_000;

interface TreeFlags {
  readonly watch?: true;
  readonly everyMs: number;
  readonly most: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One tree in the form asked for; of a series, one line each. */
function printTree(deps: CliDeps, { output }: Common, tree: SupervisionTree, isSeries: boolean): void {
  if (output === 'json') deps.out(`${JSON.stringify(tree, null, isSeries ? undefined : 2)}\n`);
  else if (output === 'jsonl') deps.out(tree.roots.map((root) => `${JSON.stringify(root)}\n`).join(''));
  else
    deps.out(
      treeLines(tree, deps.now())
        .map((line) => `${line}\n`)
        .join(''),
    );
}

/** What a watch has shown. */
/** @param trouble why there is no newer tree */
type Shown = (tree: SupervisionTree | undefined, trouble?: string) => void;

/** On a terminal: draws over itself. */
function drawn(deps: CliDeps): Shown {
  let height = 0;
  let lines: readonly string[] = [];
  return (tree, trouble) => {
    if (tree !== undefined) lines = treeLines(tree, deps.now());
    height = redraw(deps, trouble === undefined ? lines : [...lines, trouble], height);
  };
}

/** In a pipe or as JSON: prints what has changed. */
function printed(deps: CliDeps, options: Common): Shown {
  let before: string | undefined;
  return (tree, trouble) => {
    if (trouble !== undefined) deps.err(`${trouble}\n`);
    const text = JSON.stringify(tree?.roots);
    if (tree === undefined || text === before) return;
    if (before !== undefined && !isForPrograms(options.output)) deps.out('\n');
    printTree(deps, options, tree, true);
    before = text;
  };
}

/** Reads again and again. What passes is told and waited for; ends with what does not. */
async function watch(show: Shown, everyMs: number, read: () => Promise<SupervisionTree>): Promise<never> {
  for (;;) {
    try {
      show(await read());
    } catch (error) {
      if (!isPlatformError(error) || !ERRORS[error.code].retryable) throw error;
      show(undefined, `${error.code}: ${error.message}`);
    }
    await pause(everyMs);
  }
}

/** `mabeam tree [supervisor] [--watch]`. */
export function addTreeCommand(program: Command, deps: CliDeps): void {
  program
    .command('tree [supervisor]')
    .description('what is below a supervisor, or below all that have none above them')
    .option('--watch', 'go on as it changes, until interrupted')
    .option('--every-ms <ms>', 'how often to look', count, EVERY_MS)
    .option('--most <nodes>', 'how many are shown; the others are counted', count, 200)
    .action((name: string | undefined, flags: TreeFlags, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const read = (): Promise<SupervisionTree> => space.supervisors.tree(name, { most: flags.most });
        const show = deps.isTty && !isForPrograms(options.output) ? drawn(deps) : printed(deps, options);
        if (flags.watch === true) return watch(show, flags.everyMs, read);
        printTree(deps, options, await read(), false);
        return 0;
      }),
    );
}
