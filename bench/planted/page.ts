import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from '../measure';
import { machineWith } from '../report';
import { partsOf, type Mutation } from './mutation';
import { MUTATIONS } from './mutations';
import type { Played } from './play';
import { THREADS, type Thread } from './threads';

const FOLDER = join(__dirname, '../results');
const COMMAND = 'npm run bench:planted';

function rowOf({ mutation, isFound }: Played): Row {
  const ours = isFound ? 1 : 0;
  const what = `${mutation.id}: found by ${mutation.test}`;
  return { id: mutation.id, what, unit: 'found', ours, reference: null, ratio: null, bar: 1, holds: isFound };
}

const linked = (file: string): string => `[\`${file.split('/').at(-1) ?? file}\`](../../${file})`;
const inCell = (text: string): string => text.replaceAll('|', '\\|');

function lineOf({ mutation, isFound }: Played): string {
  const { promise, what } = partsOf(mutation);
  const { file, project, test, title, id } = mutation;
  const found = isFound ? 'yes' : '**no**';
  return `| ${promise} | ${inCell(what)} | ${linked(file)} | ${project} ${linked(test)}: ${inCell(title)} | \`${COMMAND} -- '${id}'\` | ${found} |`;
}

function threadLine({ threads, what, held }: Thread, mutations: readonly Mutation[]): string {
  const planted = mutations.filter(({ thread }) => thread !== undefined && threads.includes(thread));
  const ids = planted.map(({ id }) => `planted: ${id}`);
  const tests = held.map((each) => ('why' in each ? each.why : `${linked(each.test)}: ${each.title}`));
  return `| ${threads.join(', ')} | ${inCell(what)} | ${[...ids, ...tests].map(inCell).join('; ')} |`;
}

/** What came of all faults: now, or else in an earlier run, which the report says. Those that were never played are left out. */
async function allOf(now: readonly Played[]): Promise<readonly Played[]> {
  const text = await readFile(join(FOLDER, 'planted.json'), 'utf8').catch(() => '[]');
  const before = new Map((JSON.parse(text) as readonly Row[]).map(({ id, holds }) => [id, holds]));
  return MUTATIONS.flatMap((mutation): readonly Played[] => {
    const known = now.find((each) => each.mutation.id === mutation.id);
    const holds = before.get(mutation.id);
    if (known !== undefined) return [known];
    return holds === undefined ? [] : [{ mutation, isFound: holds === true }];
  });
}

/** Writes `bench/results/planted.md` and `planted.json`, in which the faults that were played now take the place of what was there. */
export async function publish(now: readonly Played[]): Promise<void> {
  const played = await allOf(now);
  const never = MUTATIONS.filter(({ id }) => !played.some(({ mutation }) => mutation.id === id));
  const found = played.filter(({ isFound }) => isFound).length;
  const mutations = played.map(({ mutation }) => mutation);
  const page = [
    '# planted',
    '',
    `Written by \`${COMMAND}\`.`,
    '',
    machineWith(),
    'Each fault is a small wrong change of a source, made in a copy of the tree: production code has no switch for it. A fault is found when the named test',
    'passes without it and fails with it. A fault whose place in the source is gone fails the command, and `test/unit/bench/planted.test.ts`.',
    "Faults that are planted otherwise have pages of their own: into the supervisor's rules beside Erlang in `otp.md`, into samplers in `samplers.md`, into the doors of tests in",
    '`docs/explanation/linearizability.md`. What was broken by hand stands in `docs/explanation/promises.md`.',
    '',
    `${String(found)} of ${String(played.length)} are found.`,
    ...(never.length === 0 ? [] : [`Not played yet: ${never.map(({ id }) => id).join('; ')}.`]),
    '',
    '## Faults',
    '',
    '| promise | what is broken | where | the test that sees it | the command | found |',
    '| --- | --- | --- | --- | --- | --- |',
    ...played.map(lineOf),
    '',
    '## Bugs of others',
    '',
    'The bugs that other projects had, and what would see each of them here: a fault of the table above, or a test of its own.',
    '',
    '| thread | what went wrong | ours |',
    '| --- | --- | --- |',
    ...THREADS.map((each) => threadLine(each, mutations)),
    '',
  ];
  await writeFile(join(FOLDER, 'planted.md'), page.join('\n'));
  await writeFile(join(FOLDER, 'planted.json'), `${JSON.stringify(played.map(rowOf), undefined, 2)}\n`);
}
