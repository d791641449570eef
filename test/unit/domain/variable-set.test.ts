import fc from 'fast-check';
import type { Tally } from '../../../src/contracts/coordination/ballot';
import {
  KEPT_PROPOSALS,
  KEPT_VERSIONS,
  MAX_OPEN_PROPOSALS,
  type Proposal,
  type VariableSetDefinition,
  type Verdict,
} from '../../../src/contracts/variable-set';
import type { Values } from '../../../src/contracts/variable';
import { checkValue } from '../../../src/domain/variable';
import { brokenConstraints, complete, strictestPolicy } from '../../../src/domain/variable-set';
import { proposalRefusal } from '../../../src/domain/variable-set-outlook';
import { ballotDecided, expire, nextExpiry, propose, type Proposed } from '../../../src/domain/variable-set-proposals';
import { announced, newSet, setView, subscribe, type SetState } from '../../../src/domain/variable-set-state';
import {
  boolean,
  categorical,
  defineVariables,
  float,
  int,
  module,
  on,
  ordinal,
  text,
  voter,
} from '../../../workflows/door';
import { tallyOf } from '../../support/ballots/tally';

const SEED = 20261124;
const variables = {
  features: module('words', 'characters'),
  ngram: int(1, 5).default(3).when({ features: 'characters' }),
  padded: boolean().when({ features: 'characters' }),
  hashBits: int(12, 24).default(18),
  copies: int(1, 8),
  threshold: float(0.5, 0.999).default(0.9).policy('consensus'),
  seed: int(0, 9).policy('locked'),
};
const known = defineVariables('filter', variables, {
  constraints: {
    fitsInMemory: on(['hashBits', 'copies'], ({ hashBits, copies }) => 2 ** hashBits * copies <= 2 ** 21),
    shortWords: on(['ngram', 'hashBits'], ({ ngram, hashBits }) => ngram === undefined || ngram < 5 || hashBits > 15),
  },
  electorate: ['a', 'b', 'c'],
});
const ballotName = (proposal: number): string => `filter@${String(proposal)}`;
const ask = (state: SetState, more: Partial<Proposal>, now = 0, id = 'r'): Proposed =>
  propose(state, { proposer: 'trainer', changes: {}, basedOn: state.version, ...more }, known, { id, ballotName }, now);

function taken(proposed: Proposed): { readonly state: SetState; readonly verdict: Verdict } {
  if (!proposed.ok) throw new Error(proposed.refusal.message);
  return { state: proposed.step.state, verdict: proposed.verdict };
}
const start = (definition: VariableSetDefinition<never> = known as never): SetState => newSet(definition, 0).state;
const tally = (outcome: Tally['outcome']): Tally => tallyOf(known.spec, outcome);

test.each<[string, { readonly spec: Parameters<typeof checkValue>[1] }, unknown, string | undefined]>([
  ['a float inside', float(0, 1), 0.5, undefined],
  ['the ends of a range', float(0, 1), 1, undefined],
  ['a float outside', float(0, 1), 1.0001, 'value-out-of-range'],
  ['a float on its step', float(0, 1).step(0.1), 0.3, undefined],
  ['a float off its step', float(0, 1).step(0.1), 0.35, 'value-out-of-range'],
  ['not a number', float(0, 1), NaN, 'wrong-kind'],
  ['a text for a number', float(0, 1), '0.5', 'wrong-kind'],
  ['an int on its step', int(2, 10).step(4), 6, undefined],
  ['an int off its step', int(2, 10).step(4), 8, 'value-out-of-range'],
  ['a fraction for an int', int(0, 9), 1.5, 'wrong-kind'],
  ['a choice', categorical('p', 2, true), 2, undefined],
  ['no choice', categorical('p', 'q'), 'r', 'value-out-of-range'],
  ['another kind of choice', categorical('p', 'q'), 1, 'wrong-kind'],
  ['an ordinal', ordinal(1, 10, 100), 10, undefined],
  ['a module that nobody wrote', module('words'), 'letters', 'value-out-of-range'],
  ['a boolean', boolean(), true, undefined],
  ['a number for a boolean', boolean(), 1, 'wrong-kind'],
  ['a text', text(3), 'abc', undefined],
  ['a text that is too long', text(3), 'abcd', 'value-out-of-range'],
  ['nothing', text(3), null, 'wrong-kind'],
])('a value of a kind: %s', (_name, { spec }, value, code) => {
  expect(checkValue('x', spec, value)?.code).toBe(code);
});

