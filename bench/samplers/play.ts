import { join } from 'node:path';
import type { Match } from './matches';
import type { OptunaSide } from './optuna';
import { SIDE } from './optuna';
import { firstOf, study } from './ours';
import type { Course, Problem } from './problem';
import { hashOfCode, printOf, type Store } from './store';

/** Optuna's control has seeds of its own. */
const OTHER = 10_000;

/** What is played on each instance: ours, Optuna's, Optuna's with another seed, and chance. */
export const PLAYERS = ['theirs', 'control', 'ours', 'chance'] as const;
export type Player = (typeof PLAYERS)[number];

/** The courses of all players on one problem, by seed. */
export type Played = { readonly problem: Problem } & Readonly<Record<Player, readonly Course[]>>;

const OURS = hashOfCode(join(__dirname, '../../src/domain/optimisation'), join(__dirname, 'ours.ts'));
const THEIRS = hashOfCode(SIDE);

/** One study of one player. */
function courseOf(
  { sampler, trials, batch, first }: Match,
  problem: Problem,
  player: Player,
  seed: number,
  { store, side }: { readonly store: Store; readonly side: OptunaSide },
): Promise<Course> {
  const key = (of: string, code: string): string =>
    JSON.stringify([of, code, problem.name, printOf(problem, seed), seed, trials, batch, first]);
  const pace = { atOnce: batch, inBatches: true };
  switch (player) {
    case 'ours':
      return store.course(key(sampler, OURS), () => study(sampler, problem, seed, trials, pace));
    case 'chance':
      return store.course(key('random', OURS), () => study('random', problem, seed, trials, pace));
    case 'theirs':
    case 'control': {
      const own = player === 'theirs' ? seed : OTHER + seed;
      const asked = { sampler, problem, seed, own, trials, batch, first: firstOf(sampler, problem, seed, first) };
      return store.course(key(`Optuna ${side.version} ${sampler} ${String(own)}`, THEIRS), () => side.study(asked));
    }
  }
}

/**
 * All studies of a match. Optuna's come first, one in each of its processes at a time, and player by player, seed by seed: where
 * a run is broken off there are as many seeds on every problem.
 */
export async function playAll(
  match: Match,
  seeds: number,
  store: Store,
  sides: readonly OptunaSide[],
): Promise<readonly Played[]> {
  const courses = new Map<string, Course>();
  const nameOf = (player: Player, problem: Problem, seed: number): string => `${player} ${problem.name} ${String(seed)}`;
  const open = PLAYERS.flatMap((player) =>
    Array.from({ length: seeds }, (_each, seed) => match.problems.map((problem) => ({ player, problem, seed }))).flat(),
  );
  const byOne = async (side: OptunaSide): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { player, problem, seed } = next;
      courses.set(nameOf(player, problem, seed), await courseOf(match, problem, player, seed, { store, side }));
      if (problem === match.problems[0]) console.error(`${match.name}: ${player}, seed ${String(seed)}`);
    }
  };
  await Promise.all(sides.map(byOne));
  return match.problems.map((problem) => {
    const of = (player: Player): readonly Course[] =>
      Array.from({ length: seeds }, (_each, seed) => courses.get(nameOf(player, problem, seed)) ?? []);
    return { problem, theirs: of('theirs'), control: of('control'), ours: of('ours'), chance: of('chance') };
  });
}
