import type { EventStore, ExpectedVersion } from '../../../../src/contracts/event-store';
import { batchOf } from '../../store/batches';
import type { AppendInput, AppendOutput } from '../models/event-append';
import type { Recorder } from '../recorder';
import { oneOf } from './chance';

type Append = Extract<AppendInput, { readonly kind: 'append' }>;

/** What a client does with streams. `append` may fail with any error: then nobody knows whether it was done. */
export interface StreamDoor {
  append(stream: string, append: Append): Promise<AppendOutput>;
  read(stream: string): Promise<readonly string[]>;
}

/** Streams of a real store, each in a space of its own. */
export function streamsOf(store: EventStore): StreamDoor {
  return {
    append: (space, { first, events, expected }) =>
      store.append(
        batchOf(
          { space },
          first,
          events.map((id) => ({ type: 'x.happened', data: { id } })),
        ),
        expected,
      ),
    read: async (space) =>
      (await store.read({ space, after: 0, limit: 1_000 }))
        .toSorted((one, other) => Number(one.event.sequence) - Number(other.event.sequence))
        .map(({ event }) => String((event.data as { readonly id?: unknown }).id)),
  };
}

/**
 * One client that appends and reads at random, below the version it believes in and with all sorts of expectations. What it heard
 * nothing of it sends again.
 */
export async function useStreams(
  door: StreamDoor,
  recorder: Recorder<AppendInput, AppendOutput>,
  how: {
    readonly client: string;
    readonly keys: readonly string[];
    readonly rounds: number;
    readonly random: () => number;
  },
): Promise<void> {
  const { client, keys, rounds, random } = how;
  const versions = new Map<string, number>();
  const read = async (key: string): Promise<void> => {
    const output = await recorder.run({ client, key, input: { kind: 'read' } }, async () => ({
      kind: 'stored',
      events: await door.read(key),
    }));
    if (output?.kind === 'stored') versions.set(key, output.events.length);
  };
  const append = async (key: string, input: Append): Promise<AppendOutput | undefined> => {
    const output = await recorder.run(
      { client, key, input },
      () => door.append(key, input),
      () => true,
    );
    const version = versions.get(key) ?? 0;
    if (output?.kind === 'appended' || output?.kind === 'repeated')
      versions.set(key, Math.max(version, output.version));
    if (output?.kind === 'wrong-version') versions.set(key, output.actual);
    return output;
  };
  for (let round = 1; round <= rounds; round += 1) {
    const key = oneOf(random, keys);
    const version = versions.get(key) ?? 0;
    const expected = oneOf<ExpectedVersion>(random, [
      version,
      version,
      version,
      version - 1,
      'any',
      'no-stream',
      'stream-exists',
    ]);
    const events = Array.from(
      { length: oneOf(random, [1, 2]) },
      (_each, at) => `${client}/${String(round)}.${String(at)}`,
    );
    const input: Append = { kind: 'append', first: version + 1, events, expected };
    const chance = random();
    if (chance < 0.3) await read(key);
    else if (chance < 0.4) await Promise.all([append(key, input), append(key, input)]);
    else if ((await append(key, input)) === undefined && random() < 0.7) await append(key, input);
    if (chance > 0.8) await read(key);
  }
  for (const key of keys) {
    await read(key);
    const last: Append = { kind: 'append', first: (versions.get(key) ?? 0) + 1, events: [client], expected: 'any' };
    for (const _twice of [1, 2]) await append(key, last);
    await read(key);
  }
}
