import type { CounterHandle } from '../../../../src/client/counter-handle';
import { isPlatformError } from '../../../../src/contracts/errors';
import type { CounterInput, CounterOutput } from '../models/counter';
import type { Recorder } from '../recorder';
import { hasCode, isLate, LONG_MS, oneOf, type Use } from './chance';

/** A change that can be sent again. */
export type Change = Exclude<CounterInput, { readonly kind: 'read' }> & { readonly request: string };

/** What one does with a counter. An error that `isLate` leaves open what was done. */
export interface CounterDoor {
  read(): Promise<CounterOutput>;
  change(change: Change, withinMs: number): Promise<CounterOutput>;
}

/** A counter of a real server. */
export function doorTo(counter: CounterHandle): CounterDoor {
  const done = async (change: Change, timeoutMs: number): Promise<CounterOutput> => {
    const how = { requestId: change.request, timeoutMs };
    if (change.kind === 'take') return { kind: 'range', ...(await counter.allocate(change.count, how)) };
    if (change.kind === 'add') return { kind: 'added', value: (await counter.add(change.by, how)).value };
    return { kind: 'reset', before: (await counter.reset({ to: change.to, ...how })).before };
  };
  return {
    read: async () => ({ kind: 'value', value: (await counter.get()).value }),
    change: async (change, timeoutMs) => {
      try {
        return await done(change, timeoutMs);
      } catch (error) {
        if (!isPlatformError(error) || error.code !== 'bound-reached') throw error;
        return { kind: 'out-of-bounds', value: Number((error.details as { readonly value?: unknown }).value) };
      }
    },
  };
}

/** One that was ended from outside meanwhile may have done it. */
const isOpen = (error: unknown): boolean => isLate(error) || hasCode(error, 'stopped');

/** A client with its door: each of its acts is noted. */
export interface CounterClient {
  read(): Promise<unknown>;
  change(change: Change, withinMs?: number): Promise<CounterOutput | undefined>;
}

/** Notes what a client does at a door. */
export function counterClient(
  door: CounterDoor,
  recorder: Recorder<CounterInput, CounterOutput>,
  { client, key }: { readonly client: string; readonly key: string },
): CounterClient {
  return {
    read: () => recorder.run({ client, key, input: { kind: 'read' } }, () => door.read(), isOpen),
    change: (change, ms = LONG_MS) =>
      recorder.run({ client, key, input: change }, () => door.change(change, ms), isOpen),
  };
}

/** One client that reads, adds, takes ids and now and then resets, at random. Of what it heard nothing it asks again, or does not; some is sent twice. */
export async function useCounter(at: CounterClient, { client, rounds, random, patienceMs }: Use): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const request = `${client}/${String(round)}`;
    // with little patience it does only what can be given up
    const isPatient = patienceMs() === LONG_MS;
    const [kind, sending] = [random(), isPatient ? random() : 1];
    const add: Change = { kind: 'add', by: oneOf(random, [-3, -1, 1, 2, 5]), request };
    const take: Change = { kind: 'take', count: oneOf(random, [1, 7]), request };
    const change: Change = kind < 0.6 ? add : kind < 0.92 ? take : { kind: 'reset', to: 4, request };
    if (isPatient && random() < 0.3) await at.read();
    if (sending < 0.2) await Promise.all([at.change(change), at.change(change)]);
    else if ((await at.change(change, patienceMs())) === undefined && random() < 0.6) await at.change(change);
  }
  await at.read();
}

/** What each kind of answer comes of, one act after the other. Two clients at a counter from 0 to 10 that stands at 0. */
export async function showCounter(ann: CounterClient, ben: CounterClient): Promise<void> {
  await ann.change({ kind: 'add', by: 2, request: 'ann/1' });
  await ann.change({ kind: 'add', by: 2, request: 'ann/1' });
  await ann.read();
  await ben.change({ kind: 'add', by: 3, request: 'ben/1' });
  await ann.read();
  await ben.change({ kind: 'add', by: 9, request: 'ben/2' });
  await ann.change({ kind: 'take', count: 3, request: 'ann/2' });
  await ben.change({ kind: 'take', count: 2, request: 'ben/3' });
  await ann.change({ kind: 'take', count: 3, request: 'ann/2' });
  await ben.change({ kind: 'reset', to: 0, request: 'ben/4' });
  await ben.change({ kind: 'add', by: 9, request: 'ben/2' });
  await ann.read();
}
