import fc from 'fast-check';
import type { Tally } from '../../../src/contracts/coordination/ballot';
import { KEPT_VERSIONS, type Proposal, type ProposalRecord, type Verdict } from '../../../src/contracts/variable-set';
import type { Values } from '../../../src/contracts/variable';
import { complete } from '../../../src/domain/variable-set';
import { proposalRefusal } from '../../../src/domain/variable-set-outlook';
import { ballotDecided, propose } from '../../../src/domain/variable-set-proposals';
import { newSet, type SetState } from '../../../src/domain/variable-set-state';
import { categorical, defineVariables, int, on } from '../../../workflows/door';
import { tallyOf } from '../../support/ballots/tally';

const SEED = 20_261_130;
const NAMES = ['mode', 'batch', 'cache', 'workers', 'limit'] as const;
const known = defineVariables(
  'server',
  {
    mode: categorical('plain', 'cached'),
    batch: int(1, 9),
    cache: int(1, 9).when({ mode: 'cached' }),
    workers: int(1, 9),
    limit: int(1, 9).policy('consensus'),
  },
  { constraints: { fits: on(['batch', 'workers'], ({ batch, workers }) => batch * workers <= 30) }, electorate: ['a'] },
);
const ballotName = (proposal: number): string => `server@${String(proposal)}`;
const start = (): SetState => newSet(known, 0).state;

function ask(state: SetState, more: Partial<Proposal>): { readonly state: SetState; readonly verdict: Verdict } {
  const proposal = { proposer: 'trainer', changes: {}, basedOn: state.version, ...more };
  const proposed = propose(state, proposal, known, { id: 'r', ballotName }, 0);
  if (!proposed.ok) throw new Error(proposed.refusal.message);
  return { state: proposed.step.state, verdict: proposed.verdict };
}
const after = (...changes: readonly Values[]): SetState =>
  changes.reduce((state, each) => ask(state, { changes: each }).state, start());
const tally = (outcome: Tally['outcome']): Tally => tallyOf(known.spec, outcome);

describe('VAR-2 a proposal that says what it read', () => {
  test('commits on an older version when nothing of that, and nothing that it changes, is another', () => {
    const { state, verdict } = ask(after({ batch: 5 }), { changes: { workers: 3 }, basedOn: 1, reads: ['mode'] });
    expect(verdict).toMatchObject({ kind: 'accepted', version: 3 });
    expect(state.values).toMatchObject({ batch: 5, workers: 3 });
  });

  test.each<[string, Partial<Proposal>]>([
    ['what it read', { changes: { workers: 3 }, basedOn: 1, reads: ['batch'] }],
    ['what it changes', { changes: { batch: 3 }, basedOn: 1, reads: [] }],
  ])('is refused, and told of it, when %s has changed', (_what, proposal) => {
    const { verdict } = ask(after({ batch: 5 }), proposal);
    const details = { currentVersion: 2, conflicts: ['batch'] };
    const message = 'server is at version 2, not 1; meanwhile batch 1 → 5';
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'stale-base', message, details }] });
  });

  test('conflicts with a variable that has become active meanwhile', () => {
    const { verdict } = ask(after({ mode: 'cached' }), { changes: { workers: 3 }, basedOn: 1, reads: ['cache'] });
    const message = 'server is at version 2, not 1; meanwhile cache inactive → 1';
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ message }] });
  });

  test('does not conflict with a value that is again what it was', () => {
    const { verdict } = ask(after({ batch: 5 }, { batch: 1 }), {
      changes: { workers: 3 },
      basedOn: 1,
      reads: ['batch'],
    });
    expect(verdict.kind).toBe('accepted');
  });

  test('is refused on a version that is to come, and on one that is not kept', () => {
    const toCome = ask(start(), { changes: { workers: 3 }, basedOn: 2, reads: [] });
    expect(toCome.verdict).toMatchObject({ reasons: [{ code: 'stale-base' }] });
    const many = Array.from({ length: KEPT_VERSIONS + 1 }, (_each, at) => ({ batch: (at % 2) + 2 }));
    const { verdict } = ask(after(...many), { changes: { workers: 3 }, basedOn: 1, reads: [] });
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'stale-base' }] });
    expect(JSON.stringify(verdict)).toContain('no longer kept');
  });

  test('VAR-6 obeys the constraints on the values that are there when it commits', () => {
    const { verdict } = ask(after({ batch: 9 }), { changes: { workers: 4 }, basedOn: 1, reads: [] });
    expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'constraint-broken' }] });
  });

  test('stays open while others commit what it did not read, and is withdrawn by a conflict', () => {
    const first = ask(start(), { changes: { limit: 5 }, reads: ['batch'] });
    const second = ask(first.state, { changes: { limit: 7 }, reads: ['workers'] });
    const third = ask(second.state, { changes: { workers: 2 } });
    expect(third.state.open.map(({ number }) => number)).toEqual([1]);
    expect(third.state.recent.find(({ number }) => number === 2)?.verdict).toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'proposal-withdrawn' }],
    });
    const decided = ballotDecided(third.state, { proposal: 1, tally: tally('adopted') }, known, ballotName, 1);
    expect(decided.state).toMatchObject({ version: 3, values: { limit: 5, workers: 2 } });
  });

  test('has read variables that there are, or leaves no trace', () => {
    const proposal = { proposer: 'trainer', changes: { batch: 2 }, basedOn: 1, reads: ['colour'] };
    expect(proposalRefusal(start(), proposal)).toMatchObject({ code: 'unknown-variable' });
  });
});

