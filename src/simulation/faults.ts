import { mixed, type Chance } from './chance';

/** What goes wrong in a simulation, until all heals. */
export const FAULT_KINDS = ['delay', 'duplicate', 'loss', 'kill', 'skip', 'pause', 'crash', 'terminate'] as const;
/** One of them. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that struck: its id stays the same when others are left out. */
export interface Struck {
  readonly id: string;
  readonly kind: FaultKind;
  /** Milliseconds since the start. */
  readonly at: number;
  readonly name: string;
}

/** How often each strikes where it can. */
const OFTEN: Readonly<Record<FaultKind, number>> = {
  delay: 0.03,
  duplicate: 0.08,
  loss: 0.05,
  kill: 0.3,
  skip: 0.3,
  pause: 0.5,
  crash: 0.35,
  terminate: 0.7,
};
const DELAY_MS = [500, 25_000] as const;
const USUAL_MS = [1, 15] as const;
const SLOW_MS = [15, 400] as const;
const SLOW = 0.12;

/**
 * Draws what goes wrong, each fault by the name of what it strikes.
 *
 * @param only ids of the faults that may strike; default all
 */
export class Faults {
  readonly struck: Struck[] = [];
  isHealed = false;
  readonly #chance: Chance;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #kinds: ReadonlySet<FaultKind>;
  readonly #sinceStart: () => number;

  constructor(
    chance: Chance,
    sinceStart: () => number,
    kinds: readonly FaultKind[] = FAULT_KINDS,
    only?: readonly string[],
  ) {
    this.#chance = chance;
    this.#sinceStart = sinceStart;
    this.#kinds = new Set(kinds);
    this.#only = only === undefined ? undefined : new Set(only);
  }

  strikes(kind: FaultKind, name: string): boolean {
    if (this.isHealed || !this.#kinds.has(kind)) return false;
    if (this.#chance.draw(`${kind} ${name}`) >= OFTEN[kind]) return false;
    const id = mixed(`${kind} ${name}`, 0).toString(36);
    if (this.#only?.has(id) === false) return false;
    this.struck.push({ id, kind, name, at: this.#sinceStart() });
    return true;
  }

  /** Of what travels, in milliseconds. */
  latency(name: string): number {
    if (this.strikes('delay', name)) return this.#chance.whole(`how long ${name}`, ...DELAY_MS);
    const [least, most] = this.#chance.draw(`slow ${name}`) < SLOW ? SLOW_MS : USUAL_MS;
    return this.#chance.whole(`latency ${name}`, least, most);
  }

  /** By how much a timer is late. */
  lateness(name: string): number {
    return this.#chance.whole(`late ${name}`, 0, 5);
  }

  isDuplicated(name: string): boolean {
    return this.strikes('duplicate', name);
  }

  isLost(name: string): boolean {
    return this.strikes('loss', name);
  }
}
