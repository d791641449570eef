import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRefusal } from '../../../../../src/contracts/errors';
import type { Trial } from '../../../../../src/contracts/optimisation/study';
import type { ImportedStudy } from '../../../../../src/contracts/optimisation/warm-start';
import { importedOf } from '../../../../../src/domain/optimisation/optuna/imported';
import { readJournal } from '../../../../../src/domain/optimisation/optuna/journal';
import { journalHeading, journalLine } from '../../../../../src/domain/optimisation/optuna/journal-text';
import { exportedJournal, exportedSpec, exportedTrials } from '../../../../support/optuna/exported';
import loaded from '../../../../support/optuna/files/exported.json';

const recorded = readFileSync(join(__dirname, '../../../../support/optuna/files/exported.log'), 'utf8');
const over = exportedTrials.filter(({ state }) => state !== 'running');
const STATES = {
  complete: 'COMPLETE',
  pruned: 'PRUNED',
  failed: 'FAIL',
  cancelled: 'FAIL',
  running: 'RUNNING',
  waiting: 'RUNNING',
} as const;

/** The only study of a journal, each of whose lines is taken. */
function importedFrom(journal: string, measures: string | readonly string[]): ImportedStudy {
  const reader = readJournal();
  for (const line of journal.trimEnd().split('\n')) expect(reader.take(line)).toBeUndefined();
  const studies = reader.studies();
  const [study] = isRefusal(studies) ? [] : studies;
  const imported = study === undefined ? undefined : importedOf(study, measures);
  if (imported === undefined || isRefusal(imported)) throw new Error(imported?.message ?? 'no study');
  return imported;
}

test('the journal is the one that Optuna was given', () => {
  expect(exportedJournal()).toBe(recorded);
});

test('Optuna 5.0.0 loads every trial that is over, and goes on with the study', () => {
  expect([loaded.direction, loaded.trials.length, loaded.next]).toEqual(['MAXIMIZE', over.length, over.length]);
  const told = (trial: Trial): unknown => ({
    state: STATES[trial.state],
    params: trial.configuration,
    values: trial.state === 'complete' ? [trial.measures?.['loss']] : null,
  });
  expect(loaded.trials).toMatchObject(over.map(told) as object[]);
  expect(loaded.trials.map(({ attributes }) => attributes['mabeam:number'])).toEqual(over.map(({ number }) => number));
  expect(loaded.trials[0]?.constraints).toEqual({ 'memory atMost': -1, 'speed atLeast': -1, 'speed atMost': -6 });
  expect(loaded.trials[1]?.constraints).toEqual({ 'memory atMost': 1, 'speed atLeast': 1, 'speed atMost': -8 });
  expect(loaded.trials[2]?.attributes).toEqual({ 'mabeam:number': 3, 'mabeam:error': 'evaluation-failed: no "luck"' });
  expect(loaded.trials.at(-1)?.reported).toEqual({ '1': 0.5, '4': 0.25 });
  // the second broke its bounds: the first is the best
  expect(loaded.best).toBe(0);
  expect(loaded.begun[0]).toBe(Date.parse('2026-11-30T02:00:00.000Z') / 1_000);
});

test('what was written is read again: the same configurations and values', () => {
  const imported = importedFrom(recorded, 'loss');
  const complete = exportedTrials.filter(({ state }) => state === 'complete');
  expect(imported.objective.direction).toBe('maximise');
  expect(imported.leftOut).toEqual({ failed: 2, pruned: 1 });
  expect(imported.trials.map(({ configuration }) => configuration)).toEqual(
    complete.map(({ configuration }) => configuration),
  );
  expect(imported.trials.map(({ measures }) => measures['loss'])).toEqual(
    complete.map(({ measures }) => measures?.['loss']),
  );
  expect(imported.trials.map(({ feasible }) => feasible)).toEqual([true, false]);
});

test('attributes of the study and its trials come back, apart from other measures and from what we add', () => {
  const [first] = exportedTrials;
  if (first === undefined) throw new Error('no trial');
  const noted = { extra: 'an attribute', owner: 'ann', epochs: 3, ok: true, left: null };
  const trial: Trial = { ...first, attributes: noted };
  const written = JSON.parse(journalLine(exportedSpec, trial)) as { readonly user_attrs: object };
  // Optuna shows the measure and the attribute of its name
  expect(written.user_attrs).toMatchObject({ extra: 1, 'mabeam:attribute:extra': 'an attribute', owner: 'ann' });
  const text = journalHeading('s', exportedSpec, { team: 'ovens', paid: 1.5 }) + journalLine(exportedSpec, trial);
  const imported = importedFrom(text, 'loss');
  expect(imported.attributes).toEqual({ team: 'ovens', paid: 1.5 });
  const others = Object.fromEntries(Object.entries(first.measures ?? {}).filter(([name]) => name !== 'loss'));
  expect(imported.trials[0]?.attributes).toEqual({ ...others, ...noted });
  expect(imported).not.toHaveProperty('attributesLeftOut');
});

test('a study with several objectives comes back with its directions and the same trials', () => {
  const objectives = [
    { measure: 'loss', direction: 'minimise' },
    { measure: 'extra', direction: 'maximise' },
  ] as const;
  const spec = { ...exportedSpec, objective: objectives[0], objectives, subjectTo: {} };
  const [first] = exportedTrials;
  if (first === undefined) throw new Error('no trial');
  const trials = [1, 2, 3].map((number) => ({ ...first, number, measures: { loss: number / 3, extra: -number } }));
  const text = journalHeading('two', spec) + trials.map((each) => journalLine(spec, each)).join('');
  expect(importedFrom(text, ['loss', 'extra'])).toMatchObject({
    objectives,
    leftOut: {},
    trials: trials.map(({ configuration, measures, number }) => ({ configuration, measures, number })),
  });
});
