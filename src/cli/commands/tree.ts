import type { Command } from 'commander';
import type { SupervisionTree } from '../../client/supervision-tree';
import { ERRORS, isPlatformError } from '../../contracts/errors';
import { count, within, type CliDeps, type Common } from '../command';
import { treeLines } from '../supervision-text';

const EVERY_MS = 1_000;
const ESC = '\u001b[';

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
      treeLines(tree)
        .map((line) => `${line}\n`)
        .join(''),
    );
}

/** Fits into the terminal: a line that wraps or scrolls away could not be drawn over. */
function fitted(
  lines: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const most = Math.max(1, rows - 1);
  const more = `… ${String(lines.length - most + 1)} more lines`;
  const fitting = lines.length <= most ? lines : [...lines.slice(0, most - 1), more];
  return fitting.map((line) => (line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`));
}

/** Draws over what was drawn before, in one write, line by line: nothing is blank in between. */
function redraw(deps: CliDeps, lines: readonly string[], before: number): number {
  const shown = fitted(lines, deps.size?.() ?? { columns: 80, rows: 24 });
  const up = before === 0 ? '' : `${ESC}${String(before)}A\r`;
  deps.out(`${up}${shown.map((line) => `${line}${ESC}K\n`).join('')}${ESC}J`);
  return shown.length;
}

/** Reads again and again. What passes is shown and waited for; ends with what does not. */
async function watch(
  deps: CliDeps,
  options: Common,
  everyMs: number,
  read: () => Promise<SupervisionTree>,
): Promise<never> {
  const isDrawn = deps.isTty && (options.output === undefined || options.output === 'table');
  let drawn = 0;
  let last: readonly string[] = [];
  let said = '';
  for (;;) {
    try {
      const tree = await read();
      last = treeLines(tree);
      if (isDrawn) drawn = redraw(deps, last, drawn);
      else if (said !== JSON.stringify(tree.roots)) {
        if (said !== '' && options.output === undefined) deps.out('\n');
        printTree(deps, options, tree, true);
        said = JSON.stringify(tree.roots);
      }
    } catch (error) {
      if (!isPlatformError(error) || !ERRORS[error.code].retryable) throw error;
      const text = `${error.code}: ${error.message}`;
      if (isDrawn) drawn = redraw(deps, [...last, text], drawn);
      else deps.err(`${text}\n`);
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
        if (flags.watch === true) return watch(deps, options, flags.everyMs, read);
        printTree(deps, options, await read(), false);
        return 0;
      }),
    );
}
