import type { Command } from 'commander';
import { position, within, type CliDeps } from '../command';
import { causalityText } from '../causality-text';
import { printOne, streamed, whyText } from '../output';

interface EventFlags {
  readonly after: number;
  readonly types?: string;
  readonly watch?: true;
}

/** `mabeam events`, `mabeam why SET VARIABLE` and `mabeam causality A B`: what rests on the store. */
export function addReadCommands(program: Command, deps: CliDeps): void {
  program
    .command('events')
    .description('what happened in the space, oldest first, one line each')
    .option('--after <position>', 'from this position on', position, 0)
    .option('--types <types>', 'only these, separated by commas')
    .option('--watch', 'go on with what happens from now on')
    .action(({ after, types, watch }: EventFlags, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const gone = new AbortController();
        const onResync = (start: number): void => {
          deps.err(`events up to position ${String(start)} are gone; what follows is after it\n`);
        };
        const ending = watch === true ? {} : { onCaughtUp: () => gone.abort() };
        const only = types === undefined ? {} : { types: types.split(',') };
        const feed = space.events({ after, signal: gone.signal, onResync, ...ending, ...only });
        for await (const stored of feed) {
          const { time, type, source } = stored.event;
          const line = `${String(stored.position)}\t${time}\t${type}\t${source}\n`;
          printOne(deps, streamed(options.output), stored, () => line);
        }
        return 0;
      }),
    );
  program
    .command('why <set> <variable>')
    .description('why the value is what it is')
    .action((set: string, variable: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const why = await space.why(set, variable);
        printOne(deps, options.output, why, () => whyText(why, deps.now()));
        return 0;
      }),
    );
  program
    .command('causality <a> <b>')
    .description('whether event A happened before event B, and the path that shows it')
    .addHelpText(
      'after',
      '\nAn event is named by its position, as `mabeam events` shows it, or by <kind>:<name>~<generation>/<number>.',
    )
    .action((a: string, b: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const answer = await space.causality(a, b);
        printOne(deps, options.output, answer, () => causalityText(answer));
        return 0;
      }),
    );
}
