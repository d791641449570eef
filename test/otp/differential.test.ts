import { canonical, difference } from './compare';
import { CASES, shorten } from './cases';
import { Erlang, hasErlang } from './erlang';
import { tellFigures } from './figures';
import { generate } from './generate';
import { PLANTED, plantedRules } from './planted';
import type { Sequence, Trace } from './sequence';
import { simulate } from './simulator';

/*
 * The same trees and events on OTP's supervisor and on our rule. Settings:
 * MABEAM_OTP=long        50,000 random sequences instead of 2,000
 * MABEAM_OTP_SEED=n      only the sequence of that seed (replay of a failure); `n+waits` for one in which time passes
 * MABEAM_OTP_FROM=n      seeds from n on, instead of 1
 * MABEAM_PLANTED=name    with a bug of planted.ts in our rule
 */
const { MABEAM_OTP: length, MABEAM_OTP_SEED: only, MABEAM_OTP_FROM: from, MABEAM_PLANTED: planted } = process.env;
const first = Number(only?.split('+')[0] ?? from ?? 1);
const count = only !== undefined ? 1 : length === 'long' ? 50_000 : 2_000;
const waiting = only !== undefined ? (only.endsWith('+waits') ? 1 : 0) : length === 'long' ? 600 : 150;
const BATCH = 500;
const rules = plantedRules(planted);

interface Told {
  readonly seed: number;
  readonly sequence: Sequence;
  readonly erlang: Trace;
}

const seedsFrom = (at: number, most: number): number[] => Array.from({ length: most }, (_, n) => at + n);

const tell = (erlang: Erlang, seeds: readonly number[], waits: boolean): Promise<Told[]> =>
  Promise.all(
    seeds.map(async (seed) => {
      const sequence = generate(seed, waits);
      return { seed, sequence, erlang: await erlang.run(sequence) };
    }),
  );

/** What differs, told so that it can be run again alone. */
function verdict(
  { seed, sequence, erlang }: Told,
  waits: boolean,
  ours = simulate(sequence, rules),
): string | undefined {
  const differs = ours.isOrdered ? difference(sequence, erlang, ours.trace) : undefined;
  return differs && `MABEAM_OTP_SEED=${String(seed)}${waits ? '+waits' : ''}\n${JSON.stringify(sequence)}\n${differs}`;
}

(hasErlang ? describe : describe.skip)("our rule and OTP's supervisor (needs Erlang)", () => {
  let erlang: Erlang;
  /** Those in which time passes run beside the others. */
  let beside: Erlang;
  let timed: Promise<Told[]>;
  beforeAll(() => {
    erlang = Erlang.start();
    beside = Erlang.start();
    timed = tell(beside, seedsFrom(first, waiting), true);
    // When only other tests are asked for, nobody waits for them.
    timed.catch(() => undefined);
  });
  afterAll(() => Promise.all([erlang.stop(), beside.stop()]));

  describe('every point, reached on purpose', () => {
    test.each(CASES.map((each) => [each.promise, each.title, each] as const))('%s: %s', async (_id, _title, each) => {
      const theirs = await erlang.run(each.sequence);
      const ours = simulate(each.sequence, rules).trace;
      expect(shorten(canonical(each.sequence, theirs))).toEqual(each.expected);
      expect(difference(each.sequence, theirs, ours)).toBeUndefined();
      expect(shorten(ours)).toEqual(each.expected);
      tellFigures({ points: 1 });
    });
  });

  test(`SUP-1…12: ${count.toLocaleString('en')} random trees and sequences start, stop, answer and end alike`, async () => {
    const failed: string[] = [];
    const reached = new Map<string, number>();
    let compared = 0;
    for (let at = first; at < first + count; at += BATCH) {
      for (const told of await tell(erlang, seedsFrom(at, Math.min(BATCH, first + count - at)), false)) {
        const ours = simulate(told.sequence, rules);
        if (ours.isOrdered) compared++;
        for (const [note, times] of ours.notes) reached.set(note, (reached.get(note) ?? 0) + times);
        const differs = verdict(told, false, ours);
        if (differs !== undefined) failed.push(differs);
      }
      if (failed.length > 0) break;
    }
    tellFigures({ run: count, random: compared, randomOff: failed.length });
    expect(failed.slice(0, 3).join('\n')).toBe('');
    if (count === 1) return;
    // It is worth something only if it gets where decisions are made.
    expect(compared).toBeGreaterThan(count * 0.9);
    const rate = (note: string): number => (reached.get(note) ?? 0) / count;
    for (const note of ['restarting', 'gave-up', 'retry-waits', 'start-failed'])
      expect(rate(note)).toBeGreaterThan(0.25);
    for (const note of ['auto-shutdown', 'child-ignored']) expect(rate(note)).toBeGreaterThan(0.05);
  }, 600_000);

  test(`SUP-5: ${String(waiting)} sequences in which the period passes count the same restarts`, async () => {
    const failed = (await timed).flatMap((each) => verdict(each, true) ?? []);
    tellFigures({ timed: waiting, timedOff: failed.length });
    expect(failed.slice(0, 3).join('\n')).toBe('');
  }, 120_000);

  describe('planted bugs are caught', () => {
    let told: readonly Told[] = [];
    beforeAll(async () => {
      const onPurpose = CASES.map(async ({ sequence }) => ({ seed: 0, sequence, erlang: await erlang.run(sequence) }));
      told = [...(await tell(erlang, seedsFrom(1, 600), false)), ...(await Promise.all(onPurpose))];
    });

    test.each(Object.entries(PLANTED))('%s', async (name, { waits = false }) => {
      const wrong = plantedRules(name);
      const isSeen = (each: Told): boolean => {
        try {
          return verdict(each, waits, simulate(each.sequence, wrong)) !== undefined;
        } catch {
          return true; // It starts and stops without end.
        }
      };
      const isCaught = (waits ? await timed : told).some(isSeen);
      tellFigures({ planted: 1, plantedMissed: isCaught ? 0 : 1 });
      expect(isCaught).toBe(true);
    });
  });
});
