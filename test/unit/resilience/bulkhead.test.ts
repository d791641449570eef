import fc from 'fast-check';
import { createBulkhead, type Release } from '../../../src/resilience/bulkhead';
import { settled } from '../../support/resilience/clock';

const options = { atOnce: 2, queue: 2, retryAfterMs: 700 };

test('BLK-1 so many run, so many wait, the next is refused at once with a retry-after', async () => {
  const bulkhead = createBulkhead('bank', options);
  const [first] = await Promise.all([bulkhead.enter(), bulkhead.enter()]);
  const waiting = [bulkhead.enter(), bulkhead.enter()];
  await expect(bulkhead.enter()).rejects.toMatchObject({ code: 'limit-reached', retryAfterMs: 700 });
  expect([bulkhead.running, bulkhead.waiting]).toEqual([2, 2]);
  first();
  first();
  (await waiting[0])?.();
  await waiting[1];
  expect([bulkhead.running, bulkhead.waiting]).toEqual([2, 0]);
});

test('BLK-1 a permit that was handed on is not taken by one who comes in the same moment', async () => {
  const bulkhead = createBulkhead('bank', { ...options, atOnce: 1 });
  const release = await bulkhead.enter();
  const order: string[] = [];
  void bulkhead.enter().then(() => order.push('waited'));
  release();
  void bulkhead.enter().then(() => order.push('came later'));
  await settled();
  expect(order).toEqual(['waited']);
});

test('BLK-1 who gives up waiting leaves the queue at once', async () => {
  const bulkhead = createBulkhead('bank', { ...options, atOnce: 1 });
  const release = await bulkhead.enter();
  const controller = new AbortController();
  const waiting = bulkhead.enter(controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(bulkhead.waiting).toBe(0);
  release();
  expect(bulkhead.running).toBe(0);
});

test('BLK-1 BPR-1 under any arrivals, ends and cancellations no limit is passed, no permit lost, the order kept', async () => {
  const step = fc.record({ kind: fc.constantFrom('enter', 'leave', 'abort'), which: fc.nat(4) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const bulkhead = createBulkhead('bank', options);
      let held: Release[] = [];
      let queue: { readonly id: number; readonly controller: AbortController }[] = [];
      const granted: number[] = [];
      let [running, expected] = [0, [] as number[]];
      for (const [id, { kind, which }] of steps.entries()) {
        if (kind === 'enter') {
          const controller = new AbortController();
          const entered = bulkhead.enter(controller.signal).then(
            (release) => {
              held.push(release);
              granted.push(id);
              return 'in';
            },
            () => 'out',
          );
          if (running < 2) {
            running += 1;
            expected = [...expected, id];
          } else if (queue.length < 2) queue = [...queue, { id, controller }];
          else expect(await entered).toBe('out');
        } else if (kind === 'leave') {
          const release = held[which];
          if (release === undefined) continue;
          held = held.filter((other) => other !== release);
          const [next, ...rest] = queue;
          queue = rest;
          if (next === undefined) running -= 1;
          else expected = [...expected, next.id];
          release();
        } else {
          const leaving = queue[which];
          queue = queue.filter((other) => other !== leaving);
          leaving?.controller.abort(new Error('enough'));
        }
        await settled();
        expect([bulkhead.running, bulkhead.waiting]).toEqual([running, queue.length]);
        expect(granted).toEqual(expected);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});
