import { OPTION_RULES } from '../../contracts/coordination/ballot';
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
const choice = oneOf('yes', 'no', 'abstain', 'value', 'ranking');
const because = oneOf('threshold', 'rejected', 'tie', 'no-quorum', 'veto', 'expired', 'withdrawn', 'median', 'winner');
const plan = object({ most: count(2), spread: real });
const nullable = { anyOf: [ref('Value'), { type: 'null' }] };

/** What routes answer about ballots. */
export const ballotSchemas: Readonly<Record<string, JsonSchema>> = {
  Voter: object(
    { id: text, kind: oneOf('agent', 'person'), weight: count(1), veto: flag },
    { proxy: text, delegate: text, standing: byName(anything) },
  ),
  Rule: object(
    {
      threshold: {
        anyOf: [
          object({ kind: oneOf('majority', 'unanimity', 'median', ...OPTION_RULES) }),
          object({ kind: { const: 'super-majority' }, share: fraction }),
          object({ kind: { const: 'k-of-n' }, k: count(1) }),
          object({ kind: oneOf('resilient', 'resilient-median'), liars: count(1) }),
        ],
      },
      of: oneOf('eligible', 'cast'),
      lost: oneOf('count', 'proxy', 'exclude'),
    },
    { quorum: fraction, cap: fraction, standing: oneOf('final', 'replaceable'), ties: oneOf('keep', 'listed') },
  ),
  Cast: object(
    { voter: text, choice, at: instant, via: oneOf('standing', 'asked', 'signal', 'update', 'proxy', 'delegate') },
    {
      value: real,
      ranking: list(text),
      reason: text,
      measured: byName(real),
      replaces: object({ choice, at: instant }, { reason: text }),
    },
  ),
  Lost: object({ voter: text, evidence: text }),
  Tally: object(
    {
      outcome: oneOf('adopted', 'kept'),
      because,
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
    {
      median: object({ variable: text, present: real, value: real, weight: count() }),
      chosen: object(
        { names: list(text), winners: list(text), weight: count(), scores: byName(count()) },
        { present: text, option: text },
      ),
      rounds: list(object({ casts: list(ref('Cast')), lost: list(ref('Lost')) }, { feedback: ref('Feedback') })),
    },
  ),
  OptionList: object({ names: list(text) }, { present: text }),
  Feedback: object({ round: count(1), named: count(1), lower: real, median: real, upper: real }),
  WhatIf: object(
    {
      rule: ref('Rule'),
      outcome: oneOf('adopted', 'kept', 'open'),
      waitingFor: list(text),
      was: object({ outcome: oneOf('adopted', 'kept'), because, rule: ref('Rule') }, { value: real, option: text }),
    },
    { because, value: real, option: text },
  ),
  NumberRange: object({ variable: text, present: real, low: real, high: real, isWhole: flag }, { step: real }),
  Subject: object(
    {
      title: text,
      proposer: text,
      changes: byName(object({ before: nullable, after: nullable })),
      values: ref('Values'),
    },
    {
      set: text,
      proposal: count(1),
      because: text,
      evidence: anything,
      range: ref('NumberRange'),
      options: ref('OptionList'),
      feedback: list(ref('Feedback')),
    },
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
    { tally: ref('Tally'), rounds: object({ plan, round: count(1) }) },
  ),
  Ballot: also('BallotView', { name: text }),
  Counted: object({ counted: { const: true } }),
};
