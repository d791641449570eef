import type { Crew } from './crew';
import type { Entry } from './journal';
import type { Asked, Warehouse } from './warehouse';

/** What is done to whoever asks for `act` as the `nth` of a round, with its request on the way. */
export interface Strike {
  readonly how: 'kill' | 'freeze';
  readonly act: 'plan' | 'look' | 'write' | 'arrive';
  readonly round: number;
  readonly nth: number;
}

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(list: readonly T[], draw: () => number): readonly T[] {
  return list
    .map((each) => ({ each, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/**
 * Two strikes in each round: one is frozen until others have done what it was about to do, and one is killed. All kinds come, in an order that the seed
 * decides.
 */
export function strikesOf(seed: number, rounds: number): readonly Strike[] {
  const draw = chance(seed);
  const freezes = shuffled(['plan', 'write'] as const, draw);
  const kills = shuffled(['plan', 'look', 'write', 'arrive'] as const, draw);
  return Array.from({ length: rounds }, (_each, index) => index + 1).flatMap((round): readonly Strike[] =>
    (
      [
        ['freeze', freezes],
        ['kill', kills],
      ] as const
    ).map(([how, acts]) => {
      const act = acts[(round - 1) % acts.length] ?? 'write';
      const nth = { plan: 1, arrive: 2, look: 1 + Math.floor(draw() * 2), write: 1 + Math.floor(draw() * 2) }[act];
      return { how, act, round, nth };
    }),
  );
}

const AT: Readonly<Record<Strike['act'], string>> = {
  plan: 'the lead, and a plan on its way',
  look: 'a lock, and nothing done yet',
  write: 'a lock, and a write on its way',
  arrive: 'its part done, in the barrier',
};

/** What the killer strikes. */
export interface Target {
  readonly crew: Crew;
  readonly warehouse: Warehouse;
  readonly ttlMs: number;
  /** Who waits in the barrier of a round. */
  waiting(round: number): Promise<readonly string[]>;
}

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));
const LOOK_MS = 100;

/** Strikes at the door of the warehouse, where it is known who is about to do what. */
export class Killer {
  readonly done: Strike[] = [];
  readonly #left: { readonly strike: Strike; nth: number }[];
  /** The killing of one in the barrier: until it is over nobody else comes to it. */
  #inBarrier: Promise<void> = Promise.resolve();
  readonly #say: (text: string) => void;

  constructor(strikes: readonly Strike[], say: (text: string) => void) {
    this.#left = strikes.map((strike) => ({ strike, nth: strike.nth }));
    this.#say = say;
  }

  /** A request comes. Resolves when it may be done. */
  async at(asked: Asked, target: Target): Promise<void> {
    const act = asked.said?.kind === 'arrived' ? 'arrive' : asked.act;
    if (act === 'arrive') await this.#inBarrier;
    const isOfPlan = act === 'look' && asked.what === 'plan';
    const next = this.#left.find(({ strike }) => strike.act === act && strike.round === asked.round);
    if (next === undefined || isOfPlan || (next.nth -= 1) > 0) return;
    this.#left.splice(this.#left.indexOf(next), 1);
    this.done.push(next.strike);
    const about = `${asked.worker} with ${AT[next.strike.act]}`;
    if (next.strike.how === 'freeze') await this.#freeze(about, asked, target);
    else if (act === 'arrive') this.#inBarrier = this.#killInBarrier(about, asked, target);
    else {
      this.#say(`SIGKILL  ${about}`);
      await target.crew.kill(asked.worker);
      target.crew.start(asked.worker);
    }
  }

  /** Resolves when all that was begun is over. */
  settled(): Promise<void> {
    return this.#inBarrier;
  }

  /** Beyond its time to live: until another one has what it had, and has done what it was about to do. */
  async #freeze(about: string, { act, worker, round, job }: Asked, { crew, warehouse }: Target): Promise<void> {
    this.#say(`SIGSTOP  ${about}`);
    crew.freeze(worker);
    const { worker: other } = await warehouse.has((entry) =>
      act === 'plan'
        ? entry.kind === 'planned' && entry.round === round
        : entry.kind === 'written' && entry.job === job,
    );
    this.#say(`SIGCONT  ${worker}: meanwhile ${other} has done it`);
    crew.thaw(worker);
  }

  /** While others wait with it. Until its session is over nobody takes its place, so that they hear of its death. */
  async #killInBarrier(about: string, { worker, round }: Asked, target: Target): Promise<void> {
    const { crew, warehouse, ttlMs } = target;
    const isOver = (kind: Entry['kind']) => (entry: Entry) =>
      entry.kind === kind && 'round' in entry && entry.round === round;
    let isIn = false;
    while (!isIn && !warehouse.journal.some(isOver('passed'))) {
      await pause(LOOK_MS);
      const waiting = await target.waiting(round);
      isIn = waiting.length > 1 && waiting.includes(worker);
    }
    this.#say(`SIGKILL  ${about}`);
    await crew.kill(worker);
    await Promise.race([warehouse.has(isOver('broken')), warehouse.has(isOver('passed')), pause(3 * ttlMs)]);
    crew.start(worker);
  }
}
