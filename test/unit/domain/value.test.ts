import fc from 'fast-check';
import { MAX_VALUE_BYTES } from '../../../src/contracts/coordination/value';
import { isRefusal } from '../../../src/contracts/errors';
import {
  comparedAndSet,
  openValue,
  valueLine,
  valueOverAt,
  valueRefusal,
  valueSet,
  valueView,
  versionRefusal,
  type ValueState,
} from '../../../src/domain/coordination/value';

const SEED = 20261130;
const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const codeOf = (what: unknown): string => (isRefusal(what) ? what.code : 'no refusal');

test('CNT-3 a compare-and-set hits when, and only when, nothing was set since: over deletions and resets, too', () => {
  const acts = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), ms: fc.nat(3) }),
    fc.record({ kind: fc.constant('cas' as const), read: fc.nat(), ms: fc.nat(3) }),
    fc.record({ kind: fc.constant('delete' as const), ms: fc.nat(3) }),
    fc.record({ kind: fc.constant('reset' as const), to: fc.nat(), ms: fc.nat(3) }),
  );
  fc.assert(
    fc.property(fc.array(acts, { maxLength: 50 }), (all) => {
      let now = NOW;
      let state = openValue(now);
      let content = 0;
      const past: ValueState[] = [state];
      /** Which content stood under a version. */
      const contents = new Map<number, unknown>();
      for (const act of all) {
        now += act.ms;
        if (act.kind === 'delete') {
          now = Math.max(now, valueOverAt({ ...state, deletedAt: now }) ?? now);
          state = openValue(now);
        } else if (act.kind === 'reset') {
          // a person takes longer to reset a workflow than it takes to set a value
          now += all.length + 1;
          state = past[act.to % past.length] ?? state;
        } else {
          content += 1;
          const before = state;
          const version = act.kind === 'set' ? state.version : (past[act.read % past.length] ?? state).version;
          state = act.kind === 'set' ? valueSet(state, content, now) : comparedAndSet(state, version, content, now);
          if (version !== before.version) expect(state).toBe(before);
          else {
            expect(state.version).toBeGreaterThan(before.version);
            expect(contents.has(state.version)).toBe(false);
            contents.set(state.version, content);
          }
          past.push(state);
        }
      }
    }),
    { seed: SEED, numRuns: 300 },
  );
});

test('a value that was never set has version 0, and can be compared with that', () => {
  const empty = openValue(NOW);
  expect(valueView(empty)).toEqual({ value: null, version: 0, changedAt: '2026-11-30T12:00:00.000Z' });
  const first = comparedAndSet(empty, 0, { a: 1 }, NOW);
  expect(valueView(first)).toMatchObject({ value: { a: 1 }, version: NOW });
  expect(comparedAndSet(first, 0, 2, NOW)).toBe(first);
  expect(valueSet(first, 2, NOW).version).toBe(NOW + 1);
  expect([valueLine(empty), valueLine(first)]).toEqual(['never set', `{"a":1}, version ${String(NOW)}`]);
  expect(valueOverAt(first)).toBeUndefined();
  expect(valueOverAt({ ...first, deletedAt: NOW })).toBe(NOW + 1);
});

test.each([
  [null, 'no refusal'],
  ['x'.repeat(MAX_VALUE_BYTES - 2), 'no refusal'],
  ['x'.repeat(MAX_VALUE_BYTES - 1), 'message-too-large'],
  [undefined, 'invalid-message'],
])('what can be a value (%#)', (value, code) => {
  expect(codeOf(valueRefusal(value))).toBe(code);
});

test.each([
  [0, 'no refusal'],
  [NOW, 'no refusal'],
  [-1, 'invalid-message'],
  [0.5, 'invalid-message'],
  ['1', 'invalid-message'],
])('what can be a version: %j, %s', (version, code) => {
  expect(codeOf(versionRefusal(version))).toBe(code);
});
