import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { HELD_HEADER, type HeldTokens } from '../../../src/contracts/coordination/lock';
import { createFence } from '../../../src/fencing/fence';
import { heldToken } from '../../../src/fencing/held';
import { FENCING_HEADER, fencingHeaders } from '../../../src/fencing/http';
import { withFence } from '../../../src/fencing/postgres';
import { heldTokens } from '../../../workers/parts/held-tokens';

/** Runs it as an activity whose agent held that. */
async function during(held: HeldTokens | undefined, act: () => unknown): Promise<unknown> {
  const { inbound } = heldTokens({} as never);
  const headers = held === undefined ? {} : { [HELD_HEADER]: defaultPayloadConverter.toPayload(held) };
  const input: ActivityExecuteInput = { args: [], headers };
  return inbound?.execute?.(input, async () => {
    await Promise.resolve();
    return act();
  });
}
const codeOf = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => 'passes',
    (error: unknown) => (error as { readonly code: string }).code,
  );

test('LCK-2 the adapters take the token of the activity: a gate, a header, a write in Postgres', async () => {
  const fence = createFence('the arm', 5);
  expect(await codeOf(during({ arm: 4 }, () => fence.admit()))).toBe('stale-token');
  expect(await codeOf(during({ arm: 7 }, () => fence.admit()))).toBe('passes');
  expect(fence.newest).toBe(7);
  expect(await during({ arm: 7 }, () => fencingHeaders())).toEqual({ [FENCING_HEADER]: '7' });
  const asked: unknown[] = [];
  const sql = {
    query: (_text: string, values?: unknown[]) => {
      if (values !== undefined) asked.push(values);
      return Promise.resolve({ rows: [{}] });
    },
  };
  await during({ arm: 7 }, () => withFence(sql, { resource: 'page' }, () => Promise.resolve()));
  await during({ arm: 7, leg: 8 }, () => withFence(sql, { resource: 'page', lock: 'leg' }, () => Promise.resolve()));
  await during({ arm: 7 }, () => withFence(sql, { resource: 'page', token: 6 }, () => Promise.resolve()));
  expect(asked).toEqual([
    ['page', 7],
    ['page', 8],
    ['page', 6],
  ]);
});

test('LCK-7 without a lock, or with several and none named, nothing is taken for granted; one activity knows nothing of another', async () => {
  const seen: unknown[] = [];
  await Promise.all([
    during({ one: 1 }, async () => {
      await Promise.resolve();
      seen.push(heldToken());
    }),
    during({ two: 2 }, () => seen.push(heldToken())),
  ]);
  expect(new Set(seen)).toEqual(new Set([1, 2]));
  expect(await codeOf(during(undefined, () => heldToken()))).toBe('not-holder');
  expect(await codeOf(during({ one: 1 }, () => heldToken('two')))).toBe('not-holder');
  expect(await codeOf(during({ one: 1 }, () => heldToken('constructor')))).toBe('not-holder');
  expect(await codeOf(during({ one: 1, two: 2 }, () => heldToken()))).toBe('invalid-request');
  expect(await codeOf(during({ one: 1, 'semaphore:pool': 2 }, () => heldToken('semaphore:pool')))).toBe('passes');
  expect(() => createFence('the arm').admit()).toThrow(/no lock is held/);
  expect(() => fencingHeaders()).toThrow(/no lock is held/);
});
