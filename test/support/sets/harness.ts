import { createAgentActivities } from '../../../activities/agents';
import { createFanOutActivities } from '../../../activities/fan-out';
import { createBallots, type Ballots } from '../../../src/client/ballots';
import { createVariableSets, type VariableSets } from '../../../src/client/variable-sets';
import type { Message, Reply } from '../../../src/contracts/entity';
import type { StoreActivities } from '../../../src/contracts/envelope';
import { proposeUpdate, subscribeUpdate } from '../../../src/contracts/variable-set';
import { startHarness, type Harness } from '../kernel/harness';

/** A space with workers that know the sets of `definitions.ts` and the agents that vote on them. */
export interface SetsHarness extends Harness {
  readonly variables: VariableSets;
  readonly ballots: Ballots;
  /** Whom the activity `hold` holds, or has held: each time once. */
  readonly held: readonly string[];
  /** Lets go whoever is held, from now on. */
  letGo(): void;
  /** Starts guards `guard-<from>` to `guard-<to>`, both included. */
  startGuards(from: number, to: number): Promise<void>;
}

/** Starts the workers. */
export async function startSets(name: string, append?: StoreActivities['appendEvents']): Promise<SetsHarness> {
  let open: ((harness: Harness) => void) | undefined;
  const opened = new Promise<Harness>((resolve) => {
    open = resolve;
  });
  const call = async (set: string, update: typeof proposeUpdate | typeof subscribeUpdate, sent: unknown) => {
    const { temporal } = await opened;
    const { id, args, sender, stamp: carried } = sent as Message<never>;
    const how = {
      requestId: id,
      ...(sender === undefined ? {} : { sender }),
      ...(carried === undefined ? {} : { stamp: carried }),
    };
    const answer = await temporal.call(`${temporal.space}:variables:${set}`, update as never, args, how);
    const { value, stamp } = answer as Reply<object>;
    return { ...value, stamp };
  };
  const ofAgents = createAgentActivities(() =>
    Promise.resolve({
      propose: (set, message) => call(set, proposeUpdate, message),
      subscribe: (set, message) => call(set, subscribeUpdate, message),
      acquire: () => Promise.reject(new Error('no locks here')),
      release: () => Promise.reject(new Error('no locks here')),
      startAgent: () => Promise.reject(new Error('nobody starts agents here')),
      startStudy: () => Promise.reject(new Error('nobody starts studies here')),
    }),
  );
  const held: string[] = [];
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const hold = async (who: string): Promise<void> => {
    held.push(who);
    await gate;
  };
  const activities = { ...createFanOutActivities(), ...ofAgents, hold };
  const harness = await startHarness(name, '../sets/workflows.ts', activities, append);
  open?.(harness);
  return {
    ...harness,
    variables: createVariableSets(harness.temporal, undefined),
    ballots: createBallots(harness.temporal, undefined),
    held,
    letGo: () => {
      letGo();
    },
    startGuards: async (from, to) => {
      const numbers = Array.from({ length: to - from + 1 }, (_each, at) => from + at);
      await Promise.all(numbers.map((at) => harness.agents.get('guard', `guard-${String(at)}`)));
    },
  };
}

/** The error code of a call that must fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
