import { log } from '../optimisation/numerics/elementary';

const { max, min, sqrt } = Math;

/**
 * What one play tells of the gains of all arms when only the drawn one is seen: its reward over its chance. The mean over
 * the draw is the reward of each arm, so nothing is favoured by being drawn often.
 *
 * @param share the chance with which it was drawn, above 0
 * @see Auer, Cesa-Bianchi, Freund, Schapire 2002, "The nonstochastic multiarmed bandit problem" (EXP3)
 */
export function importanceWeighted(reward: number, share: number): number {
  return reward / share;
}

/**
 * The learning rate of EXP3 after so many rounds, when nobody knows how many there will be: √(ln K / (t K)), at most 1.
 *
 * @see Bubeck & Cesa-Bianchi 2012, theorem 3.1: the pseudo-regret is at most 2 √(t K ln K), for shares without a floor; with
 *   one, what the floor gives away comes on top.
 */
export function exp3Rate(rounds: number, arms: number): number {
  return min(1, sqrt(log(max(2, arms)) / (max(1, rounds) * arms)));
}
