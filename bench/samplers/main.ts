import { cpus } from 'node:os';
import { join } from 'node:path';
import { median, type Row } from '../measure';
import { optunaPython } from '../optuna-python';
import { report, table } from '../report';
import { startOptuna, type OptunaSide } from './optuna';
import { firstOf, study, type Course } from './ours';
import { ROUGH, SMOOTH, type Problem } from './problems';
import { holm, meanDifference, worseP } from './statistics';

/*
 * usage: npm run bench:samplers -- [--short] [SAMPLER...]. Each of our samplers against Optuna's, on the same instances of the same
 * problems; exit 1 when one is significantly worse anywhere, or a control does not say what it must. The short form has few
 * seeds and trials, judges nothing and writes no report. Needs Python 3.10 with venv.
 */

interface Match {
  readonly problems: readonly Problem[];
  /** Both sides begin with so many suggestions of ours, which are by chance. */
  readonly first: number;
  readonly trials: number;
}
const MATCHES: Readonly<Record<'tpe' | 'cmaes', Match>> = {
  tpe: { problems: [...SMOOTH, ...ROUGH], first: 10, trials: 100 },
  // Optuna's begins with one trial by chance, ours with its first generation.
  cmaes: { problems: [...SMOOTH, ...ROUGH.slice(0, 2)], first: 0, trials: 200 },
};
type Name = keyof typeof MATCHES;
const isName = (name: string): name is Name => name in MATCHES;

const SEEDS = 30;
const SIGNIFICANT = 0.05;
/** Optuna's control has seeds of its own. */
const OTHER = 10_000;
/** After these numbers of evaluations the report shows how it stands; the last one is judged. */
const SHOWN = [25, 50, 100, 200];

/** The courses of both sides on one problem, by seed. */
interface Played {
  readonly problem: Problem;
  readonly ours: readonly Course[];
  readonly theirs: readonly Course[];
  readonly control: readonly Course[];
  readonly chance: readonly Course[];
}

async function playAll(
  name: Name,
  match: Match,
  seeds: number,
  sides: readonly OptunaSide[],
): Promise<readonly Played[]> {
  const { first, trials } = match;
  const played: Played[] = [];
  const open = [...match.problems];
  const byOne = async (side: OptunaSide): Promise<void> => {
    for (let problem = open.shift(); problem !== undefined; problem = open.shift()) {
      const all = {
        problem,
        ours: [] as Course[],
        theirs: [] as Course[],
        control: [] as Course[],
        chance: [] as Course[],
      };
      for (let seed = 0; seed < seeds; seed += 1) {
        const asked = { sampler: name, problem, seed, trials, first: firstOf(name, problem, seed, first) };
        all.theirs.push(await side.study({ ...asked, own: seed }));
        all.control.push(await side.study({ ...asked, own: OTHER + seed }));
        all.ours.push(study(name, problem, seed, trials));
        all.chance.push(study('random', problem, seed, trials));
      }
      console.error(`${name} on ${problem.name}`);
      played.push(all);
    }
  };
  await Promise.all(sides.map(byOne));
  return match.problems.flatMap((problem) => played.filter((each) => each.problem === problem));
}

const after = (courses: readonly Course[], trials: number): readonly number[] =>
  courses.map((course) => course[trials - 1] ?? NaN);
const idOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');

/** Each problem's difference by seed, in units of what chance leaves there. */
function differences(
  played: readonly Played[],
  trials: number,
  of: 'ours' | 'control',
): readonly (readonly number[])[] {
  return played.map((each) => {
    const unit = median(after(each.chance, trials));
    const theirs = after(each.theirs, trials);
    return after(each[of], trials).map((mine, at) => (mine - (theirs[at] ?? NaN)) / unit);
  });
}

const figure = (value: number): string => String(Number(value.toPrecision(2)));