test('a message says what was expected and what came', () => {
  expect(checkValue('threshold', float(0.5, 0.999).spec, 1.2)?.message).toBe(
    'threshold must lie in [0.5, 0.999]; got 1.2',
  );
  expect(checkValue('mode', categorical('p', 'q').spec, 'r')?.message).toBe('mode must be one of "p", "q"; got "r"');
});

test('VAR-6 inactive values are absent, come back with their default, and cannot be set', () => {
  const { spec } = known;
  expect(start().values).toEqual({ features: 'words', hashBits: 18, copies: 1, threshold: 0.9, seed: 0 });
  const on = complete(spec, start().values, { features: 'characters' });
  expect(on).toMatchObject({ ok: true, values: { ngram: 3, padded: false } });
  const off = complete(spec, on.ok ? { ...on.values, ngram: 5 } : {}, { features: 'words' });
  expect(off.ok && Object.keys(off.values)).not.toContain('ngram');
  expect(complete(spec, start().values, { ngram: 2 })).toMatchObject({ reasons: [{ code: 'inactive-variable' }] });
  expect(complete(spec, start().values, { features: 'characters', ngram: 2 })).toMatchObject({ values: { ngram: 2 } });
});

test('VAR-6 constraints are functions by name; one that throws, or is not there, does not hold', () => {
  const { spec } = known;
  const values = { ...start().values, hashBits: 21, copies: 2 };
  expect(brokenConstraints(spec, known.constraints, values).map((each) => each.details?.['constraint'])).toEqual([
    'fitsInMemory',
  ]);
  const thrown = brokenConstraints(
    spec,
    {
      fitsInMemory: () => {
        throw new Error('broken');
      },
    },
    values,
  );
  expect(thrown.map((each) => each.code)).toEqual(['constraint-broken', 'constraint-broken']);
});

test('VAR-1 VAR-3 changes of several variables are one version that names its decision; a rollback is a new one, however old', () => {
  let state = start();
  const committed = (more: Partial<Proposal>): unknown => {
    const proposed = ask(state, more);
    state = taken(proposed).state;
    return proposed.ok ? proposed.step.events.find((event) => event.type === 'set.committed')?.data : undefined;
  };
  const words = { features: 'words', hashBits: 13, copies: 2, threshold: 0.9, seed: 0 };
  const letters = { features: 'characters', ngram: 2, padded: true, hashBits: 20, copies: 1, threshold: 0.9, seed: 0 };
  expect(committed({ changes: { hashBits: 13, copies: 2 } })).toMatchObject({ version: 2, proposal: 1, values: words });
  const toLetters = { features: 'characters', ngram: 2, padded: true, hashBits: 20, copies: 1 };
  expect(committed({ changes: toLetters })).toMatchObject({ version: 3, proposal: 2, values: letters });
  committed({ changes: { features: 'words', hashBits: 14 } });
  expect(committed({ restore: 2 })).toMatchObject({ version: 5, proposal: 4 });
  expect(state).toMatchObject({ version: 5, values: words });
  committed({ restore: 3 });
  expect(state.values).toEqual(letters);
  committed({ restore: 2 });
  expect(state.values).toEqual(words);
  const named = state.history.map(({ version, proposal, values }) => [version, proposal, values['hashBits']]);
  expect(named).toEqual([18, 13, 20, 14, 13, 20, 13].map((bits, at) => [at + 1, at, bits]));
});

