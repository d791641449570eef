import { createTemporalRegistry } from '../../../../src/client/registry-backend';
import { isPlatformError } from '../../../../src/contracts/errors';
import { parseName, type Name } from '../../../../src/contracts/ids';
import { isOpen, type Consistency, type Registration, type RegistryKey } from '../../../../src/contracts/registry';
import { createLookup } from '../../../../src/registry/lookup';
import type { Harness } from '../../kernel/harness';
import type { RegistryInput, RegistryOutput } from '../models/registry';
import type { Recorder } from '../recorder';
import { isLate, LONG_MS, oneOf, type Use } from './chance';

/** What a client does with names, which are agents of a real server. An error that `isLate` leaves open what was done. */
export interface Names {
  /** @returns nothing when the name is taken */
  register(name: string, request: string, withinMs: number): Promise<Registration | undefined>;
  unregister(owned: Registration, withinMs: number): Promise<void>;
  lookup(name: string): Promise<Registration | undefined>;
}

/** The names of a space, through a cache of its own. @param consistency `cached`: the planted fault, a hint is served as strong */
export function namesOf({ temporal, agents }: Harness, type: string, consistency: Consistency = 'strong'): Names {
  const authority = createTemporalRegistry(temporal.client);
  const registry = createLookup({ backend: authority, authority, cache: { ttlMs: 60_000, negativeTtlMs: 60_000 } });
  const keyOf = (name: string): RegistryKey => ({
    space: temporal.space,
    kind: 'agent',
    name: parseName('agent', name) as Name,
  });
  const within = <T>(ms: number, act: () => Promise<T>): Promise<T> =>
    temporal.client.withDeadline(Date.now() + ms, act);
  return {
    register: async (name, requestId, withinMs) => {
      try {
        await within(withinMs, () => agents.start(type, name, { requestId }));
      } catch (error) {
        if (isPlatformError(error) && error.code === 'already-exists') return undefined;
        throw error;
      }
      // Nobody but its owner gives a name back: what is there now is ours.
      return (await authority.find(keyOf(name))).registration;
    },
    unregister: async ({ name, workflowId, generation }, withinMs) => {
      await agents.at(name).with({ timeoutMs: withinMs }).stop();
      await within(withinMs, () => temporal.client.workflow.getHandle(workflowId, generation.firstRunId).result());
    },
    lookup: async (name) => {
      const { registration } = await registry.lookup(keyOf(name), consistency);
      return registration !== undefined && isOpen(registration) ? registration : undefined;
    },
  };
}

/**
 * One client that takes names, gives them back and looks them up, at random. A registration of which it heard nothing is repeated
 * with its request, some are asked for twice at once, some calls are given up after a moment.
 *
 * @param patienceMs how long it waits for an end, which needs a worker
 */
export async function useNames(
  names: Names,
  recorder: Recorder<RegistryInput, RegistryOutput>,
  { client, keys, rounds, random, patienceMs }: Use & { readonly keys: readonly string[] },
): Promise<void> {
  const owned = new Map<string, Registration>();
  const unheard = new Map<string, string>();
  const register = async (key: string, request: string, ms: number): Promise<void> => {
    const output = await recorder.run(
      { client, key, input: { kind: 'register', request } },
      async () => {
        const registration = await names.register(key, request, ms);
        if (registration === undefined) return { kind: 'taken' };
        owned.set(key, registration);
        return { kind: 'registered', generation: registration.generation.number };
      },
      isLate,
    );
    if (output === undefined) unheard.set(key, request);
    else unheard.delete(key);
  };
  const unregister = async (key: string, registration: Registration, ms = patienceMs()): Promise<void> => {
    owned.delete(key);
    const input = { kind: 'unregister', generation: registration.generation.number } as const;
    await recorder.run(
      { client, key, input },
      async () => {
        await names.unregister(registration, ms);
        return { kind: 'unregistered' };
      },
      isLate,
    );
  };
  const lookup = (key: string): Promise<unknown> =>
    recorder.run({ client, key, input: { kind: 'lookup' } }, async () => {
      const found = await names.lookup(key);
      return found === undefined ? { kind: 'free' } : { kind: 'found', generation: found.generation.number };
    });
  for (let round = 1; round <= rounds; round += 1) {
    const key = oneOf(random, keys);
    const [mine, again] = [owned.get(key), unheard.get(key)];
    const request = again ?? `${client}/${String(round)}`;
    if (random() < 0.4) await lookup(key);
    else if (mine !== undefined) await unregister(key, mine);
    else if (again !== undefined) await register(key, again, LONG_MS);
    else if (random() < 0.2) await Promise.all([register(key, request, LONG_MS), register(key, request, LONG_MS)]);
    else await register(key, request, oneOf(random, [2, 4, LONG_MS, LONG_MS]));
  }
  for (const key of keys) {
    if (!owned.has(key)) await register(key, unheard.get(key) ?? `${client}/last`, LONG_MS);
    const mine = owned.get(key);
    if (mine !== undefined) await unregister(key, mine, LONG_MS);
    await lookup(key);
  }
}
