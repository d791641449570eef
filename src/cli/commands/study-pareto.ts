import type { Command } from 'commander';
import type { StudyFront, StudySpec } from '../../contracts/optimisation/study';
import { within, type CliDeps } from '../command';
import { printOne, printRows } from '../output';
import { measured } from '../study-screen';

/** Collects a measure that may be given several times: one is a text, as it was before there could be several. */
export function measures(text: string, before?: string | readonly string[]): string | readonly string[] {
  return before === undefined ? text : [...[before].flat(), text];
}

const SHOWN = 10;

/** What a study seeks, in words: `minimise loss, maximise accuracy`. */
export function soughtText({
  objective,
  objectives = [objective],
}: Pick<StudySpec, 'objective' | 'objectives'>): string {
  return objectives.map(({ measure, direction }) => `${direction} ${measure}`).join(', ');
}

/** What a study seeks and what its front is, in the lines of `study show`. */
export function frontText(spec: Pick<StudySpec, 'objective' | 'objectives'>, { size, trials }: StudyFront): string {
  const shown = trials.slice(0, SHOWN).map((each) => `  ·        trial ${String(each.number)}  ${measured(each)}\n`);
  const count =
    size === undefined
      ? 'too large to be kept here; study pareto has it'
      : `${String(size)} trials that no other one is better than${size > SHOWN ? '; study pareto has all' : ''}`;
  return `  seeks    ${soughtText(spec)}\n  front    ${size === 0 ? 'none yet' : count}\n${shown.join('')}`;
}

/** `mabeam study pareto`. */
export function addParetoCommand(study: Command, deps: CliDeps): void {
  study
    .command('pareto <name>')
    .description('the trials that no other one is better than in an objective without being worse in another')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const front = await space.studies.at(name).pareto();
        const { objectives, size, trials } = front;
        if (options.output === 'json') {
          printOne(deps, options.output, front, () => '');
          return 0;
        }
        if (options.output === 'jsonl') {
          printRows(deps, options.output, trials, []);
          return 0;
        }
        const names = objectives.map(({ measure }) => measure);
        const rows = trials.map(({ number, configuration, measures: of = {} }) => ({
          number,
          ...Object.fromEntries(names.map((each) => [each, of[each]])),
          configuration,
        }));
        printRows(deps, options.output, rows, ['number', ...names, 'configuration']);
        if (size > trials.length)
          deps.err(`${String(size)} trials are on the front; shown are ${String(trials.length)}\n`);
        return 0;
      }),
    );
}
