import { Argument, type Command } from 'commander';
import type { Choice } from '../../contracts/coordination/ballot';
import { within, type CliDeps } from '../command';
import { printOne, printRows } from '../output';

/** `mabeam vote BALLOT VOTER CHOICE` and `mabeam ballot show`. */
export function addBallotCommands(program: Command, deps: CliDeps): void {
  program
    .command('vote <ballot> <voter>')
    .description('vote; the first vote of a voter is final')
    .addArgument(new Argument('<choice>', 'what').choices(['yes', 'no', 'abstain']))
    .option('--reason <text>', 'why')
    .action((name: string, voter: string, choice: Choice, { reason }: { reason?: string }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const said = reason === undefined ? how : { ...how, reason };
        await space.ballots.get(name).vote(voter, choice, said);
        printOne(deps, options.output, { counted: true }, () => `counted: ${voter} ${choice} on ${name}\n`);
        return 0;
      }),
    );
  program
    .command('ballot')
    .description('ballots: show')
    .command('show <ballot>')
    .description('votes with reasons, and who is waited for')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.ballots.get(name).view();
        if (options.output === 'json' || options.output === 'jsonl') printOne(deps, options.output, view, () => '');
        else {
          const waiting = view.waitingFor.map((voter) => ({ voter, choice: 'waited for' }));
          printRows(deps, options.output, [...view.casts, ...waiting], ['voter', 'choice', 'reason']);
        }
        return 0;
      }),
    );
}
