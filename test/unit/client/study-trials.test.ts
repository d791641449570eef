import type { StudySpec, Trial } from '../../../src/contracts/optimisation/study';
import { pagesOf } from '../../../src/client/reader';
import { exportOf, objectiveNamed, ratedOf } from '../../../src/client/study-trials';

const trial = (number: number, more: Partial<Trial> = {}): Trial => ({
  number,
  configuration: { x: number / 10 },
  state: 'complete',
  attempts: 1,
  measures: { gain: number },
  askedAt: '2026-11-30T00:00:00.000Z',
  ...more,
});
const spec = {
  space: { dimensions: { x: { kind: 'float', low: 0, high: 1_000, log: false } } },
  objective: { measure: 'gain', direction: 'maximise' },
  subjectTo: {},
} as unknown as StudySpec;

/** Pages of 500, which says how many were asked for. */
function paged(trials: readonly Trial[]): {
  readonly asked: number[];
  readonly pages: AsyncIterable<readonly Trial[]>;
} {
  const asked: number[] = [];
  const pages = pagesOf<Trial>(async ({ pageToken, pageSize = 0 }) => {
    const from = Number(pageToken ?? 0);
    asked.push(from);
    const next = from + pageSize;
    const more = next < trials.length ? { nextPageToken: String(next) } : {};
    return { items: trials.slice(from, next), position: 1, ...more };
  });
  return { asked, pages };
}

test('JSON lines of any number of trials are the trials again; a page is read when the one before is written', async () => {
  const trials = Array.from({ length: 1_201 }, (_each, at) => trial(at + 1));
  const { asked, pages } = paged(trials);
  let text = '';
  const seen: number[] = [];
  for await (const piece of exportOf({ name: 's', spec }, pages, 'jsonl')) {
    seen.push(asked.length);
    text += piece;
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(trials);
});

test('CSV of no trial is its heading', async () => {
  const pieces: string[] = [];
  for await (const piece of exportOf({ name: 's', spec }, paged([]).pages, 'csv')) pieces.push(piece);
  expect(pieces).toHaveLength(1);
  expect(pieces[0]).toMatch(/^number,state,params\.x,measures\.gain,.*\r\n$/);
});

test('importance rests on complete trials, the sign turned for what is made large', async () => {
  const { measures: _none, ...bare } = trial(3);
  const { pages } = paged([trial(1), { ...bare, state: 'failed' }, { ...bare, number: 4, state: 'running' }]);
  expect(await ratedOf(spec.objective, pages)).toEqual([{ configuration: { x: 0.1 }, loss: -1 }]);
});

test('importance is of the only objective, or of the one that is named', () => {
  expect(objectiveNamed(spec, undefined)).toEqual(spec.objective);
  const several = { ...spec, objectives: [spec.objective, { measure: 'seconds', direction: 'minimise' as const }] };
  expect(objectiveNamed(several, 'seconds')).toEqual({ measure: 'seconds', direction: 'minimise' });
  expect(objectiveNamed(several, undefined)).toMatchObject({
    code: 'invalid-request',
    message: 'with several objectives importance is of one; name the measure: gain, seconds',
  });
  expect(objectiveNamed(several, 'size')).toMatchObject({ message: 'measure is one of gain, seconds; got "size"' });
});

test('a journal with several objectives has as many directions and values', async () => {
  const several = { ...spec, objectives: [spec.objective, { measure: 'seconds', direction: 'minimise' as const }] };
  const { pages } = paged([trial(1, { measures: { gain: 2, seconds: 3, size: 4 } }), trial(2, { state: 'failed' })]);
  let text = '';
  for await (const piece of exportOf({ name: 's', spec: several }, pages, 'optuna')) text += piece;
  const lines = text.trimEnd().split('\n');
  const [heading, first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(heading).toMatchObject({ directions: [2, 1] });
  expect(first).toMatchObject({ value: null, values: [2, 3], user_attrs: { size: 4 } });
  expect(second).toMatchObject({ value: null, values: null });
});

test('a trial is one line for every reader, whatever its texts have', async () => {
  const odd = trial(1, { configuration: { text: 'a\u2028b\u2029c\n' } });
  let text = '';
  for await (const piece of exportOf({ name: 's', spec }, paged([odd]).pages, 'jsonl')) text += piece;
  expect(text.trimEnd()).not.toMatch(/[\n\r\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(odd);
});

test('a journal of Optuna begins with its study; a trial that runs is not in it', async () => {
  const pages = paged([trial(1), trial(2, { state: 'running' })]).pages;
  let text = '';
  for await (const piece of exportOf({ name: 's', spec }, pages, 'optuna')) text += piece;
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { readonly op_code: number }).op_code)).toEqual([0, 4]);
});
