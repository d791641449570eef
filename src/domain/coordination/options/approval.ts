import { highest, summed, type OptionMethod } from './profile';

/**
 * The option that most weight names at all; the order in which a voter names options does not matter.
 *
 * @see Brams and Fishburn 1978, "Approval voting".
 */
export const approval: OptionMethod = (profile) =>
  highest(summed(profile, ({ order }, option) => (order.includes(option) ? 1 : 0)));
