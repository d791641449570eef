import fc from 'fast-check';
import { MAX_TOGETHER } from '../../../../src/contracts/coordination/lock';
import { inLockOrder } from '../../../../src/domain/coordination/together';

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'gpu-0', 'gpu-10', 'gpu-2'), { minLength: 1 });

test('LCK-8 any two who want some of the same locks want these in the same order', () => {
  fc.assert(
    fc.property(names, names, (mine, yours) => {
      const [a, b] = [inLockOrder(mine) as readonly string[], inLockOrder(yours) as readonly string[]];
      expect(new Set(a)).toEqual(new Set(mine));
      expect(a.filter((name) => b.includes(name))).toEqual(b.filter((name) => a.includes(name)));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test.each([[[]], [['a', 'b', 'a']], [Array.from({ length: MAX_TOGETHER + 1 }, (_each, at) => String(at))]])(
  'LCK-8 %j is no list of locks',
  (list) => {
    expect(inLockOrder(list)).toMatchObject({ code: 'invalid-request' });
  },
);
