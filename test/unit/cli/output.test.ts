import { whyText } from '../../../src/cli/output';
import type { Tally } from '../../../src/contracts/coordination/ballot';
import type { ProposalRow, Why } from '../../../src/contracts/read-models';

const at = '2026-11-25T12:00:00.000Z';
const tally = {
  outcome: 'kept',
  because: 'rejected',
  casts: [
    { voter: 'guard-latency', choice: 'yes', reason: 'fast enough', at, via: 'asked' },
    { voter: 'guard-lost', choice: 'no', reason: '14 of 838 legitimate mails lost', at, via: 'asked' },
    { voter: 'somebody', choice: 'no', at, via: 'update' },
  ],
} as unknown as Tally;
const row: ProposalRow = {
  set: 'mail-filter',
  number: 3,
  proposer: 'tuner',
  changes: [{ variable: 'threshold', before: 0.93, after: 0.5 }],
  basedOn: 2,
  verdict: 'refused',
  reasons: [{ code: 'ballot-lost', message: '2 of 3 voted no' }],
  tally,
  proposedAt: at,
};
const why: Why = {
  set: 'mail-filter',
  variable: 'threshold',
  value: 0.93,
  version: 2,
  since: at,
  trials: [],
  adoption: [],
  changedSince: [],
  refused: [row, { ...row, number: 4, changes: [], reasons: [], tally: { ...tally, casts: [] } }],
  position: 9,
};

test('why says of each refused proposal what it wanted, the reasons, and who said no and why', () => {
  const lines = whyText(why, Date.parse(at) + 60_000).split('\n');
  const from = lines.findIndex((line) => line.startsWith('  refused'));
  expect(lines.slice(from).map((line) => line.trim())).toEqual([
    'refused    proposal 3 of tuner: 0.93 → 0.5',
    'ballot-lost: 2 of 3 voted no',
    'guard-lost said no: 14 of 838 legitimate mails lost',
    'somebody said no: without a reason',
    'refused    proposal 4 of tuner',
    '',
  ]);
});
