import { highest, summed, type OptionMethod } from './profile';

/**
 * The option that most weight puts first. One on the second place of everybody counts for nothing: it may elect what a majority
 * puts last.
 */
export const plurality: OptionMethod = (profile) =>
  highest(summed(profile, ({ order }, option) => (order[0] === option ? 1 : 0)));
