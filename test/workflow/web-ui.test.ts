import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { setScene, type Scene } from '../support/facade/scene';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';

let stack: Stack;
let scene: Scene;
beforeAll(async () => {
  stack = await startStack('web-ui');
  scene = await setScene(stack);
}, 180_000);
afterAll(async () => {
  await scene.end();
  await stack.close();
});

const idOf = (name: string): string => `${stack.space.name}:${name}`;
const handleOf = (name: string) => stack.client.workflow.getHandle(idOf(name));

/** The Markdown that the page of a workflow shows. */
async function detailsOf(name: string): Promise<string> {
  const { currentDetails } = await handleOf(name).query<{ readonly currentDetails?: string }>(
    '__temporal_workflow_metadata',
  );
  return currentDetails ?? '';
}

test('every workflow carries the five search attributes and a summary of one line', async () => {
  for (const name of scene.ids) {
    const described = await handleOf(name).describe();
    const [kind, own] = name.split(':');
    const value = (key: keyof typeof SEARCH_ATTRIBUTES) => described.typedSearchAttributes.get(SEARCH_ATTRIBUTES[key]);
    expect([name, value('space'), value('kind'), value('name')]).toEqual([name, stack.space.name, kind, own]);
    expect([name, value('owner')]).toEqual([name, expect.stringMatching(/^\S+:\S+:\S+$/)]);
    expect([name, value('status')]).toEqual([name, expect.stringMatching(/^[a-z]+$/)]);
    const summary = (await described.staticSummary()) ?? '';
    expect([name, summary]).toEqual([name, expect.stringMatching(/^.{5,190}$/)]);
  }
});

test('the details answer what this is and what it is waiting for', async () => {
  await until('the study has asked', async () =>
    (await detailsOf('study:search')).includes('Waiting for') ? true : undefined,
  );
  const expected: Readonly<Record<string, readonly RegExp[]>> = {
    'agent:desk': [
      /\*\*desk\*\*, an agent of type `clerk`/,
      /Working on: ask \*\*held\*\* from user:sdk/,
      /2 messages waiting/,
      /1 dead letter so far/,
    ],
    'agent:tally': [/an agent of type `counter`/, /waits for: a message/],
    'agent:late-1': [/an agent of type `late`/, /Working on: \*\*announce\*\* from \S+:variables:lagging/],
    'variables:board': [
      /\*\*board\*\*, version 1/,
      /ballot board@1 on threshold, proposed by trainer/,
      /- threshold: \*\*0.9\*\* \(consensus\)/,
    ],
    'variables:lagging': [/1 agent is told/, /Late with version 2: late-1/, /- speed: \*\*7\*\* \(free\)/],
    'ballot:board@1': [
      /threshold 0.9 → 0.93/,
      /trainer/,
      /Waiting for bob, cid until 20/,
      /ann: \*\*yes\*\*.*1,400 mails/,
    ],
    'counter:seats': [
      /\*\*Counter\*\* at 12, at most 40, 100 ids handed out/,
      /2 changes, the last at/,
      /Newest ids: 1\d+ to/,
    ],
    'value:config': [/\*\*Shared value\*\* \{"rate":0.1\}, version \d{13}/, /Waits for: a message/],
    'study:search': [/minimise loss/, /Waiting for \d+ evaluations on the queue \S+nobody/],
  };
  for (const [name, patterns] of Object.entries(expected)) {
    const details = await detailsOf(name);
    for (const pattern of patterns) expect([name, details]).toEqual([name, expect.stringMatching(pattern)]);
  }
});

test('activities and timers that are under way say what they are for', async () => {
  const summariesOf = async (name: string): Promise<readonly string[]> => {
    const { events } = await handleOf(name).fetchHistory();
    return (events ?? [])
      .filter(
        (event) => event.activityTaskScheduledEventAttributes != null || event.timerStartedEventAttributes != null,
      )
      .map((event) => JSON.parse(Buffer.from(event.userMetadata?.summary?.data ?? []).toString() || '""') as string);
  };
  for (const name of scene.ids) {
    const summaries = await summariesOf(name);
    expect([name, summaries.filter((each) => each.length < 3)]).toEqual([name, []]);
  }
  expect(await summariesOf('variables:lagging')).toContainEqual(expect.stringMatching(/version 2 to 1 agent/));
});

/** The queries of the page, as an operator finds them. */
const [page = ''] = readFileSync(join(__dirname, '../../docs/how-to/web-ui.md'), 'utf8').split(
  '## The page of one thing',
);
const queries = [...page.matchAll(/^\| ([^|]+?) +\| `([^`]+)` +\|$/gm)].map(([, question = '', query = '']) => [
  question,
  query,
]);

test('the page has the queries that this file tries', () => {
  expect(queries.length).toBeGreaterThanOrEqual(10);
});

test.each(queries)('%s: the query answers', async (_question, query = '') => {
  const ours = query
    .replaceAll('prod', stack.space.name)
    .replaceAll('mail-filter@', 'board@')
    .replaceAll(':agent:trainer', ':supervisor:root.agents')
    .replace(/'2026-\d\d-\d\dT[^']+'/, `'${new Date(Date.now() + 60_000).toISOString()}'`);
  const here = `${ours.includes('MabeamSpace') || !ours.includes('Mabeam') ? '' : `MabeamSpace = '${stack.space.name}' AND `}${ours}`;
  // Nothing has failed or drains here, and no agent is called like the owner: these need only be understood.
  const isEmpty = ['Failed', 'draining', 'WorkflowId'].some((each) => here.includes(each));
  const list = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { workflowId } of stack.client.workflow.list({ query: here })) found.push(workflowId);
    return found;
  };
  if (isEmpty) await expect(list()).resolves.toBeDefined();
  else await until(`an answer to ${here}`, async () => ((await list()).length > 0 ? true : undefined));
});