test('VAR-3 a proposal obeys the strictest policy it touches, also through a condition', () => {
  const { spec } = known;
  expect(strictestPolicy(spec, ['hashBits'])).toBe('free');
  expect(strictestPolicy(spec, ['hashBits', 'threshold'])).toBe('consensus');
  expect(strictestPolicy(spec, ['threshold', 'seed'])).toBe('locked');
  expect(taken(ask(start(), { changes: { hashBits: 13 } })).verdict.kind).toBe('accepted');
  expect(taken(ask(start(), { changes: { hashBits: 13, threshold: 0.8 } })).verdict.kind).toBe('pending');
  expect(taken(ask(start(), { changes: { threshold: 0.8, seed: 1 } })).verdict).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'variable-locked' }],
  });
  const governed = defineVariables(
    'g',
    { mode: module('p', 'q'), depth: int(1, 3).policy('consensus').when({ mode: 'q' }) },
    { electorate: ['a'] },
  );
  const touched = propose(
    start(governed as never),
    { proposer: 'x', changes: { mode: 'q' }, basedOn: 1 },
    governed,
    { id: 'r', ballotName },
    0,
  );
  expect(taken(touched).verdict.kind).toBe('pending');
});

test('VAR-2 a stale base, older or newer, is refused with the current version, and nothing else is looked at', () => {
  const { state } = taken(ask(start(), { changes: { hashBits: 13 } }));
  for (const basedOn of [1, 3]) {
    const { verdict } = taken(ask(state, { changes: { hashBits: 20, copies: 8 }, basedOn }));
    const reasons = [{ code: 'stale-base', details: { currentVersion: 2 } }];
    expect(verdict).toMatchObject({ kind: 'refused', currentVersion: 2, reasons });
  }
});

test('VAR-2 VAR-6 write skew inside a set is refused: two changes that each hold, and do not hold together', () => {
  const first = taken(ask(start(), { changes: { hashBits: 21 }, basedOn: 1 }));
  expect(first.verdict.kind).toBe('accepted');
  expect(taken(ask(start(), { changes: { copies: 2 }, basedOn: 1 })).verdict.kind).toBe('accepted');
  const second = taken(ask(first.state, { changes: { copies: 2 }, basedOn: 1 }));
  expect(second.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'stale-base' }] });
  const rebased = taken(ask(second.state, { changes: { copies: 2 } }));
  expect(rebased.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'constraint-broken' }] });
});

test('VAR-3 nothing is visible before the commit, and base and constraints are looked at again then', () => {
  const waiting = taken(ask(start(), { changes: { threshold: 0.8 } }));
  expect(waiting.state.values).toEqual(start().values);
  const decided = ballotDecided(waiting.state, { proposal: 1, tally: tally('adopted') }, known, ballotName, 5);
  expect(decided.state).toMatchObject({ version: 2, values: { threshold: 0.8 } });
  expect(decided.events.map((event) => event.type)).toEqual(['set.decided', 'set.committed']);
  // a deploy in between has brought a constraint that the proposal breaks
  const stricter = { ...known, constraints: { ...known.constraints, fitsInMemory: () => false } };
  const broken = ballotDecided(waiting.state, { proposal: 1, tally: tally('adopted') }, stricter, ballotName, 5);
  expect(broken.state.version).toBe(1);
  expect(broken.state.recent[0]?.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'constraint-broken' }] });
});

test('BAL-4 a proposal is decided once: a second report changes nothing', () => {
  const waiting = taken(ask(start(), { changes: { threshold: 0.8 } })).state;
  const once = ballotDecided(waiting, { proposal: 1, tally: tally('kept') }, known, ballotName, 5).state;
  expect(once.recent[0]?.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'ballot-lost' }] });
  const twice = ballotDecided(once, { proposal: 1, tally: tally('adopted') }, known, ballotName, 6);
  expect(twice.state).toBe(once);
  expect(twice.events).toEqual([]);
});

test('a ballot that never reports is refused when its time is over, not before', () => {
  const waiting = taken(ask(start(), { changes: { threshold: 0.8 } }, 1_000)).state;
  const at = nextExpiry(waiting) ?? 0;
  expect(at).toBeGreaterThan(1_000 + known.spec.deadlineMs);
  expect(expire(waiting, ballotName, at - 1).state.open).toHaveLength(1);
  const { state } = expire(waiting, ballotName, at);
  expect(state.open).toEqual([]);
  expect(state.recent[0]?.verdict).toMatchObject({
    reasons: [{ code: 'ballot-lost', details: { because: 'expired' } }],
  });
  expect(nextExpiry(state)).toBeUndefined();
});

