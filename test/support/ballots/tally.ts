import type { Tally } from '../../../src/contracts/coordination/ballot';
import type { VariableSetSpec } from '../../../src/contracts/variable-set';

/** What a ballot of a set may report, of which its set looks at the outcome alone. */
export const tallyOf = ({ rule, electorate }: VariableSetSpec, outcome: Tally['outcome']): Tally => ({
  outcome,
  because: outcome === 'adopted' ? 'threshold' : 'rejected',
  rule,
  electorate,
  electorateHash: '',
  casts: [],
  lost: [],
  yes: 2,
  no: 1,
  abstained: 0,
  eligible: 3,
  early: false,
  openedAt: '',
  decidedAt: '',
});
