import { MUTATIONS } from './mutations';
import { partsOf, type Mutation } from './mutation';
import { publish } from './page';
import { playOnServer, playUnits, type Played } from './play';
import { withScratch } from './scratch';

/*
 * usage: npm run bench:planted -- [--short] [ID...]. Plants each fault of the list into a copy of the sources, and runs the test that must see it, which
 * must pass without the fault; exit 1 when one is not found. The short form plants one fault in the rules for each family of promises,
 * and needs no server, and writes no report. A run of some takes the others from the report.
 */

/** The first in the rules of each family. */
function short(): readonly Mutation[] {
  const families = new Set<string>();
  return MUTATIONS.filter((mutation) => {
    const [family = ''] = partsOf(mutation).promise.split('-');
    if (mutation.project !== 'unit' || families.has(family)) return false;
    families.add(family);
    return true;
  });
}

function chosen(words: readonly string[]): readonly Mutation[] {
  if (words.includes('--short')) return short();
  const ids = words.filter((word) => !word.startsWith('--'));
  return ids.length === 0 ? MUTATIONS : MUTATIONS.filter(({ id }) => ids.some((each) => id.startsWith(each)));
}

async function main(words: readonly string[]): Promise<number> {
  const mutations = chosen(words);
  if (mutations.length === 0) {
    console.error('no fault has such an id; the page bench/results/planted.md has them all');
    return 2;
  }
  const say = (text: string): void => {
    console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
  };
  const isUnit = ({ project }: Mutation): boolean => project === 'unit';
  const onServer = mutations.filter((each) => !isUnit(each));
  // each in a copy of its own: what runs on a server waits more than it computes
  const both = await Promise.all([
    withScratch((root) => playUnits(root, mutations.filter(isUnit))),
    onServer.length === 0 ? [] : withScratch((root) => playOnServer(root, onServer, say)),
  ]);
  const of = new Map(both.flat().map((each) => [each.mutation.id, each]));
  const played: readonly Played[] = mutations.flatMap(({ id }) => of.get(id) ?? []);
  for (const { mutation, why } of played) if (why !== undefined) say(`not found: ${mutation.id}: ${why}`);
  const found = played.filter(({ isFound }) => isFound).length;
  console.log(`${String(found)} of ${String(played.length)} planted faults are found`);
  if (!words.includes('--short')) await publish(played);
  return found === played.length ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
