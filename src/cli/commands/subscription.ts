import type { Command } from 'commander';
import type { GroupInfo } from '../../contracts/subscription';
import { count, within, type CliDeps } from '../command';
import { printOne, printPage } from '../output';

const PARKED = 500;
const COLUMNS = ['group', 'state', 'position', 'inFlight', 'waiting', 'parked', 'lag'];

/** Collects the positions of an option that is repeated. */
function listed(one: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), count(one)];
}

function text(info: GroupInfo): string {
  const { group, state, position, head, inFlight, waiting, parked, lag, stoppedBecause, lostThrough } = info;
  const because = stoppedBecause === undefined ? '' : ` (${stoppedBecause})`;
  const lines = [
    `${group}: ${state}${because}, at ${String(position)} of ${String(head)}`,
    `  ${String(inFlight)} in flight, ${String(waiting)} waiting, ${String(parked)} parked, ${String(lag)} not handed out yet`,
    ...(lostThrough === undefined
      ? []
      : [`  retention has removed events up to ${String(lostThrough)} before it had them`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** `mabeam subscription list|show|parked|replay|resume|remove`: groups of consumers that compete for events. */
export function addSubscriptionCommands(program: Command, deps: CliDeps): void {
  const subscription = program
    .command('subscription')
    .description('persistent subscriptions: list, look, what was parked, replay, resume, remove');
  subscription
    .command('list')
    .description('the subscriptions of the space')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        printPage(deps, options.output, { items: await space.subscriptions.list() }, COLUMNS);
        return 0;
      }),
    );
  subscription
    .command('show <group>')
    .description('position, in flight, parked, lag')
    .action((group: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const info = await space.subscriptions.info(group);
        printOne(deps, options.output, info, () => text(info));
        return 0;
      }),
    );
  subscription
    .command('parked <group>')
    .description('messages that were set aside, with the last reason')
    .action((group: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.subscriptions.parked(group, { pageSize: PARKED });
        printPage(deps, options.output, page, ['position', 'attempts', 'parkedAt', 'reason']);
        return 0;
      }),
    );
  addChanges(subscription, deps);
}

function addChanges(subscription: Command, deps: CliDeps): void {
  subscription
    .command('replay <group>')
    .description('hand parked messages out anew: all of them, or those at some positions')
    .option('--position <position>', 'one of them; may be repeated', listed)
    .action((group: string, { position }: { position?: readonly number[] }, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        const replayed = await space.subscriptions.replayParked(group, position);
        printOne(deps, options.output, replayed, () => `replayed: ${String(replayed.replayed)} messages of ${group}\n`);
        return 0;
      }),
    );
  subscription
    .command('resume <group>')
    .description('hand out again after a stop')
    .action((group: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        const info = await space.subscriptions.resume(group);
        printOne(deps, options.output, info, () => text(info));
        return 0;
      }),
    );
  subscription
    .command('remove <group>')
    .description('remove it with all that it parked; retention need not wait for it any more')
    .action((group: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        await space.subscriptions.remove(group);
        printOne(deps, options.output, { removed: group }, () => `removed: ${group}\n`);
        return 0;
      }),
    );
}
