import { appendFile, readFile } from 'node:fs/promises';
import { report, table } from '../report';
import type { Course } from '../samplers/problem';
import { play } from './play';
import { rowsOf, type Run } from './rows';
import { BUDGETS, LIAR_FROM, LIAR_TRIALS, MATCHES, TRIALS, type Match } from './teams';

/*
 * usage: npm run bench:portfolio -- [--short] [--keep FILE] [--seeds N]. The claims MKT-1 to MKT-4: markets of optimisers beside each of them alone and
 * beside the written rule, on the same instances of the same problems, in this process; exit 1 when a claim fails. The short form has
 * few seeds and trials, judges nothing and writes no report. With --keep, runs are appended to a file, and those that are in it
 * are not played again. Takes about an hour of one core.
 */

const SEEDS = 30;

const keyOf = ({ match, problem, seed }: Pick<Run, 'match' | 'problem' | 'seed'>): string =>
  `${match}/${problem}/${String(seed)}`;

async function keptIn(file: string | undefined): Promise<ReadonlyMap<string, Run>> {
  if (file === undefined) return new Map();
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => JSON.parse(line) as Run).map((run) => [keyOf(run), run]));
}

async function playAll(matches: readonly Match[], seeds: number, keep: string | undefined): Promise<readonly Run[]> {
  const kept = await keptIn(keep);
  const runs: Run[] = [];
  for (const { id, team, trials, problems } of matches) {
    for (const problem of problems)
      for (let seed = 0; seed < seeds; seed++) {
        const known = kept.get(keyOf({ match: id, problem: problem.name, seed }));
        if (known !== undefined) {
          runs.push(known);
          continue;
        }
        const { course, members } = play(team, problem, seed, trials);
        const run: Run = { match: id, problem: problem.name, seed, course, members };
        runs.push(run);
        if (keep !== undefined) await appendFile(keep, `${JSON.stringify(run)}\n`);
      }
    console.error(id);
  }
  return runs;
}

function short(): readonly Match[] {
  return MATCHES.map((match) => ({ ...match, trials: 15, problems: match.problems.slice(-2) }));
}

async function main(args: readonly string[]): Promise<number> {
  const isShort = args.includes('--short');
  const at = args.indexOf('--keep');
  const keep = at < 0 ? undefined : args[at + 1];
  if (isShort) {
    const runs = await playAll(short(), 1, undefined);
    const best = (course: Course): number => course.at(-1) ?? NaN;
    for (const run of runs) console.log(`${keyOf(run)} ${best(run.course).toPrecision(3)}`);
    return runs.every(({ course }) => Number.isFinite(best(course))) ? 0 : 1;
  }
  const given = args.indexOf('--seeds');
  const seeds = given < 0 ? SEEDS : Number(args[given + 1]);
  const rows = rowsOf(await playAll(MATCHES, seeds, keep), seeds);
  console.log(table(rows));
  const notes = [
    `Regret: the median of ${String(seeds)} seeds over that of chance after as many evaluations, in the mean over the problems. Each seed is another instance of the problem.`,
    `One trial at a time, ${String(TRIALS)} of them, looked at after ${BUDGETS.join(', ')}; nobody is told how many there will be. The team: gp, tpe, cmaes, sobol.`,
    'MKT-1: four functions of 2 to 6 floats; ours is the market, reference the best agent alone at that number of evaluations. MKT-2: noise, decades, choices, conditions; reference likewise.',
    `MKT-3: a team of tpe, cmaes and sobol, and an agent that bids 1 and proposes at random; ${String(LIAR_TRIALS)} trials; its share of those from the ${String(LIAR_FROM + 1)}st on beside its share of exploration, with a bar of two standard errors above that.`,
    'MKT-4: a proposal of gp costs two evaluations, one of tpe 0.1, of cmaes 0.05; regret when evaluations and proposals have cost 40 evaluations together.',
    'The written rule suggests what the agent that it names would alone, so it is not played again: gp on these problems, tpe on the one with conditions.',
    'Rows without a bar inform. The market that ships is the one that holds MKT-1 and MKT-2.',
  ];
  await report('portfolio', 'mabeam', rows, {
    command: `npm run bench:portfolio${seeds === SEEDS ? '' : ` -- --seeds ${String(seeds)}`}`,
    notes,
  });
  return rows.some(({ holds, id }) => holds === false && id.endsWith('hedge')) ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
