/** Who has won a sealed-bid auction, and what it pays. */
export interface Sale {
  /** Place of the winner among the bids. */
  readonly winner: number;
  readonly price: number;
}

/**
 * A second-price auction with sealed bids for one item: the highest bid wins, the earliest among equal ones, and pays the
 * second highest, at least the reserve. A single bidder pays the reserve (ECO-3). Its own bid never changes what a winner
 * pays, so for one auction alone the truth is a dominant strategy; it is not when the same bidders meet again with budgets.
 *
 * @param bids one for each bidder; `undefined` does not bid
 * @param reserve bids below it do not count
 * @see Vickrey 1961, "Counterspeculation, auctions, and competitive sealed tenders"
 */
export function secondPrice(bids: readonly (number | undefined)[], reserve: number): Sale | undefined {
  let winner = -1;
  let first = -Infinity;
  let second = reserve;
  bids.forEach((bid, at) => {
    if (bid === undefined || bid < reserve) return;
    if (bid > first) {
      second = winner < 0 ? reserve : first;
      [winner, first] = [at, bid];
    } else if (bid > second) second = bid;
  });
  return winner < 0 ? undefined : { winner, price: second };
}
