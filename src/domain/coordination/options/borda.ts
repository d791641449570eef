import { highest, summed, type OptionMethod } from './profile';

/**
 * The option with most points: two for each option below it on a ballot, one for each that stands beside it.
 *
 * Twice the usual points, so that options that a voter leaves out get the average of the places that are left in whole numbers.
 *
 * @see Borda 1781, "Mémoire sur les élections au scrutin".
 */
export const borda: OptionMethod = (profile) =>
  highest(
    summed(profile, ({ order }, option) => {
      const place = order.indexOf(option);
      const beside = profile.size - order.length;
      return place < 0 ? beside - 1 : 2 * (profile.size - 1 - place);
    }),
  );
