import fc from 'fast-check';
import { secondPrice } from '../../../../src/domain/economics/auction';
import { exp3Rate, importanceWeighted } from '../../../../src/domain/economics/bandit';
import { drawnBy, hedgeRate, sharesOf } from '../../../../src/domain/economics/hedge';
import { wordsOf } from '../../../../src/domain/optimisation/philox';

const seed = 20261130;
const value = fc.integer({ min: 0, max: 20 }).map((each) => each / 10);
const others = fc.array(value, { maxLength: 6 });

/** What a bidder with a value gains by a bid, among the bids of others. */
function gain(worth: number, bid: number, rest: readonly number[], reserve: number): number {
  const sale = secondPrice([bid, ...rest], reserve);
  return sale?.winner === 0 ? worth - sale.price : 0;
}

test('ECO-3 in a sealed-bid second-price auction no bid gains more than the truth', () => {
  fc.assert(
    fc.property(value, value, others, value, (worth, bid, rest, reserve) => {
      expect(gain(worth, worth, rest, reserve)).toBeGreaterThanOrEqual(gain(worth, bid, rest, reserve));
    }),
    { seed, numRuns: 2_000 },
  );
});

test('ECO-3 the winner bids the most and pays the second bid or the reserve, whatever its own bid; a single bidder pays the reserve', () => {
  fc.assert(
    fc.property(value, others, value, fc.double({ min: 0, max: 5, noNaN: true }), (bid, rest, reserve, more) => {
      const sale = secondPrice([bid, ...rest], reserve);
      const known = [bid, ...rest].filter((each) => each >= reserve);
      if (known.length === 0) {
        expect(sale).toBeUndefined();
        return;
      }
      const [first = 0, second = reserve] = known.toSorted((a, b) => b - a);
      expect([bid, ...rest][sale?.winner ?? -1]).toBe(first);
      expect(sale?.price).toBe(second);
      if (sale?.winner === 0) expect(secondPrice([bid + more, ...rest], reserve)).toEqual(sale);
    }),
    { seed, numRuns: 1_000 },
  );
  expect(secondPrice([0.7], 0.1)).toEqual({ winner: 0, price: 0.1 });
  expect(secondPrice([undefined, 0.7], 0.1)).toEqual({ winner: 1, price: 0.1 });
  expect(secondPrice([0.05, undefined], 0.1)).toBeUndefined();
});

const gains = fc.integer({ min: 2, max: 6 }).chain((experts) =>
  fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: experts, maxLength: experts }), {
    minLength: 1,
    maxLength: 200,
  }),
);

/** How much less than the best expert Hedge gains in the mean, by the rates that it has at each round. */
function regret(rounds: readonly (readonly number[])[], rateAt: (round: number) => number): number {
  let total = rounds[0]?.map(() => 0) ?? [];
  let own = 0;
  rounds.forEach((round, at) => {
    const shares = sharesOf(total, rateAt(at + 1), 0);
    own += shares.reduce((sum, share, expert) => sum + share * (round[expert] ?? 0), 0);
    total = total.map((each, expert) => each + (round[expert] ?? 0));
  });
  return Math.max(...total) - own;
}

test('Hedge loses at most √(T/2 ln K) to the best expert, and twice that when nobody knows T', () => {
  fc.assert(
    fc.property(gains, (rounds) => {
      const experts = rounds[0]?.length ?? 2;
      const bound = Math.sqrt((rounds.length / 2) * Math.log(experts));
      expect(regret(rounds, () => hedgeRate(rounds.length, experts))).toBeLessThanOrEqual(bound + 1e-9);
      const anytime = 2 * bound + Math.sqrt(Math.log(experts) / 8);
      expect(regret(rounds, (round) => hedgeRate(round, experts))).toBeLessThanOrEqual(anytime + 1e-9);
    }),
    { seed, numRuns: 300 },
  );
  // the worst of all orders: whoever was best so far gains nothing next
  const spiteful = Array.from({ length: 400 }, (_each, at) => (at % 2 === 0 ? [0, 1] : [1, 0]));
  expect(regret(spiteful, () => hedgeRate(400, 2))).toBeLessThanOrEqual(Math.sqrt(200 * Math.log(2)));
});

test('shares sum to 1, none is below the floor, and who gained more never has less', () => {
  const total = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(total, fc.double({ min: 0.001, max: 10, noNaN: true }), (all, rate) => {
      const floor = 1 / (4 * all.length);
      const shares = sharesOf(all, rate, floor);
      expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(floor * (1 - 1e-9));
      all.forEach((one, a) =>
        all.forEach((other, b) => {
          if (one > other) expect(shares[a]).toBeGreaterThanOrEqual(shares[b] ?? 0);
        }),
      );
    }),
    { seed, numRuns: 500 },
  );
});

test('a draw by shares takes each as often as its share says', () => {
  const shares = [0.5, 0.3, 0.2];
  const steps = Array.from({ length: 1_000 }, (_each, at) => drawnBy(shares, at / 1_000));
  expect([0, 1, 2].map((each) => steps.filter((step) => step === each).length)).toEqual([500, 300, 200]);
  expect(drawnBy(shares, 1 - 2 ** -53)).toBe(2);
});

test('EXP3 estimates each arm without bias, whatever its chance', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })), {
        minLength: 2,
        maxLength: 8,
      }),
      (arms) => {
        const shares = sharesOf(
          arms.map(([, total]) => total),
          1,
          1 / (4 * arms.length),
        );
        arms.forEach(([reward], arm) => {
          const mean = (shares[arm] ?? 0) * importanceWeighted(reward, shares[arm] ?? 1);
          expect(mean).toBeCloseTo(reward, 12);
        });
      },
    ),
    { seed, numRuns: 300 },
  );
});

test('EXP3 loses at most 2 √(T K ln K) in the mean to the best arm', () => {
  const [rounds, means] = [500, [0.2, 0.5, 0.4, 0.1]] as const;
  const runs = Array.from({ length: 20 }, (_run, run) => {
    let total = means.map(() => 0);
    let own = 0;
    for (let round = 1; round <= rounds; round++) {
      const words = wordsOf(run, 2_000, round, 0);
      const shares = sharesOf(total, exp3Rate(round, means.length), 0);
      const arm = drawnBy(shares, words.unit());
      const reward = words.unit() < (means[arm] ?? 0) ? 1 : 0;
      own += means[arm] ?? 0;
      total = total.map((each, at) => (at === arm ? each + importanceWeighted(reward, shares[arm] ?? 1) : each));
    }
    return rounds * 0.5 - own;
  });
  const mean = runs.reduce((sum, each) => sum + each, 0) / runs.length;
  expect(mean).toBeLessThanOrEqual(2 * Math.sqrt(rounds * means.length * Math.log(means.length)));
  // and it learns: chance would lose 100
  expect(mean).toBeLessThan(90);
});
