import {
  also,
  anything,
  byName,
  count,
  flag,
  instant,
  list,
  object,
  oneOf,
  real,
  ref,
  text,
  type JsonSchema,
} from './shapes';

const fraction = object({ numerator: count(), denominator: count(1) });
const choice = oneOf('yes', 'no', 'abstain', 'value');
const nullable = { anyOf: [ref('Value'), { type: 'null' }] };

/** What routes answer about ballots. */
export const ballotSchemas: Readonly<Record<string, JsonSchema>> = {
  Voter: object(
    { id: text, kind: oneOf('agent', 'person'), weight: count(1), veto: flag },
    { proxy: text, standing: byName(anything) },
  ),
  Rule: object(
    {
      threshold: {
        anyOf: [
          object({ kind: oneOf('majority', 'unanimity', 'median') }),
          object({ kind: { const: 'super-majority' }, share: fraction }),
          object({ kind: { const: 'k-of-n' }, k: count(1) }),
        ],
      },
      of: oneOf('eligible', 'cast'),
      lost: oneOf('count', 'proxy', 'exclude'),
    },
    { quorum: fraction, cap: fraction, standing: oneOf('final', 'replaceable') },
  ),
  Cast: object(
    { voter: text, choice, at: instant, via: oneOf('standing', 'asked', 'signal', 'update', 'proxy') },
    { value: real, reason: text, measured: byName(real), replaces: object({ choice, at: instant }, { reason: text }) },
  ),
  Lost: object({ voter: text, evidence: text }),
  Tally: object(
    {
      outcome: oneOf('adopted', 'kept'),
      because: oneOf('threshold', 'rejected', 'tie', 'no-quorum', 'veto', 'expired', 'withdrawn', 'median'),
      rule: ref('Rule'),
      electorate: list(ref('Voter')),
      electorateHash: text,
      casts: list(ref('Cast')),
      lost: list(ref('Lost')),
      yes: count(),
      no: count(),
      abstained: count(),
      eligible: count(),
      early: flag,
      openedAt: instant,
      decidedAt: instant,
    },
    { median: object({ variable: text, present: real, value: real, weight: count() }) },
  ),
  NumberRange: object({ variable: text, present: real, low: real, high: real, isWhole: flag }, { step: real }),
  Subject: object(
    {
      title: text,
      set: text,
      proposal: count(1),
      proposer: text,
      changes: byName(object({ before: nullable, after: nullable })),
      values: ref('Values'),
    },
    { because: text, evidence: anything, range: ref('NumberRange') },
  ),
  BallotView: object(
    {
      subject: ref('Subject'),
      state: oneOf('open', 'decided'),
      openedAt: instant,
      deadline: instant,
      rule: ref('Rule'),
      electorate: list(ref('Voter')),
      casts: list(ref('Cast')),
      waitingFor: list(text),
    },
    { tally: ref('Tally') },
  ),
  Ballot: also('BallotView', { name: text }),
  Counted: object({ counted: { const: true } }),
};
