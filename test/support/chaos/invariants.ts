import type { WorkflowClient } from '@temporalio/client';
import { Client } from 'pg';
import type { Space } from '../../../src/client/index';
import type { FinishedStudy } from '../../../src/contracts/optimisation/study';
import type { member, tally } from './team';
import type { Sent } from './traffic';

/** What must hold after every fault. Each answers what it found broken; an empty list is well. */

/** Every accepted message had one effect, in the order of its sender. */
export async function messagesOnce(space: Space, { accepted }: Sent): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const [name, sent] of Object.entries(accepted)) {
    const numbers = await space.agents.at<typeof tally>(name).inspect('numbers');
    const mine = new Set(sent);
    const took = numbers.filter((n) => mine.has(n));
    if (new Set(numbers).size !== numbers.length) broken.push(`${name}: a message took effect twice`);
    if (took.join() !== sent.join()) broken.push(`${name}: sent ${sent.join()}; took ${took.join()}`);
    const letters = await space.agents.at(name).deadLetters();
    if (letters.length > 0) broken.push(`${name}: ${String(letters.length)} dead letters`);
  }
  return broken;
}

/** One final verdict per proposal, one version per accepted one, no gap between versions. */
export async function decisionsOnce(space: Space, { versions }: Pick<Sent, 'versions'>): Promise<readonly string[]> {
  const broken: string[] = [];
  const { history, recent, open, version } = await space.variables.at('settings').view();
  const numbers = history.map((each) => each.version);
  const first = numbers[0] ?? 1;
  if (numbers.join() !== numbers.map((_each, at) => first + at).join()) broken.push(`versions ${numbers.join()}`);
  if (numbers.at(-1) !== version) broken.push(`newest version ${String(numbers.at(-1))}, current ${String(version)}`);
  if (new Set(versions).size !== versions.length) broken.push(`two proposals became one version: ${versions.join()}`);
  if (versions.some((each, at) => at > 0 && each <= (versions[at - 1] ?? 0))) broken.push(`order ${versions.join()}`);
  const made = history.map(({ proposal }) => proposal).filter((number) => number > 0);
  if (new Set(made).size !== made.length) broken.push(`a proposal was committed twice: ${made.join()}`);
  if (open.length > 0) broken.push(`${String(open.length)} proposals are not decided`);
  const undecided = recent.filter(({ verdict }) => verdict.kind === 'pending');
  if (undecided.length > 0) broken.push(`${String(undecided.length)} proposals are pending for ever`);
  return broken;
}

/** Each member applied versions in order, none twice, and has the newest. */
export async function versionsApplied(space: Space): Promise<readonly string[]> {
  const { version } = await space.variables.at('settings').read();
  const broken: string[] = [];
  for (const at of [1, 2, 3]) {
    const name = `member-${String(at)}`;
    const { versions } = await space.agents.at<typeof member>(name).inspect('member');
    if (versions.some((each, i) => i > 0 && each <= (versions[i - 1] ?? 0))) broken.push(`${name}: ${versions.join()}`);
    if (versions.at(-1) !== version) broken.push(`${name} has ${String(versions.at(-1))}, not ${String(version)}`);
  }
  return broken;
}

/** The account is exact; no trial was begun again after it had been accepted, and no more than were in flight. */
export function accountExact(
  { study, account, state }: FinishedStudy,
  ledger: readonly string[],
  inFlight: number,
): readonly string[] {
  const broken: string[] = [];
  const { budget, asked, running, complete, failed, cancelled } = account;
  if (state !== 'finished') broken.push(`it is ${state}`);
  if (asked !== budget || complete !== budget) broken.push(`of ${String(budget)}: ${JSON.stringify(account)}`);
  if (running + failed + cancelled > 0) broken.push(`lost or left: ${JSON.stringify(account)}`);
  const mine = ledger.filter((line) => line.includes(study));
  const began = mine.filter((line) => line.startsWith('begin')).map((line) => line.split(' ')[2]);
  const ended = mine.filter((line) => line.startsWith('end')).map((line) => line.split(' ')[2]);
  const again = began.length - new Set(began).size;
  if (new Set(began).size !== budget) broken.push(`${String(new Set(began).size)} trials were begun`);
  if (again > inFlight)
    broken.push(`${String(again)} evaluations were begun again, ${String(inFlight)} were in flight`);
  // Killed between its end and the word of it, an evaluation is in flight still: it may end once more.
  const endedAgain = ended.length - new Set(ended).size;
  if (endedAgain > inFlight)
    broken.push(`${String(endedAgain)} trials ended twice, ${String(inFlight)} were in flight`);
  return broken;
}

interface Row {
  readonly stream: string;
  readonly sequences: readonly string[];
}

/** Each event is in the store once and in order: in every stream the numbers from 1 on, in the order of positions. */
export async function eventsOnce(databaseUrl: string, space: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(
      'select stream, array_agg(sequence order by position) as sequences from events where space = $1 group by stream',
      [space],
    );
    const incidents = await client.query('select stream, kind from incidents');
    const gaps = rows.filter(({ sequences }) => sequences.some((each, at) => Number(each) !== at + 1));
    return [
      ...gaps.map(({ stream, sequences }) => `${stream}: ${sequences.join()}`),
      ...incidents.rows.map((row) => `incident ${JSON.stringify(row)}`),
      ...(rows.length === 0 ? ['there is no event at all'] : []),
    ];
  } finally {
    await client.end();
  }
}

/** Versions that the store knows of the set: those that the set itself has, none missing, none twice. */
export async function versionsStored(databaseUrl: string, space: Space): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly version: string }>(
      `select event->'data'->>'version' as version from events
       where space = $1 and stream like $2 and type = 'set.committed' order by position`,
      [space.name, `${space.name}:variables:settings~%`],
    );
    const stored = rows.map(({ version }) => Number(version));
    const { version } = await space.variables.at('settings').read();
    const expected = Array.from({ length: version - 1 }, (_each, at) => at + 2);
    return stored.join() === expected.join() ? [] : [`stored ${stored.join()}; the set is at ${String(version)}`];
  } finally {
    await client.end();
  }
}

/** Workflows of the space that are open. Visibility is late: ask again. */
export async function openWorkflows(client: WorkflowClient, space: string): Promise<readonly string[]> {
  const query = `ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${space}:'`;
  const found: string[] = [];
  for await (const { workflowId } of client.list({ query })) found.push(workflowId);
  return found;
}

/** Streams without the end of their entity: it has ended, so an event of it is missing. */
export async function streamsUnended(databaseUrl: string, space: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly stream: string }>(
      `select stream from events where space = $1
       group by stream having count(*) filter (where type = 'entity.ended') <> 1`,
      [space],
    );
    return rows.map(({ stream }) => `${stream} does not end once`);
  } finally {
    await client.end();
  }
}
