import { accountOf, heldBy, isClean, type Kill, type StoredTrial } from '../../../examples/mail-filter/account';
import type { LedgerLine } from '../../../examples/mail-filter/ledger';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 12, 0, second)).toISOString();
const line = (event: LedgerLine['event'], trial: number, second: number, pid = 1): LedgerLine => ({
  event,
  study: 'demo:study:s',
  trial,
  attempt: 1,
  pid,
  at: at(second),
});
const complete = (number: number, second: number, pid = 1): StoredTrial => ({
  number,
  state: 'complete',
  endedAt: at(second),
  worker: `host/${String(pid)}`,
});

/** Two trials; worker 2 is killed while it holds the second, and worker 1 does it again. */
const lines = [line('start', 1, 0), line('start', 2, 0, 2), line('end', 1, 1), line('start', 2, 3), line('end', 2, 4)];
const store = [complete(1, 2), complete(2, 5)];
const ended = { asked: 2, running: 0, complete: 2 };
const kills: readonly Kill[] = [{ pid: 2, held: heldBy(2, lines.slice(0, 3), [2]) }];

describe('the account of the demo', () => {
  it('is clean when exactly what a killed worker held was evaluated again', () => {
    const account = accountOf({ budget: 2, lines, study: ended, store, kills });
    expect(account).toEqual({
      begun: 2,
      ended: 2,
      stored: 2,
      evaluatedAgain: 1,
      inFlight: 1,
      lost: 0,
      zombie: 0,
      overBudget: 0,
      differing: 0,
      repeatedAfterAcceptance: 0,
    });
    expect(isClean(account)).toBe(true);
  });

  it('sees what was evaluated again without need', () => {
    expect(isClean(accountOf({ budget: 2, lines, study: ended, store, kills: [] }))).toBe(false);
  });

  it('does not count as in flight what a killed worker had handed over', () => {
    const account = accountOf({ budget: 2, lines, study: ended, store: [complete(1, 2), complete(2, 5, 2)], kills });
    expect([account.inFlight, isClean(account)]).toEqual([0, false]);
  });

  it('sees an evaluation after its result was accepted', () => {
    const account = accountOf({ budget: 2, lines: [...lines, line('start', 1, 6)], study: ended, store, kills });
    expect([account.repeatedAfterAcceptance, isClean(account)]).toEqual([1, false]);
  });

  it('sees an evaluation that ended and did not count, and a trial that is nowhere', () => {
    expect(
      accountOf({ budget: 2, lines, study: ended, store: [complete(1, 2), { number: 2, state: 'failed' }], kills })
        .lost,
    ).toBe(1);
    expect(accountOf({ budget: 3, lines, study: ended, store, kills }).lost).toBe(1);
  });

  it('sees a result that the study has and the event store has not', () => {
    const account = accountOf({ budget: 2, lines, study: { ...ended, complete: 1 }, store, kills });
    expect([account.differing, isClean(account)]).toEqual([1, false]);
  });

  it('sees trials that run for ever, in the study and in the store', () => {
    expect(accountOf({ budget: 2, lines, study: { ...ended, running: 1 }, store, kills }).zombie).toBe(1);
    expect(
      accountOf({ budget: 2, lines, study: ended, store: [complete(1, 2), { number: 2, state: 'running' }], kills })
        .zombie,
    ).toBe(1);
  });

  it('sees more trials than the budget, whoever has them', () => {
    expect(
      accountOf({ budget: 1, lines, study: { asked: 1, running: 0, complete: 1 }, store: [complete(1, 2)], kills })
        .overBudget,
    ).toBe(1);
    expect(accountOf({ budget: 2, lines, study: { ...ended, asked: 3 }, store, kills }).overBudget).toBe(1);
    expect(accountOf({ budget: 2, lines, study: ended, store: [...store, complete(3, 6)], kills }).overBudget).toBe(1);
  });
});