function rowsOf(name: Name, trials: number, played: readonly Played[]): readonly Row[] {
  const psOf = (of: 'ours' | 'control' | 'chance'): readonly number[] =>
    holm(played.map((each) => worseP(after(each[of], trials), after(each.theirs, trials))));
  const ps = psOf('ours');
  const row = (each: Played, at: number): readonly Row[] =>
    SHOWN.filter((shown) => shown <= trials).map((shown) => {
      const [ours, reference] = [median(after(each.ours, shown)), median(after(each.theirs, shown))];
      const p = ps[at] ?? NaN;
      const isLast = shown === trials;
      return {
        id: `${name}-${idOf(each.problem.name)}-${String(shown)}`,
        what: `${name} on ${each.problem.name}, after ${String(shown)}${isLast ? `; p ${figure(p)}` : ''}`,
        unit: 'regret',
        ours,
        reference,
        ratio: ours / reference,
        bar: null,
        holds: isLast ? p >= SIGNIFICANT : null,
      };
    });
  const { mean, low, high } = meanDifference(differences(played, trials, 'ours'));
  const whole = (of: 'ours' | 'theirs'): number =>
    played.reduce((sum, each) => {
      const own = after(each[of], trials);
      return sum + own.reduce((all, mine) => all + mine, 0) / own.length / median(after(each.chance, trials));
    }, 0) / played.length;
  const [ours, reference] = [whole('ours'), whole('theirs')];
  const control = Math.min(...psOf('control'));
  const planted = psOf('chance').filter((p) => p < SIGNIFICANT).length;
  const said = (id: string, what: string, unit: string, value: number, holds: boolean): Row => ({
    id: `${name}-${id}`,
    what: `${name}: ${what}`,
    unit,
    ours: value,
    reference: null,
    ratio: null,
    bar: null,
    holds,
  });
  return [
    ...played.flatMap(row),
    {
      id: `${name}-mean`,
      what: `${name}: mean regret over all problems; difference ${figure(mean)}, 95 % from ${figure(low)} to ${figure(high)}`,
      unit: 'of chance',
      ours,
      reference,
      ratio: ours / reference,
      bar: null,
      holds: low <= 0,
    },
    said('control', 'Optuna with other seeds passes the same test; least p', 'p', control, control >= SIGNIFICANT),
    said('planted', 'chance in its place is found worse', 'problems', planted, planted > played.length / 2),
  ];
}

async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const wanted = words.filter((word) => !word.startsWith('--'));
  const odd = wanted.find((name) => !isName(name));
  if (odd !== undefined) {
    console.error(`no sampler ${odd}; there are ${Object.keys(MATCHES).join(', ')}`);
    return 2;
  }
  const names = (Object.keys(MATCHES) as Name[]).filter((name) => wanted.length === 0 || wanted.includes(name));
  const python = await optunaPython(join(__dirname, 'requirements.txt'));
  const sides = await Promise.all(
    cpus()
      .slice(0, 2)
      .map(() => startOptuna(python)),
  );
  try {
    const rows: Row[] = [];
    for (const name of names) {
      const match = MATCHES[name];
      const trials = isShort ? 25 : match.trials;
      const played = await playAll(name, { ...match, trials }, isShort ? 2 : SEEDS, sides);
      rows.push(...rowsOf(name, trials, played));
    }
    console.log(table(rows));
    if (isShort) return 0;
    const notes = [
      'Median simple regret of 30 seeds; each seed is another instance of the problem: shifted and rotated, or its axes turned.',
      'One study at a time, no parallel trials. Both sides begin with the same trials by chance where a sampler needs them.',
      'p: Mann and Whitney, one-sided, adjusted by Holm over the problems; it holds when it is at least 0.05.',
    ];
    const beside = `Optuna ${sides[0]?.version ?? ''} (TPESampler, CmaEsSampler by default)`;
    await report('samplers', beside, rows, { command: 'npm run bench:samplers', notes });
    return rows.some(({ holds }) => holds === false) ? 1 : 0;
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
