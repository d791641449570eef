import type { Command } from 'commander';
import type { Delivery, TopicItem } from '../../contracts/coordination/topic';
import type { GroupInfo } from '../../contracts/subscription';
import { count, jsonOf, position, within, type CliDeps } from '../command';
import { isForPrograms, printOne, printPage, type Format } from '../output';

const DEAD = 500;
const SUBSCRIBERS = ['group', 'state', 'position', 'lag', 'waiting', 'parked'];

/** Collects the positions of an option that is repeated. */
function listed(one: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), count(one)];
}

/** How a subscriber stands, in one word and why. */
const stateOf = ({ state, away, lag }: GroupInfo): string => {
  if (state === 'stopped') return 'stopped';
  if (away !== undefined) return 'away';
  return lag > 0 ? 'behind' : 'running';
};

function deliveryText({ position: at, topic, subscribers, delivered, failed, pending }: Delivery): string {
  const lines = [
    `${topic} at ${String(at)}: ${String(delivered)} of ${String(subscribers)} subscribers have dealt with it`,
    ...failed.map(({ subscriber, reason, tries, isDead }) => {
      const how = isDead ? 'a dead letter' : 'is tried again';
      return `  ${subscriber}: failed after ${String(tries)} tries, ${how}: ${reason}`;
    }),
    ...(pending.length === 0 ? [] : [`  pending: ${pending.join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function itemText(item: TopicItem): string {
  if (item.kind === 'message') {
    const { position: at, time, topic, key, publisher, data } = item.message;
    return `${[at, time, topic, key, publisher, JSON.stringify(data)].map(String).join('\t')}\n`;
  }
  if (item.kind !== 'gap') return '';
  return `what came after ${String(item.after)} up to ${String(item.position)} was left out\n`;
}

/** A word goes to people on the other stream, to programs among the messages. */
function printItem(deps: CliDeps, format: Format | undefined, item: TopicItem): void {
  if (format !== undefined && format !== 'table') printOne(deps, 'jsonl', item, () => '');
  else if (item.kind === 'message') deps.out(itemText(item));
  else deps.err(itemText(item));
}

/** `mabeam topic list|show|publish|delivery|watch|dead|unsubscribe`: messages by topic. */
export function addTopicCommands(program: Command, deps: CliDeps): void {
  const topic = program
    .command('topic')
    .description('topics: list, subscribers, publish, how it was delivered, watch, dead letters, unsubscribe');
  topic
    .command('list')
    .description('the topics of the space that were published to')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const items = await space.topics.list();
        printPage(deps, options.output, { items }, ['topic', 'messages', 'position', 'subscribers']);
        return 0;
      }),
    );
  topic
    .command('show [topic]')
    .description('durable subscribers of a topic, or of all: position, lag, dead letters')
    .action((name: string | undefined, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const items = await space.topics.subscribers(name);
        const isForPeople = options.output === undefined || options.output === 'table';
        const shown = isForPeople ? items.map((each) => ({ ...each, state: stateOf(each) })) : items;
        printPage(deps, options.output, { items: shown }, SUBSCRIBERS);
        return 0;
      }),
    );
  addMessages(topic, deps);
  addDead(topic, deps);
}

function addMessages(topic: Command, deps: CliDeps): void {
  topic
    .command('publish <topic> <data>')
    .description('publish a message; data is JSON, or text')
    .option('--key <key>', 'messages of one topic and key come in order')
    .option('--wait <seconds>', 'wait so long for the subscribers, and say how it stands with them', count)
    .action((name: string, data: string, { key, wait }: { key?: string; wait?: number }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const more = { ...(key === undefined ? {} : { key }), ...(wait === undefined ? {} : { waitMs: wait * 1_000 }) };
        const asked = { requestId: how.requestId, publisher: 'cli', ...more };
        const published = await space.topics.publish(name, jsonOf(data), asked);
        const { delivery } = published;
        const at = `published: ${name} at ${String(published.position)}\n`;
        printOne(deps, options.output, published, () => (delivery === undefined ? at : at + deliveryText(delivery)));
        return 0;
      }),
    );
  topic
    .command('delivery <position>')
    .description('how the message at a position stands with its subscribers')
    .action((at: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const delivery = await space.topics.delivery(count(at));
        printOne(deps, options.output, delivery, () => deliveryText(delivery));
        return 0;
      }),
    );
  topic
    .command('watch <patterns...>')
    .description('messages as they come, one line each; * is one word, ** at the end one or more')
    .option('--after <position>', 'from this position on, nothing left out; default: live, from now on', position)
    .option('--until-caught-up', 'end when everything up to now was shown')
    .action((patterns: string[], flags: { after?: number; untilCaughtUp?: true }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const from = flags.after === undefined ? {} : { after: flags.after };
        for await (const item of space.topics.watch(patterns, from)) {
          printItem(deps, options.output, item);
          if (item.kind === 'caughtUp' && flags.untilCaughtUp === true) return 0;
        }
        return 0;
      }),
    );
}

function addDead(topic: Command, deps: CliDeps): void {
  topic
    .command('dead <subscriber>')
    .description('messages that a subscriber could not take, with the last reason; --replay delivers them anew')
    .option('--replay', 'deliver them anew, with all their tries')
    .option('--position <position>', 'with --replay: only this one; may be repeated', listed)
    .action((name: string, flags: { replay?: true; position?: readonly number[] }, command: Command) =>
      within(deps, command, flags.replay === true ? 'change' : 'read', async ({ space, options }) => {
        if (flags.replay === true) {
          const replayed = await space.topics.replay(name, flags.position);
          printOne(
            deps,
            options.output,
            replayed,
            () => `replayed: ${String(replayed.replayed)} messages to ${name}\n`,
          );
          return 0;
        }
        const page = await space.topics.deadLetters(name, { pageSize: DEAD });
        const rows = page.items.map((each) => ({ ...each, topic: each.message?.topic, key: each.message?.key }));
        const columns = ['position', 'topic', 'key', 'attempts', 'parkedAt', 'reason'];
        printPage(deps, options.output, isForPrograms(options.output) ? page : { ...page, items: rows }, columns);
        return 0;
      }),
    );
  topic
    .command('unsubscribe <subscriber>')
    .description('remove a subscriber with its position and its dead letters; retention need not wait for it')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'change', async ({ space, options }) => {
        await space.topics.unsubscribe(name);
        printOne(deps, options.output, { removed: name }, () => `removed: ${name}\n`);
        return 0;
      }),
    );
}