test('VAR-6 open proposals, kept proposals and kept versions are limited', () => {
  let state = start();
  for (let at = 0; at < MAX_OPEN_PROPOSALS; at++) state = taken(ask(state, { changes: { threshold: 0.8 } })).state;
  const more = ask(state, { changes: { threshold: 0.8 } });
  expect(more).toMatchObject({ ok: false, refusal: { code: 'limit-reached' } });
  for (let at = 0; at < 60; at++) state = taken(ask(state, { changes: { hashBits: 13 + (at % 2) } })).state;
  expect(state.history).toHaveLength(KEPT_VERSIONS);
  expect(state.recent).toHaveLength(KEPT_PROPOSALS);
  expect(state.history.at(-1)?.version).toBe(61);
  expect(proposalRefusal(state, { proposer: 'x', changes: {}, restore: 2, basedOn: 61 })?.code).toBe('not-found');
});

describe('a new definition', () => {
  const redefine = (definition: unknown, state = start()): { readonly state: SetState; readonly verdict: Verdict } => {
    const { hash } = definition as typeof known;
    const proposal: Proposal = { proposer: 'dev', changes: {}, basedOn: state.version, redefine: hash };
    return taken(propose(state, proposal, definition as never, { id: 'r', ballotName }, 0));
  };
  const free = defineVariables('filter', { x: int(0, 9).default(5), y: int(0, 9) });

  test('becomes a version: what stays keeps its value, what is new has its default', () => {
    const next = defineVariables('filter', { x: int(0, 7), z: boolean() });
    const { state, verdict } = redefine(next, start(free as never));
    expect(verdict).toMatchObject({ kind: 'accepted', version: 2 });
    expect(state).toMatchObject({ hash: next.hash, values: { x: 5, z: false } });
    expect(state.values).not.toHaveProperty('y');
  });

  test('is refused if the current values break it, and nothing changes', () => {
    const { state, verdict } = redefine(defineVariables('filter', { x: int(0, 3) }), start(free as never));
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'value-out-of-range' }] });
    expect(state).toMatchObject({ version: 1, hash: free.hash });
  });

  test('of a set that guards something is decided by its present electorate', () => {
    const without = defineVariables('filter', { ...variables, threshold: float(0.5, 0.999).default(0.9) });
    const { state, verdict } = redefine(without);
    expect(verdict.kind).toBe('pending');
    const done = ballotDecided(state, { proposal: 1, tally: tally('adopted') }, without, ballotName, 1);
    expect(done.state).toMatchObject({ version: 2, hash: without.hash });
    const other = ballotDecided(state, { proposal: 1, tally: tally('adopted') }, known, ballotName, 1);
    expect(other.state.recent[0]?.verdict).toMatchObject({ reasons: [{ code: 'definition-mismatch' }] });
  });
});

test('VAR-5 marks only grow, laggards are listed at the end, and a newer version waits for no slow announcement', () => {
  let state = start();
  for (const agent of ['f1', 'f2', 'f3']) state = subscribe(state, agent, true, 0).state;
  for (const hashBits of [13, 14, 15, 16, 17, 18]) state = taken(ask(state, { changes: { hashBits } })).state;
  expect(state.announcing).toEqual([2, 3, 4, 5]);
  // an old announcement comes back late: it takes no mark away, and the newest version is announced in its place
  const first = announced(state, 3, { acknowledged: { f1: 3, f2: 7 } }, 9);
  expect(first.announce).toMatchObject({ version: 7, agents: ['f1', 'f2', 'f3'] });
  state = announced(first.state, 2, { acknowledged: { f1: 2, f9: 7 } }, 10).state;
  expect(state.adoption.acknowledged).toMatchObject({ f1: { version: 3 }, f2: { version: 7 } });
  expect(state.adoption.acknowledged).not.toHaveProperty('f9');
  const last = announced(state, 7, { acknowledged: { f1: 7, f2: 7 } }, 11);
  expect(last.state.adoption).toMatchObject({ done: true, laggards: ['f3'] });
  expect(last.events.map((event) => event.type)).toEqual(['set.adopted', 'set.announced']);
  expect(subscribe(last.state, 'f3', true, 12).state.adoption.laggards).toEqual([]);
  expect(subscribe(last.state, 'f3', false, 12).state.interested).toEqual(['f1', 'f2']);
});