const small = fc.integer({ min: 1, max: 5 });
const acts = fc.oneof(
  fc.record({
    kind: fc.constant('propose' as const),
    changes: fc.oneof(
      fc.record({ mode: fc.constantFrom('plain', 'cached') }),
      fc.record({ batch: small }),
      fc.record({ workers: small }),
      fc.record({ batch: small, workers: small }),
      fc.record({ limit: small }),
    ),
    reads: fc.option(fc.subarray([...NAMES]), { nil: undefined }),
    lag: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({ kind: fc.constant('report' as const), which: fc.nat(3), adopted: fc.boolean() }),
);

test('VAR-2 what commits could have been proposed in the order of the versions: all that it read was so', () => {
  let merged = 0;
  let decidedLate = 0;
  fc.assert(
    fc.property(fc.array(acts, { minLength: 10, maxLength: 40 }), (list) => {
      let state = start();
      const versions: Values[] = [{}, state.values];
      for (const act of list) {
        const { version: before } = state;
        if (act.kind === 'report') {
          const proposal = state.open[act.which]?.number ?? 0;
          const report = { proposal, tally: tally(act.adopted ? 'adopted' : 'kept') };
          ({ state } = ballotDecided(state, report, known, ballotName, 1));
        } else {
          const { changes, lag, reads } = act;
          const proposal: Proposal = {
            proposer: 'p',
            changes,
            basedOn: Math.max(1, state.version - lag),
            ...(reads === undefined ? {} : { reads }),
          };
          if (proposalRefusal(state, proposal) !== undefined) continue;
          ({ state } = ask(state, proposal));
        }
        if (state.version === before) continue;
        const by = state.history.at(-1)?.proposal;
        const { proposal } = state.recent.find(({ number }) => number === by) as ProposalRecord;
        const [base = {}, last = {}] = [versions[proposal.basedOn], versions[before]];
        if (proposal.basedOn !== before) merged += 1;
        if (act.kind === 'report' && proposal.basedOn !== before) decidedLate += 1;
        for (const name of [...(proposal.reads ?? NAMES), ...Object.keys(proposal.changes)])
          expect([name, last[name]]).toEqual([name, base[name]]);
        expect(complete(known.spec, last, proposal.changes)).toEqual({ ok: true, values: state.values });
        versions.push(state.values);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
  expect(merged).toBeGreaterThan(500);
  expect(decidedLate).toBeGreaterThan(50);
});
