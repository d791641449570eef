import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SamplerName } from '../../src/contracts/optimisation/study';
import type { Match } from './matches';
import { SIDE, type OptunaSide } from './optuna';
import { firstOf, study } from './ours';
import { FAULTS, withFault, type Fault } from './planted';
import type { Course, Problem } from './problem';
import { hashOf, hashOfCode, printOf, type Store } from './store';

/** Optuna's control has seeds of its own. */
const OTHER = 10_000;

/** What is played on each instance: ours, Optuna's, Optuna's with another seed, and chance. */
const PLAYERS = ['theirs', 'ours', 'chance', 'control'] as const;
type Player = (typeof PLAYERS)[number];
type Courses = readonly Course[];

/** The courses of all players on one problem, by seed; of the control there may be fewer. */
export type Played = { readonly problem: Problem } & Readonly<Record<Player, Courses>>;

/** What a match with a fault in our side came to: courses by problem and seed. */
export interface Faulty {
  readonly fault: Fault;
  readonly courses: readonly Courses[];
}

const THEIRS = hashOfCode(SIDE);
const DOMAIN = join(__dirname, '../../src/domain/optimisation');

const sources = new Map<SamplerName, string>();

/** The sources of a sampler of ours. */
function sourcesOf(sampler: SamplerName): string {
  const known = sources.get(sampler);
  if (known !== undefined) return known;
  const own = join(DOMAIN, 'samplers', sampler);
  const entry = existsSync(`${own}.ts`) ? `${own}.ts` : join(own, `${sampler}.ts`);
  const code = hashOfCode(entry, join(DOMAIN, 'history.ts'));
  sources.set(sampler, code);
  return code;
}

function keyOf(player: string, code: string, { trials, batch, first }: Match, problem: Problem, seed: number): string {
  return JSON.stringify([player, code, problem.name, printOf(problem, seed), seed, trials, batch, first]);
}

const paceOf = ({ batch }: Match) => ({ atOnce: batch, inBatches: true });

/** One study of one player. */
function courseOf(
  match: Match,
  problem: Problem,
  player: Player,
  seed: number,
  { store, side }: { readonly store: Store; readonly side: OptunaSide },
): Promise<Course> {
  const { sampler, trials, batch, first } = match;
  switch (player) {
    case 'ours':
      return store.course(keyOf(sampler, sourcesOf(sampler), match, problem, seed), () =>
        study(sampler, problem, seed, trials, paceOf(match)),
      );
    case 'chance':
      return store.course(keyOf('random', sourcesOf('random'), match, problem, seed), () =>
        study('random', problem, seed, trials),
      );
    case 'theirs':
    case 'control': {
      const own = player === 'theirs' ? seed : OTHER + seed;
      const name = `Optuna ${side.version} ${sampler} ${String(own)}`;
      return store.course(keyOf(name, THEIRS, match, problem, seed), () =>
        side.study({ sampler, problem, seed, own, trials, batch, first: firstOf(sampler, problem, seed, first) }),
      );
    }
  }
}

/**
 * All studies of a match, of Optuna's one in each of its processes at a time. Player by player and seed by seed: where
 * a run is broken off there are as many seeds on every problem.
 */
export async function playAll(match: Match, store: Store, sides: readonly OptunaSide[]): Promise<readonly Played[]> {
  const courses = new Map<string, Course>();
  const nameOf = (player: Player, { name }: Problem, seed: number): string => `${player} ${name} ${String(seed)}`;
  const seedsOf = (player: Player): number => (player === 'control' ? match.controls : match.seeds);
  const open = PLAYERS.flatMap((player) =>
    Array.from({ length: seedsOf(player) }, (_each, seed) =>
      match.problems.map((problem) => ({ player, problem, seed })),
    ).flat(),
  );
  const byOne = async (side: OptunaSide): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { player, problem, seed } = next;
      courses.set(nameOf(player, problem, seed), await courseOf(match, problem, player, seed, { store, side }));
      if (problem === match.problems.at(-1)) console.error(`${match.name}: ${player}, seed ${String(seed)}`);
    }
  };
  await Promise.all(sides.map(byOne));
  return match.problems.map((problem) => {
    const of = (player: Player): Courses =>
      Array.from({ length: seedsOf(player) }, (_each, seed) => courses.get(nameOf(player, problem, seed)) ?? []);
    return { problem, theirs: of('theirs'), control: of('control'), ours: of('ours'), chance: of('chance') };
  });
}

/** The same studies of ours once more with each fault of the match. */
export async function playFaults(match: Match, store: Store): Promise<readonly Faulty[]> {
  const all: Faulty[] = [];
  for (const fault of FAULTS.filter((each) => each.match === match.name)) {
    const code = hashOf(sourcesOf(match.sampler) + JSON.stringify([fault.file, fault.right, fault.wrong]));
    const courses = await withFault(fault, async (ours) => {
      const byProblem: Courses[] = [];
      for (const problem of match.problems.slice(0, fault.problems)) {
        const bySeed: Course[] = [];
        for (let seed = 0; seed < match.seeds; seed += 1)
          bySeed.push(
            await store.course(keyOf(match.sampler, code, match, problem, seed), () =>
              ours.study(match.sampler, problem, seed, match.trials, paceOf(match)),
            ),
          );
        byProblem.push(bySeed);
      }
      return byProblem;
    });
    console.error(`${match.name}: ${fault.name}`);
    all.push({ fault, courses });
  }
  return all;
}
