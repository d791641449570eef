import type { Shaped, AgentShape } from '../contracts/agent';
import type { BallotView } from '../contracts/coordination/ballot';
import type { CounterView } from '../contracts/coordination/counter';
import type { LockInit, LockView } from '../contracts/coordination/lock';
import type { Values } from '../contracts/variable';
import type { SetView, VariableSetDefinition, Verdict } from '../contracts/variable-set';
import type { UserActivity } from './activities';
import type { Outcome } from './client';
import type { FaultKind } from './faults';
import type { HeldLock } from './lock-user';
import type { Act } from './process';

type Tell<A extends AgentShape, N extends keyof A['tells'] & string> = (
  name: N,
  ...arg: A['tells'][N]
) => Act<Outcome<undefined>>;

/** An agent as a person reaches it. A call is repeated under one id until it is answered, over a network that loses and repeats. */
export interface SimulatedAgent<A extends AgentShape> {
  tell<N extends keyof A['tells'] & string>(...call: Parameters<Tell<A, N>>): Act<Outcome<undefined>>;
  ask<N extends keyof A['asks'] & string>(name: N, ...arg: A['asks'][N]['args']): Act<Outcome<A['asks'][N]['reply']>>;
}

/** Somebody outside who uses the team: a program of its own on a machine of its own. */
export interface Person extends Draw {
  readonly name: string;
  /** Milliseconds, by the simulated clock. */
  readonly now: number;
  pause(ms: number): Act;
  agent<D extends Shaped>(name: string): SimulatedAgent<D extends Shaped<infer A> ? A : never>;
  /** What a set has, or nothing while nobody answers for it. */
  read(set: string): Act<{ readonly values: Values; readonly version: number } | undefined>;
  propose(
    set: string,
    changes: Values,
    more: { readonly basedOn: number; readonly because?: string },
  ): Act<Outcome<Verdict>>;
  vote(ballot: string, vote: { readonly voter: string; readonly choice: 'yes' | 'no' | 'abstain' }): Act<Outcome>;
  /** Adds to a counter, which its first use begins. */
  add(counter: string, by: number): Act<Outcome<{ readonly value: number }>>;
  /**
   * Acquires a lock in the name of a session that is kept alive by this person's machine.
   * @param options `init`: of a semaphore its permits
   */
  acquire(
    lock: string,
    options: { readonly waitMs: number; readonly mode?: 'exclusive' | 'shared'; readonly init?: LockInit },
  ): Act<Outcome<HeldLock>>;
  release(held: HeldLock): Act<Outcome>;
  /** Whether it may still act as the holder: as `check()` of the client. */
  mayAct(held: HeldLock): boolean;
}

/** The team as it stands, for invariants. What is not there, or has not begun, is `undefined`. */
export interface Team {
  readonly now: number;
  /** What an inspection of an agent answers. */
  inspect(agent: string, inspection: string, arg?: unknown): unknown;
  set(name: string): SetView | undefined;
  ballot(name: string): BallotView | undefined;
  lock(name: string): LockView | undefined;
  semaphore(name: string): LockView | undefined;
  counter(name: string): CounterView | undefined;
  /** Kind and name of all that runs, `agent:tally` and the like. */
  running(): readonly string[];
}

/** Says whether something holds; a text says that it does not, and why. */
export type Invariant = (team: Team) => boolean | string;

/** What a simulation is made of. */
export interface SimulationSpec {
  /** Agents that are there from the beginning: definitions by name. */
  readonly agents?: Readonly<Record<string, Shaped | { readonly of: Shaped; readonly args: unknown }>>;
  readonly sets?: readonly VariableSetDefinition<unknown>[];
  /** What is done from outside: one program for each name. A throw ends the run as broken. */
  readonly people?: Readonly<Record<string, (me: Person) => Act>>;
  /** Those of them who may be killed on the way. */
  readonly mortals?: readonly string[];
  /** Kinds and names that may be terminated, `lock:kiln` and the like. */
  readonly terminated?: readonly string[];
  /** What the activities of the agents answer, by name. */
  readonly activities?: Readonly<Record<string, UserActivity>>;
  /** Must hold after every step. */
  readonly always?: Readonly<Record<string, Invariant>>;
  /** Must hold in the end: everybody is done, and nothing goes wrong any more. */
  readonly atEnd?: Readonly<Record<string, Invariant>>;
  /** Should happen in one of the runs at least; else the simulation does not go where it is meant to. */
  readonly sometimes?: Readonly<Record<string, Invariant>>;
  /** What goes wrong; default all. */
  readonly faults?: readonly FaultKind[];
}

/** Draws what differs from seed to seed. */
export interface Draw {
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
}

/** A simulation: made anew for each seed, so that what it counts begins at nothing. */
export interface Simulation {
  readonly kind: 'simulation';
  make(draw: Draw): SimulationSpec;
}

/**
 * Describes a simulation of a team, to be exported from `NAME.simulation.ts` beside a definition file.
 *
 * @param make called once for each seed; no time, no chance and no world but what it is handed
 */
export function defineSimulation(make: (draw: Draw) => SimulationSpec): Simulation {
  return { kind: 'simulation', make };
}