type Act =
  | { readonly kind: 'propose'; readonly changes: Values; readonly lag: number }
  | { readonly kind: 'restore'; readonly back: number }
  | { readonly kind: 'report'; readonly which: number; readonly adopted: boolean }
  | { readonly kind: 'expire' };
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('propose' as const),
    changes: fc
      .record(
        {
          features: fc.constantFrom('words', 'characters'),
          ngram: fc.integer({ min: 1, max: 5 }),
          hashBits: fc.integer({ min: 12, max: 24 }),
          copies: fc.integer({ min: 1, max: 8 }),
          threshold: fc.constantFrom(0.5, 0.8, 0.95),
          seed: fc.constantFrom(0, 1),
        },
        { requiredKeys: [] },
      )
      .filter((changes) => Object.keys(changes).length > 0),
    lag: fc.constantFrom(0, 0, 0, 1),
  }),
  fc.record({ kind: fc.constant('restore' as const), back: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('report' as const), which: fc.nat(30), adopted: fc.boolean() }),
  fc.constant({ kind: 'expire' as const }),
);

test('VAR-1 VAR-2 VAR-3 VAR-6 under any proposals and reports each version has one decision and keeps every rule', () => {
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 60 }), (list) => {
      let state = start();
      const versions = new Map<number, number>();
      list.forEach((act, now) => {
        const before = state;
        if (act.kind === 'report') {
          const report = { proposal: act.which, tally: tally(act.adopted ? 'adopted' : 'kept') };
          state = ballotDecided(state, report, known, ballotName, now).state;
        } else if (act.kind === 'expire') {
          state = expire(state, ballotName, nextExpiry(state) ?? 0).state;
        } else {
          const more =
            act.kind === 'propose'
              ? { changes: act.changes, basedOn: Math.max(1, state.version - act.lag) }
              : { restore: Math.max(1, state.version - act.back) };
          const proposal: Proposal = { proposer: 'p', changes: {}, basedOn: state.version, ...more };
          if (proposalRefusal(state, proposal) === undefined) {
            const proposed = ask(state, more, now);
            if (proposed.ok) state = proposed.step.state;
          }
        }
        // versions grow by one, each by one decision
        expect(state.version - before.version === 0 || state.version - before.version === 1).toBe(true);
        if (state.version > before.version) versions.set(state.version, state.history.at(-1)?.proposal ?? 0);
        // values change with the version only, and are complete, fitting and allowed together
        if (state.version === before.version) expect(state.values).toBe(before.values);
        expect(complete(state.spec, state.values, state.values)).toEqual({ ok: true, values: state.values });
        expect(brokenConstraints(state.spec, known.constraints, state.values)).toEqual([]);
        expect(state.values['seed']).toBe(0);
        // what is open is based on the current version
        expect(state.open.every((each) => each.proposal.basedOn === state.version)).toBe(true);
      });
      expect(new Set(versions.values()).size).toBe(versions.size);
      expect(setView(state).open.every((each) => !('expires' in each))).toBe(true);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test('VAR-3 standing votes decide at once and are told apart from votes that are asked for', () => {
  const standing = defineVariables(
    's',
    { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
    { electorate: ['a', 'b', 'c'].map((id) => voter(id, { standing: { threshold: { accept: { atMost: 0.95 } } } })) },
  );
  const ruled = (threshold: number): Verdict =>
    taken(
      propose(
        start(standing as never),
        { proposer: 'x', changes: { threshold }, basedOn: 1 },
        standing,
        { id: 'r', ballotName },
        0,
      ),
    ).verdict;
  let state = start(standing as never);
  for (let at = 0; at < 8; at++) {
    const proposal: Proposal = { proposer: 'x', changes: { threshold: 0.8 + at / 100 }, basedOn: state.version };
    state = taken(propose(state, proposal, standing, { id: 'r', ballotName }, at)).state;
  }
  const withTally = state.recent.map(({ verdict }) => verdict.kind !== 'pending' && verdict.tally !== undefined);
  expect(withTally).toEqual([false, false, false, true, true, true, true, true]);
  expect(ruled(0.95)).toMatchObject({ kind: 'accepted', tally: { yes: 3 } });
  expect(ruled(0.96)).toMatchObject({ kind: 'refused', tally: { no: 3 } });
});
