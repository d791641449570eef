import type { ValueHandle } from '../../../../src/client/values';
import type { SharedValueInput, SharedValueOutput } from '../models/shared-value';
import type { Recorder } from '../recorder';
import { hasCode, isLate, LONG_MS, oneOf, type Use } from './chance';

type SetInput = Extract<SharedValueInput, { readonly kind: 'set' }>;

/** What one does with a shared value. An error that `isLate` leaves open what was done. */
export interface ValueDoor {
  read(): Promise<SharedValueOutput>;
  set(change: SetInput, withinMs: number): Promise<SharedValueOutput>;
}

/** A shared value of a real server. */
export function doorTo(shared: ValueHandle<string>): ValueDoor {
  return {
    read: async () => {
      const { value, version } = await shared.get();
      return { kind: 'value', value: value ?? '', version };
    },
    set: async ({ basedOn, value, request }, timeoutMs) => {
      const how = { requestId: request, timeoutMs };
      if (basedOn === undefined) return { kind: 'set', version: (await shared.set(value, how)).version };
      const seen = await shared.compareAndSet(basedOn, value, how);
      if (seen.swapped) return { kind: 'set', version: seen.version };
      return { kind: 'conflict', value: seen.value ?? '', version: seen.version };
    },
  };
}

/** One that was ended from outside meanwhile may have done it. */
const isOpen = (error: unknown): boolean => isLate(error) || hasCode(error, 'stopped');

/** A client with its door: each of its acts is noted. */
export interface ValueClient {
  read(): Promise<SharedValueOutput | undefined>;
  set(change: Omit<SetInput, 'kind'>, withinMs?: number): Promise<SharedValueOutput | undefined>;
}

/** Notes what a client does at a door. */
export function valueClient(
  door: ValueDoor,
  recorder: Recorder<SharedValueInput, SharedValueOutput>,
  { client, key }: { readonly client: string; readonly key: string },
): ValueClient {
  return {
    read: () => recorder.run({ client, key, input: { kind: 'read' } }, () => door.read(), isOpen),
    set: (change, ms = LONG_MS) => {
      const input: SetInput = { kind: 'set', ...change };
      return recorder.run({ client, key, input }, () => door.set(input, ms), isOpen);
    },
  };
}

/** One client that reads, sets, and compares and sets by the version that it saw last, at random. What it heard nothing of it sends again, or does not; some is sent twice. */
export async function useValue(
  at: ValueClient,
  how: Use & {
    /** What it has seen before it begins. */
    readonly version: number;
  },
): Promise<void> {
  const { client, rounds, random, patienceMs } = how;
  let seen = how.version;
  const note = (output: SharedValueOutput | undefined): boolean => {
    seen = output?.version ?? seen;
    return output !== undefined;
  };
  for (let round = 1; round <= rounds; round += 1) {
    const change = { value: oneOf(random, ['a', 'b', 'c']), request: `${client}/${String(round)}` };
    const compared = random() < 0.75 ? { ...change, basedOn: seen } : change;
    // with little patience it does only what can be given up
    const isPatient = patienceMs() === LONG_MS;
    const sending = isPatient ? random() : 1;
    if (isPatient && random() < 0.35) note(await at.read());
    else if (sending < 0.25) (await Promise.all([at.set(compared), at.set(compared)])).forEach(note);
    else if (!note(await at.set(compared, patienceMs())) && random() < 0.7) note(await at.set(compared));
  }
  await at.read();
}

/** What each kind of answer comes of, one act after the other. Two clients at a value that has a version. */
export async function showValue(ann: ValueClient, ben: ValueClient, version: number): Promise<void> {
  await ann.read();
  await ann.set({ value: 'x', basedOn: version, request: 'ann/1' });
  await ben.set({ value: 'y', basedOn: version, request: 'ben/1' });
  await ben.set({ value: 'z', request: 'ben/2' });
  await ann.read();
  await ben.set({ value: 'y', basedOn: version, request: 'ben/1' });
  await ann.set({ value: 'x', basedOn: version, request: 'ann/1' });
  await ben.read();
}
