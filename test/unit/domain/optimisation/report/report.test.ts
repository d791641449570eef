import type { Attributes } from '../../../../../src/contracts/optimisation/attributes';
import type { Trial } from '../../../../../src/contracts/optimisation/study';
import type { Figure, Layer } from '../../../../../src/domain/optimisation/report/chart';
import { contourProblem, reportOf } from '../../../../../src/domain/optimisation/report/report';
import { leanTrial, type Reported } from '../../../../../src/domain/optimisation/report/reported';
import { cutInside, duration, listed } from '../../../../../src/domain/optimisation/report/words';
import { reportedOf, specOf, trialOf } from '../../../../support/studies/reported';

const figure = (reported: Reported, id: string): Figure => {
  const found = reportOf(reported).figures.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no figure ${id}`);
  return found;
};
const layer = ({ charts: [chart] }: Figure, name: string): Layer | undefined =>
  chart?.kind === 'plane' ? chart.layers.find((each) => 'name' in each && each.name === name) : undefined;
const sizeOf = (of: Layer | undefined): number => (of === undefined ? 0 : 'at' in of ? of.at.length : of.lines.length);
const ids = ['history', 'importance', 'parallel', 'slices', 'contour', 'curves', 'timeline', 'front'];
const x = { kind: 'float', low: 0, high: 1, log: false } as const;
const simple = specOf({ space: { dimensions: { x } } });
const timeAt = (seconds: number): string =>
  new Date(Date.parse('2026-11-30T06:00:00Z') + seconds * 1_000).toISOString();
/** Complete trials with these losses. */
const losses = (...values: readonly number[]): readonly Trial[] =>
  values.map((loss, at) =>
    trialOf(simple, at + 1, { state: 'complete', measures: { loss }, feasible: true, configuration: { x: at / 10 } }),
  );

test('each figure of a study says what it shows, with numbers', () => {
  const spec = specOf({ pruner: { kind: 'median' }, subjectTo: { memory: { atMost: 1.5 } } });
  const report = reportOf(reportedOf(120, { spec }));
  expect(report.figures.map(({ id }) => id)).toEqual(ids);
  for (const { id, summary, charts } of report.figures) {
    expect([id, summary]).toEqual([id, expect.stringMatching(id === 'front' ? /one objective/ : /\d/)]);
    expect([id, charts.length > 0]).toEqual([id, id !== 'front']);
  }
  expect(report.facts).toContainEqual(['aim', 'minimise loss, with memory ≤ 1.5']);
  expect(report.table.rows).toHaveLength(120);
});

test('what was noted of the study and of its best trial is in the head, however much it is', () => {
  const trial = trialOf(simple, 1, { state: 'complete', measures: { loss: 1 }, feasible: true });
  const reported = reportedOf([{ ...trial, attributes: { commit: 'b2' } }], { spec: simple });
  expect(reportOf(reported).facts.map(([what]) => what)).not.toContain('noted');
  const noted = (attributes: Attributes): string | undefined => {
    const view = { ...reported.view, request: { ...reported.view.request, attributes } };
    const { facts } = reportOf({ ...reported, view });
    expect(facts).toContainEqual(['best noted', 'commit = b2']);
    return facts.find(([what]) => what === 'noted')?.[1];
  };
  expect(noted({ owner: 'ann', team: '<b>', tries: 3, isDry: false })).toBe(
    'owner = ann, team = <b>, tries = 3, isDry = false',
  );
  const vast = Object.fromEntries(Array.from({ length: 50 }, (_none, at) => [`a${String(at)}`, 'x'.repeat(500)]));
  expect(noted(vast)).toHaveLength(1_500);
});

test('an empty study says of each figure why it is empty', () => {
  const report = reportOf(reportedOf(0));
  expect(report.figures.flatMap(({ charts }) => charts)).toEqual([]);
  expect(report.figures.map(({ id, summary }) => [id, summary])).toEqual([
    ['history', 'No trial has been asked for yet.'],
    ['importance', 'It takes two complete trials at least; there are 0.'],
    ['parallel', 'No trial has been asked for yet.'],
    ['slices', 'No trial has been asked for yet.'],
    ['contour', 'No trial has been asked for yet.'],
    ['curves', 'The study has no pruner; intermediate values are kept only when there is one.'],
    ['timeline', 'No trial has been asked for yet.'],
    ['front', 'This study has one objective, loss: it has a best trial and no front.'],
  ]);
  expect(report.table).toEqual({ summary: 'No trial has been asked for yet.', notes: [], columns: [], rows: [] });
});

test('one trial makes a history and a timeline, and is too little for the rest', () => {
  const reported = reportedOf([trialOf(specOf(), 1)]);
  const drawn = reportOf(reported).figures.filter(({ charts }) => charts.length > 0);
  expect(drawn.map(({ id }) => id)).toEqual(['history', 'timeline']);
  expect(figure(reported, 'history').summary).toMatch(/of trial 1, among 1 complete trial\. One trial says nothing/);
  expect(figure(reported, 'contour').summary).toMatch(/needs 3 complete trials that have both; there is 1\.$/);
});

test('a study of which all trials failed or run says so', () => {
  const failed = [1, 2, 3].map((number) => trialOf(simple, number, { state: 'failed', configuration: { x: 0.5 } }));
  const { endedAt: _none, ...begun } = trialOf(simple, 4);
  const reported = reportedOf([...failed, { ...begun, state: 'running' }], { spec: simple });
  expect(figure(reported, 'history').summary).toBe('No trial is complete: 1 running, 3 failed.');
  const timeline = figure(reported, 'timeline');
  expect([sizeOf(layer(timeline, 'failed')), sizeOf(layer(timeline, 'running'))]).toEqual([3, 1]);
});

test('trials that break a bound are drawn, but none of them is the best', () => {
  const [first, ...others] = losses(1, 3, 2);
  if (first === undefined) throw new Error('no trial');
  const reported = reportedOf([{ ...first, feasible: false }, ...others], { spec: simple });
  const history = figure(reported, 'history');
  expect(history.summary).toBe(
    'The smallest loss so far is 2, of trial 3, among 3 complete trials. It was bettered 1 time from the first result, 3.',
  );
  expect([sizeOf(layer(history, 'breaks a bound')), sizeOf(layer(history, 'result'))]).toEqual([1, 2]);
  const none = reportedOf([{ ...first, feasible: false }], { spec: simple });
  expect(figure(none, 'history').summary).toMatch(/^None of the 1 complete trial keeps the bounds/);
  expect(figure(none, 'parallel').charts).toEqual([]);
});

test('what is maximised is the better the larger', () => {
  const spec = specOf({ space: simple.space, objective: { measure: 'loss', direction: 'maximise' } });
  const { summary } = figure(reportedOf(losses(1, 5, 4), { spec }), 'history');
  expect(summary).toMatch(/^The largest loss so far is 5, of trial 2/);
  expect(summary).toMatch(/; 1 trial since then was not better\.$/);
});

test('results that differ by more than a thousand times are placed by their logarithm, and the axis says so', () => {
  const [chart] = figure(reportedOf(losses(1e-3, 1, 1e6), { spec: simple }), 'history').charts;
  expect(chart).toMatchObject({ kind: 'plane', y: { label: 'loss (logarithmic)' } });
  const [flat] = figure(reportedOf(losses(2, 2, 2), { spec: simple }), 'history').charts;
  expect(flat).toMatchObject({ y: { label: 'loss', ticks: [{ at: 0.5, text: '2' }] } });
});

test('every place lies in its chart, and every tick on its axis', () => {
  const spec = specOf({ pruner: { kind: 'median' }, subjectTo: { memory: { atMost: 1.5 } } });
  const numbers = JSON.stringify(reportOf(reportedOf(300, { spec })).figures, (key, value: unknown) =>
    key === 'level' || key === 'lanes' ? undefined : value,
  ).match(/(?<=[[,:])-?\d+(\.\d+)?(e-?\d+)?(?=[\],}])/g);
  const outside = (numbers ?? []).map(Number).filter((number) => number < -0.001 || number > 6.001);
  expect(outside).toEqual([]);
});

test('a parameter that is not always active stands at the left, and leaves gaps', () => {
  const { charts, notes } = figure(reportedOf(60), 'parallel');
  const [chart] = charts;
  if (chart?.kind !== 'parallel') throw new Error('not drawn');
  expect([chart.axes[0]?.label, chart.axes.at(-1)?.label]).toEqual(['nesterov', 'loss']);
  expect(chart.lines.some(({ at: [first] }) => first === undefined)).toBe(true);
  expect(chart.lines.every(({ at }) => at.slice(1).every((place) => place !== undefined))).toBe(true);
  expect(notes).toContain('A line has a gap where a parameter is not active.');
});

test('choices are spread sideways in their slice, within their room', () => {
  const { charts } = figure(reportedOf(60), 'slices');
  const chart = charts.find((each) => each.kind === 'plane' && each.x.label === 'optimiser');
  const points =
    chart?.kind === 'plane' ? chart.layers.find((each) => 'name' in each && each.name === 'result') : undefined;
  const places = points?.kind === 'points' ? points.at.map(([left]) => left) : [];
  expect(new Set(places).size).toBeGreaterThan(10);
  for (const place of places) expect(Math.abs(((place * 3) % 1) - 0.5)).toBeLessThan(0.21);
});

test('a contour is of the most important parameters, or of those that were asked for', () => {
  const chart = (reported: Reported) => figure(reported, 'contour').charts[0];
  const reported = reportedOf(100);
  const [first, second] = reported.importance.parameters.map(({ name }) => name);
  expect(chart(reported)).toMatchObject({ x: { label: first }, y: { label: second } });
  const asked = chart({ ...reported, contour: ['optimiser', 'size'] });
  expect(asked).toMatchObject({ x: { label: 'optimiser' }, y: { label: 'size' } });
  const cells = asked?.kind === 'plane' ? asked.layers[0] : undefined;
  expect(sizeOf(cells)).toBeLessThanOrEqual(12);
  expect(figure(reportedOf(losses(1, 2, 3), { spec: simple }), 'contour').summary).toBe(
    'The study seeks one parameter only; a contour needs two.',
  );
});

test('a contour of what the study does not have is refused', () => {
  expect(contourProblem(specOf(), undefined)).toBeUndefined();
  expect(contourProblem(specOf(), ['rate', 'size'])).toBeUndefined();
  expect(contourProblem(specOf(), ['rate', 'constructor'])).toMatchObject({ code: 'unknown-variable' });
  expect(contourProblem(specOf(), ['rate', 'rate'])).toMatchObject({ code: 'invalid-request' });
});

test('intermediate values keep what is finite, and mark where pruning ended them', () => {
  const spec = specOf({ space: simple.space, pruner: { kind: 'median' } });
  const trials = losses(1, 2, 3).map((trial, at) => ({
    ...trial,
    reports: { steps: [1, 2, 3], values: at === 0 ? [3, 'NaN' as const, 1] : [4, 4, 4] },
    ...(at === 2 ? { state: 'pruned' as const } : {}),
  }));
  const curves = figure(reportedOf(trials, { spec }), 'curves');
  expect(curves.summary).toBe('3 trials reported loss on the way, up to step 3. 1 of them was pruned, at step 3.');
  const best = layer(curves, 'best');
  expect(best?.kind === 'lines' ? best.lines[0]?.length : 0).toBe(2);
  expect(sizeOf(layer(curves, 'pruned here'))).toBe(1);
});

test('the timeline leaves out when a trial waited at a rung, and both figures mark it', () => {
  const waits = [
    { rung: 0, step: 1, from: timeAt(10), until: timeAt(1_000) },
    { rung: 1, step: 2, from: timeAt(1_010) },
  ];
  const reports = { steps: [1, 2], values: [0.5, 0.4] };
  const times = { askedAt: timeAt(0), endedAt: timeAt(2_000) };
  const trial = trialOf(simple, 1, { state: 'pruned', attempts: 2, waits, reports, ...times });
  const spec = specOf({ space: { dimensions: { x } }, pruner: { kind: 'halving', promote: true, minResource: 1 } });
  const reported = reportedOf([trial], { spec });
  const timeline = figure(reported, 'timeline');
  expect(timeline.summary).toMatch(/1 trial waited at a rung; 1 promotion followed\.$/);
  expect([sizeOf(layer(timeline, 'pruned')), sizeOf(layer(timeline, 'waits at a rung'))]).toEqual([2, 2]);
  expect(sizeOf(layer(timeline, 'begun again'))).toBe(0);
  expect(sizeOf(layer(figure(reported, 'curves'), 'waited here, and went on'))).toBe(1);
});

test('the timeline counts what was begun again, and shows late outcomes with their workers', () => {
  const reported = reportedOf(
    losses(1, 2, 3).map((trial) => ({ ...trial, attempts: trial.number === 2 ? 3 : 1, worker: 'w' })),
    { spec: simple },
  );
  const late = [{ trial: 1, attempt: 1, worker: 'w', measures: {}, at: '2026-11-30T06:00:05.000Z' }];
  const view = { ...reported.view, late, account: { ...reported.view.account, late: 1 } };
  const timeline = figure({ ...reported, view }, 'timeline');
  expect(timeline.summary).toMatch(
    /^3 trials by 1 worker within .*\. 2 attempts were begun again, .*: 1 trial needed more than one\. 1 outcome came late/,
  );
  expect(sizeOf(layer(timeline, 'begun again'))).toBe(1);
  expect(sizeOf(layer(timeline, 'late outcome of a replaced attempt'))).toBe(1);
});

test('attempts that were lost or threw lie with their workers in the timeline, each as long as it lasted', () => {
  const [trial] = losses(1);
  if (trial === undefined) throw new Error('no trial');
  const tries = [
    { attempt: 1, worker: 'killed', begunAt: timeAt(0), seenAt: timeAt(20) },
    { attempt: 2, worker: 'w', begunAt: timeAt(40), seenAt: timeAt(50), threw: true },
    { attempt: 3, worker: 'w', begunAt: timeAt(60), seenAt: timeAt(100) },
  ] as const;
  const again = { ...trial, attempts: 3, worker: 'w', tries, askedAt: timeAt(0), endedAt: timeAt(100) };
  const timeline = figure(reportedOf([again], { spec: simple }), 'timeline');
  expect(timeline.summary).toMatch(/^1 trial by 2 workers /);
  const boxOf = (name: string): readonly number[] => {
    const bars = layer(timeline, name);
    return bars?.kind === 'bars' ? (bars.at[0] ?? []).map((place) => Math.round(place * 100) / 100) : [];
  };
  const [lost, threw, last] = ['attempt that was lost', 'attempt that threw', 'complete'].map(boxOf);
  const length = ([from = 0, to = 0]: readonly number[] = []): number => Math.round((to - from) * 100) / 100;
  const whole = length(last) / 0.4;
  expect([length(lost) / whole, length(threw) / whole]).toEqual([
    expect.closeTo(0.2, 1) as number,
    expect.closeTo(0.1, 1) as number,
  ]);
  // two lanes: the lost one is with the worker that was killed
  expect([lost?.[2] === last?.[2], threw?.[2] === last?.[2]]).toEqual([false, true]);
});

test('ten thousand trials are thinned, each figure says so, and the best is among what is shown', () => {
  const spec = specOf({ pruner: { kind: 'median' }, parallelism: 40, budget: { trials: 10_000 } });
  const reported = reportedOf(10_000, { spec });
  const report = reportOf(reported);
  const thinned = report.figures.filter(({ notes }) => notes.some((note) => /^Shown are \d+ of \d+/.test(note)));
  expect(thinned.map(({ id }) => id)).toEqual(['history', 'parallel', 'slices', 'contour', 'curves', 'timeline']);
  expect(report.table.notes).toEqual([
    'Shown are 600 of 10000 trials: the 100 best, the others evenly by number; all of them: mabeam study export study-1.',
  ]);
  expect(report.table.rows.filter(({ isBest }) => isBest)).toHaveLength(1);
  expect(JSON.stringify(report).length).toBeLessThan(2_000_000);
});

test('a read model that is behind is said', () => {
  const reported = reportedOf(3);
  const view = { ...reported.view, account: { ...reported.view.account, asked: 9 } };
  expect(reportOf({ ...reported, view }).facts.find(([what]) => what === 'behind')?.[1]).toMatch(
    /^what follows knows 3 of 9/,
  );
});

test('a trial is held with a hundred of its reports, the first and the last among them', () => {
  const steps = Array.from({ length: 1_000 }, (_none, at) => at);
  const { reports } = leanTrial(trialOf(simple, 1, { reports: { steps, values: steps } }));
  expect([reports?.steps.length, reports?.steps[0], reports?.steps.at(-1)]).toEqual([100, 0, 999]);
  const plain = trialOf(simple, 1);
  expect(leanTrial(plain)).toBe(plain);
});

test('a study with several objectives shows its front over the first two', () => {
  const objectives = [
    { measure: 'loss', direction: 'minimise' },
    { measure: 'memory', direction: 'minimise' },
    { measure: 'latency', direction: 'maximise' },
  ] as const;
  const several = (trials: number): Reported => {
    const { view, ...more } = reportedOf(trials);
    return { ...more, view: { ...view, spec: { ...view.spec, objectives } }, front: [3, 9] };
  };
  const front = figure(several(20), 'front');
  expect(front.summary).toMatch(
    /^2 trials of \d+ are beaten by no other in all of loss \(minimise\), memory \(minimise\) and latency \(maximise\)\.$/,
  );
  expect(front.notes).toEqual(['Drawn over the first two objectives; the front is that of all of them.']);
  expect([sizeOf(layer(front, 'front')), sizeOf(layer(front, 'result'))]).toEqual([2, 17]);
  expect(figure(several(0), 'front').summary).toBe('No trial has been asked for yet.');
});

test.each([
  [999, '999 ms'],
  [1_500, '1.5 s'],
  [150_000, '3 min'],
  [9_000_000, '2.5 h'],
  [259_200_000, '3 days'],
])('%d ms are %s for people', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('a name that is too long keeps its beginning and its end; a list reads as a sentence', () => {
  expect(cutInside('worker-with-a-very-long-name-17', 16)).toBe('worke…ng-name-17');
  expect(cutInside('short', 16)).toBe('short');
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
