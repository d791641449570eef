import type { Trial } from '../../../contracts/optimisation/study';
import type { Figure, Place } from './chart';
import { measuredOf, nothingComplete, type Measured, type Reported } from './reported';
import { countScale, numberScale } from './scale';
import { leftOut, thin } from './thin';
import { counted, short } from '../../words';

const MAX_POINTS = 1_500;
const MAX_MARKS = 100;

/** The trials that were better than all before them, by number: those that keep the bounds. */
export function improvements(measured: readonly Measured[]): readonly Measured[] {
  const found: Measured[] = [];
  let best = Infinity;
  for (const each of measured) {
    if (!each.isFeasible || each.loss >= best) continue;
    best = each.loss;
    found.push(each);
  }
  return found;
}

function summaryOf({ view, trials }: Reported, measured: readonly Measured[], better: readonly Measured[]): string {
  const { measure, direction } = view.spec.objective;
  const [first, best] = [better[0], better.at(-1)];
  if (first === undefined || best === undefined)
    return `None of the ${counted(measured.length, 'complete trial')} keeps the bounds, so there is no best ${measure} yet.`;
  const aim = direction === 'minimise' ? 'smallest' : 'largest';
  const last = trials.at(-1)?.number ?? best.trial.number;
  const head = `The ${aim} ${measure} so far is ${short(best.value)}, of trial ${String(best.trial.number)}, among ${counted(measured.length, 'complete trial')}.`;
  if (measured.length === 1) return `${head} One trial says nothing of progress.`;
  const since = last - best.trial.number;
  const times = better.length - 1;
  const grown =
    times === 0
      ? `No trial was better than trial ${String(first.trial.number)}, the first result`
      : `It was bettered ${counted(times, 'time')} from the first result, ${short(first.value)}`;
  return `${head} ${grown}${since > 0 ? `; ${counted(since, 'trial')} since then ${since === 1 ? 'was' : 'were'} not better` : ''}.`;
}

/** The result of each trial, and the best so far. */
export function historyFigure(reported: Reported): Figure {
  const { view, trials } = reported;
  const measured = measuredOf(reported);
  const frame = { id: 'history', title: 'Optimisation history' };
  if (measured.length === 0) return { ...frame, summary: nothingComplete(reported), notes: [], charts: [] };
  const better = improvements(measured);
  const isBetter = new Set(better);
  const thinned = thin(measured, MAX_POINTS, (each) => isBetter.has(each));
  const last = trials.at(-1)?.number ?? 1;
  const x = countScale('trial', 1, last);
  const y = numberScale(
    view.spec.objective.measure,
    measured.map(({ value }) => value),
  );
  const placed = (number: number, value: number): readonly Place[] => {
    const [left, up] = [x.at(number), y.at(value)];
    return left === undefined || up === undefined ? [] : [[left, up]];
  };
  const points = (isFeasible: boolean): readonly Place[] =>
    thinned.shown
      .filter((each) => each.isFeasible === isFeasible)
      .flatMap(({ trial, value }) => placed(trial.number, value));
  const corners = better.flatMap(({ trial, value }) => placed(trial.number, value));
  const end = corners.at(-1);
  const line: readonly Place[] = end === undefined ? [] : [...corners, [x.at(last) ?? 1, end[1]]];
  const marks = (state: Trial['state']): readonly Place[] =>
    thin(
      trials.filter((trial) => trial.state === state),
      MAX_MARKS,
    ).shown.flatMap(({ number }) => (x.at(number) === undefined ? [] : [[x.at(number) ?? 0, 0.005] as const]));
  const most = Math.max(view.account.failed, view.account.pruned);
  return {
    ...frame,
    summary: summaryOf(reported, measured, better),
    notes: [
      ...leftOut(thinned, 'results', 'each that was the best when it came, the others evenly by number'),
      ...(most === 0
        ? []
        : [
            `Marks on the lower edge are trials that ended without a result${most > MAX_MARKS ? `, ${String(MAX_MARKS)} of each kind at most, evenly by number` : ''}.`,
          ]),
    ],
    charts: [
      {
        kind: 'plane',
        x: x.axis,
        y: y.axis,
        layers: [
          { kind: 'points', name: 'pruned', tone: 'pruned', at: marks('pruned') },
          { kind: 'points', name: 'failed', tone: 'failed', at: marks('failed') },
          { kind: 'points', name: 'breaks a bound', tone: 'broken', at: points(false) },
          { kind: 'points', name: 'result', tone: 'main', at: points(true) },
          { kind: 'lines', name: 'best so far', tone: 'best', steps: true, lines: line.length === 0 ? [] : [line] },
        ],
      },
    ],
  };
}
