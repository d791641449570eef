import { exclusively } from '../../../src/client/variable-set-lease';
import type { LeaseArgs, SetLease } from '../../../src/contracts/variable-set';

test('a lease is renewed with all that it was asked for, and ended by its token', async () => {
  const asked: LeaseArgs[] = [];
  const ended: object[] = [];
  const set = {
    lease: (args: LeaseArgs): Promise<SetLease> => {
      asked.push(args);
      return Promise.resolve({ holder: args.holder, token: 7, since: '', until: '' });
    },
    endLease: (end: object): Promise<void> => {
      ended.push(end);
      return Promise.resolve();
    },
  };
  const wish = { holder: 'tuner', because: 'load test', forMs: 60 };
  await exclusively(set, wish, async ({ token }) => {
    expect(token).toBe(7);
    for (let looks = 0; asked.length < 2 && looks < 200; looks++) await new Promise((wake) => setTimeout(wake, 10));
  });
  expect(asked.slice(0, 2)).toEqual([wish, { ...wish, token: 7 }]);
  expect(ended).toEqual([{ token: 7 }]);
});
