import type { RegretAnswer, RegretInput } from '../../contracts/optimisation/bounding';
import { STREAMS, wordsOf } from './philox';
import { medianBound, regretBound } from './samplers/gp/regret';

/** What a check comes to: a function of its input alone. Pure; heavy. */
export function regretAnswer({ space, seed, complete, trials, of, first }: RegretInput): RegretAnswer {
  const word = (place: number): number => wordsOf(seed, STREAMS.regret, complete, place).word();
  const bound = regretBound({ space, trials, of }, word(0));
  const median =
    first === undefined ? undefined : medianBound({ space, trials: first, of: first.numbers.length }, word(1));
  return { ...(bound === undefined ? {} : { bound }), ...(median === undefined ? {} : { median }) };
}
