import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Row } from '../measure';
import { optunaPython } from '../optuna-python';
import { report, table } from '../report';
import { GP_MATCHES, MATCHES, type Match } from './matches';
import { startOptuna, type OptunaSide } from './optuna';
import { playAll, playFaults } from './play';
import { batchRow, faultRows, rowsOf } from './rows';
import { forgetful, storeOf, type Said, type Store } from './store';

/*
 * usage: npm run bench:samplers -- [--short] [--seeds=N] [MATCH...]. Each of our samplers beside Optuna's, on the same instances
 * of the same problems; exit 1 when one is significantly worse anywhere, or a control does not say what it must. All matches but
 * those of gp are played when none is named; of those that are not played the page keeps what it has. What has been played is
 * kept in mabeam's cache, by the versions and the sources that it comes from: a run that was broken off goes on. With --seeds
 * there are fewer seeds, as the page says. The short form has one seed, few problems and trials, judges nothing, keeps nothing
 * and writes no page. Needs Python 3.10 with venv; gp needs torch, some GB, unless MABEAM_OPTUNA_GP names a Python that has what
 * requirements-gp.txt names.
 */

const ALL = [...MATCHES, ...GP_MATCHES];
const SHORT = 25;

/** A match in the short form. */
function shortened(match: Match): Match {
  const problems = match.problems.filter((_each, at) => at % 3 === 0);
  return { ...match, problems, trials: SHORT, first: Math.min(match.first, SHORT - 5), seeds: 1, controls: 1 };
}

/** A match with fewer seeds, and as many fewer controls. */
function withSeeds(match: Match, most: number): Match {
  const seeds = Math.min(match.seeds, most);
  return { ...match, seeds, controls: Math.floor((match.controls * seeds) / match.seeds) };
}

/** When what a page shows was computed, and what it took. */
function computed({ name, seeds, trials }: Match, { hours, from, to }: Said, version: string): Row {
  const minute = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;
  const what = `${name}: computing behind ${String(seeds)} seeds of ${String(trials)} evaluations, from ${minute(from)} to ${minute(to)}, Optuna ${version}, Node ${process.versions.node}`;
  return {
    id: `${name}-computed`,
    what,
    unit: 'hours',
    ours: hours,
    reference: null,
    ratio: null,
    bar: null,
    holds: null,
  };
}

async function play(
  matches: readonly Match[],
  sides: readonly OptunaSide[],
  isShort: boolean,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const storeFor = (name: string): Store => (isShort ? forgetful() : storeOf(name));
  for (const match of matches) {
    const store = storeFor(match.name);
    const all = await playAll(match, store, sides);
    const faults = await playFaults(match, store);
    // the same studies one by one, from the match that has them: it need not be played in this run
    const one = match.batch > 1 ? await playAll({ ...match, batch: 1 }, storeFor(match.sampler), sides) : [];
    rows.push(...rowsOf(match, all), ...faultRows(match, all, faults, one));
    if (match.batch > 1) rows.push(batchRow(match, all, one));
    rows.push(computed(match, store.said(), sides[0]?.version ?? ''));
  }
  return rows;
}

const RESULTS = join(__dirname, '../results/samplers.json');
const BY_LENGTH = ALL.map(({ name }) => name).sort((a, b) => b.length - a.length);
const matchOf = ({ id }: Row): string | undefined => BY_LENGTH.find((name) => id.startsWith(`${name}-`));

/** What was played, and of the page as it stands the matches that were not. */
function withOthers(rows: readonly Row[], played: readonly Match[]): readonly Row[] {
  const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as readonly Row[]) : [];
  const kept = before.filter((row) => !played.some(({ name }) => name === matchOf(row)));
  return ALL.flatMap(({ name }) => [...rows, ...kept].filter((row) => matchOf(row) === name));
}

async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const wanted = words.filter((word) => !word.startsWith('--'));
  const odd = wanted.find((name) => !ALL.some((match) => match.name === name));
  if (odd !== undefined) {
    console.error(`no match ${odd}; there are ${ALL.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const chosen = wanted.length === 0 ? MATCHES : ALL.filter(({ name }) => wanted.includes(name));
  const most = Number(words.find((word) => word.startsWith('--seeds='))?.slice('--seeds='.length) ?? Infinity);
  if (!(most >= 1)) {
    console.error('--seeds takes a number from 1 on');
    return 2;
  }
  const matches = chosen.map((match) => (isShort ? shortened(match) : withSeeds(match, most)));
  const isGp = matches.some(({ sampler }) => sampler === 'gp');
  const python = isGp
    ? await optunaPython(join(__dirname, 'requirements-gp.txt'), process.env['MABEAM_OPTUNA_GP'])
    : await optunaPython(join(__dirname, 'requirements.txt'));
  const sides = await Promise.all(
    cpus()
      .slice(0, 2)
      .map(() => startOptuna(python)),
  );
  try {
    const rows = await play(matches, sides, isShort);
    console.log(table(rows));
    if (isShort) return 0;
    const command = 'npm run bench:samplers [-- MATCH...]';
    await report('samplers', undefined, withOthers(rows, matches), { command, notes: NOTES });
    return rows.some(({ holds }) => holds === false) ? 1 : 0;
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

const NOTES = [
  'Medians over seeds of what is missing to the optimum; each seed is another instance of the problem: shifted and rotated, its axes turned, or one of the suite. Tables have one instance, with other first trials for each seed.',
  'With two objectives: the share of the volume of the whole front that is missing.',
  'One trial at a time, but in batches. Both sides begin with the same trials by chance where a sampler needs them.',
  'Each match says when it was played: studies are kept by what they depend on, so a run that was broken off goes on.',
  'p: Mann and Whitney, one-sided, adjusted by Holm over the problems of a match; it holds when it is at least 0.05. The mean is in units of what chance leaves; it holds when the interval of the difference (bootstrap) is not wholly above 0. A planted fault holds when it is found: by p, by the mean, or, in batches, when it misses the bar of batches that the sampler itself must keep.',
  'In sums over the problems one seed that misses the best of digits weighs much: chance leaves next to nothing there, and that is the unit.',
];

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
