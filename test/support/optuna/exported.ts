import type { StudySpec, Trial } from '../../../src/contracts/optimisation/study';
import { journalHeading, journalLine } from '../../../src/domain/optimisation/optuna/journal-text';

/** A study with every kind of dimension, a bound each way, and every end of a trial. */
export const exportedSpec: Pick<StudySpec, 'space' | 'objective' | 'subjectTo'> = {
  space: {
    dimensions: {
      rate: { kind: 'float', low: 1e-5, high: 0.1, log: true },
      third: { kind: 'float', low: 0, high: 1, log: false, step: 0.3 },
      odd: { kind: 'int', low: 1, high: 10, log: false, step: 4 },
      width: { kind: 'int', low: 1, high: 1_024, log: true, step: 1 },
      kind: { kind: 'categorical', choices: ['a', '"b"\n\u2028', 7, true] },
      size: { kind: 'ordinal', choices: ['small', 'large'] },
      flag: { kind: 'boolean' },
      part: { kind: 'module', choices: ['p', 'q'], when: { flag: true } },
    },
  },
  objective: { measure: 'loss', direction: 'maximise' },
  subjectTo: { memory: { atMost: 5 }, speed: { atLeast: 2, atMost: 9 } },
};

const base = {
  attempts: 1,
  askedAt: '2026-11-30T02:00:00.000Z',
  endedAt: '2026-11-30T02:00:01.500Z',
} as const;
const configuration = { rate: 1e-3, third: 0.9, odd: 9, width: 64, kind: 'a', size: 'large', flag: false };

export const exportedTrials: readonly Trial[] = [
  { ...base, number: 1, configuration, state: 'complete', measures: { loss: -0.25, memory: 4, speed: 3, extra: 1 } },
  {
    ...base,
    number: 2,
    configuration: { ...configuration, kind: '"b"\n\u2028', flag: true, part: 'q', third: 0.3 },
    state: 'complete',
    measures: { loss: 1e-21, memory: 6, speed: 1 },
  },
  {
    ...base,
    number: 3,
    configuration: { ...configuration, kind: true },
    state: 'failed',
    refusal: { code: 'evaluation-failed', message: 'no "luck"' },
  },
  { attempts: 0, askedAt: base.askedAt, number: 4, configuration, state: 'running' },
  { ...base, number: 5, configuration: { ...configuration, kind: 7 }, state: 'cancelled' },
  {
    ...base,
    number: 6,
    configuration: { ...configuration, rate: 1e-4 },
    state: 'pruned',
    reports: { steps: [1, 2, 4], values: [0.5, 'NaN', 0.25] },
  },
];

/** The journal of that study. */
export const exportedJournal = (): string =>
  journalHeading('from-mabeam', exportedSpec) + exportedTrials.map((each) => journalLine(exportedSpec, each)).join('');

if (require.main === module) process.stdout.write(exportedJournal());
