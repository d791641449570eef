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

const variable = (kind: string, more: Readonly<Record<string, JsonSchema>>, optional = {}): JsonSchema =>
  object(
    { kind: { const: kind }, default: ref('Value'), policy: oneOf('free', 'consensus', 'locked'), ...more },
    { when: byName(ref('Value')), ...optional },
  );

const range = { low: real, high: real, log: flag };
const verdicts = [
  object({ kind: { const: 'accepted' }, proposal: count(1), version: count(1) }, { tally: ref('Tally') }),
  object({ kind: { const: 'pending' }, proposal: count(1), ballot: text }),
  object(
    { kind: { const: 'refused' }, reasons: list(ref('Refusal')), currentVersion: count(1) },
    { proposal: count(1), tally: ref('Tally') },
  ),
];

/** What routes answer about variable sets and proposals. */
export const variableSetSchemas: Readonly<Record<string, JsonSchema>> = {
  Value: { type: ['number', 'string', 'boolean'] },
  Values: byName(ref('Value')),
  Variable: {
    anyOf: [
      variable('float', range, { step: real }),
      variable('int', { ...range, step: real }),
      variable('categorical', { choices: list(ref('Value')) }),
      variable('ordinal', { choices: list(ref('Value')) }),
      variable('boolean', {}),
      variable('text', { maxLength: count() }),
      variable('module', { choices: list(text) }),
    ],
  },
  VariableSetSpec: object({
    name: text,
    variables: byName(ref('Variable')),
    constraints: list(object({ name: text, on: list(text) })),
    electorate: list(ref('Voter')),
    rule: ref('Rule'),
    deadlineMs: count(),
    announceMs: count(),
  }),
  Verdict: { anyOf: verdicts },
  Evidence: object(
    {},
    {
      study: text,
      trials: list(count(1)),
      effect: object({ measure: text, before: real, after: real }, { interval: list(real) }),
      measuredOn: count(1),
    },
  ),
  Proposal: object(
    { proposer: text, changes: ref('Values'), basedOn: count(1) },
    { restore: count(1), reads: list(text), lease: count(1), because: text, evidence: ref('Evidence'), redefine: text },
  ),
  ProposalRecord: object(
    {
      number: count(1),
      requestId: text,
      at: instant,
      proposal: ref('Proposal'),
      before: ref('Values'),
      verdict: ref('Verdict'),
    },
    { decidedAt: instant, expires: count(), notify: text },
  ),
  Version: object({ version: count(1), values: ref('Values'), at: instant, proposal: count() }),
  Adoption: object({
    version: count(1),
    acknowledged: byName(object({ version: count(1), at: instant })),
    laggards: list(text),
    done: flag,
  }),
  Reading: object({ name: text, values: ref('Values'), version: count(1), since: instant }),
  SetLease: object({ holder: text, token: count(1), since: instant, until: instant }, { because: text }),
  LeaseEnded: object({ ended: ref('SetLease') }),
  SetView: object({
    definition: text,
    hash: text,
    spec: ref('VariableSetSpec'),
    version: count(1),
    values: ref('Values'),
    since: instant,
    interested: list(text),
    open: list(ref('ProposalRecord')),
    recent: list(ref('ProposalRecord')),
    history: list(ref('Version')),
    adoption: ref('Adoption'),
  }),
  VariableSet: also('SetView', { name: text }),
  SetAdoption: also('Adoption', { name: text }),
  Change: object({
    variable: text,
    before: { anyOf: [ref('Value'), { type: 'null' }] },
    after: { anyOf: [ref('Value'), { type: 'null' }] },
  }),
  ProposalRow: object(
    {
      set: text,
      number: count(1),
      proposer: text,
      changes: list(ref('Change')),
      basedOn: count(1),
      verdict: oneOf('accepted', 'pending', 'refused'),
      proposedAt: instant,
    },
    {
      because: text,
      evidence: anything,
      version: count(1),
      reasons: list(object({ code: text, message: text })),
      tally: ref('Tally'),
      decidedAt: instant,
    },
  ),
};
