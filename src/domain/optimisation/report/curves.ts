import type { Trial } from '../../../contracts/optimisation/study';
import type { Figure, Layer, Place, Tone } from './chart';
import type { Reported } from './reported';
import { countScale, numberScale, type Scale } from './scale';
import { leftOut, thin } from './thin';
import { counted, short } from '../../words';

const MAX_CURVES = 120;

interface Curve {
  readonly trial: Trial;
  readonly points: readonly (readonly [step: number, value: number])[];
}

function curveOf(trial: Trial): readonly Curve[] {
  const { steps, values } = trial.reports ?? { steps: [], values: [] };
  const points = steps.flatMap((step, at) => {
    const value = values[at];
    return typeof value === 'number' ? [[step, value] as const] : [];
  });
  return points.length === 0 ? [] : [{ trial, points }];
}

function summaryOf(curves: readonly Curve[], measure: string): string {
  const pruned = curves.filter(({ trial }) => trial.state === 'pruned');
  const lasts = pruned.map(({ points }) => points.at(-1)?.[0] ?? 0).sort((a, b) => a - b);
  const whole = Math.max(...curves.map(({ points }) => points.at(-1)?.[0] ?? 0));
  const head = `${counted(curves.length, 'trial')} reported ${measure} on the way, up to step ${short(whole)}.`;
  if (pruned.length === 0) return `${head} None of them was pruned.`;
  const middle = lasts[Math.floor(lasts.length / 2)] ?? 0;
  return `${head} ${String(pruned.length)} of them ${pruned.length === 1 ? 'was' : 'were'} pruned, ${pruned.length === 1 ? 'at' : 'half of these by'} step ${short(middle)}.`;
}

function layersOf(curves: readonly Curve[], x: Scale, y: Scale, best: number | undefined): readonly Layer[] {
  const place = ([step, value]: readonly [number, number]): readonly Place[] => {
    const [left, up] = [x.at(step), y.at(value)];
    return left === undefined || up === undefined ? [] : [[left, up]];
  };
  const lines = (name: string, tone: Tone, isOf: (trial: Trial) => boolean): Layer => ({
    kind: 'lines',
    name,
    tone,
    lines: curves
      .filter(({ trial }) => isOf(trial))
      .map(({ points }) => points.flatMap(place))
      .filter((line) => line.length > 0),
  });
  const ends = (name: string, tone: Tone, state: Trial['state']): Layer => ({
    kind: 'points',
    name,
    tone,
    at: curves.filter(({ trial }) => trial.state === state).flatMap(({ points }) => points.slice(-1).flatMap(place)),
  });
  const isBest = ({ number }: Trial): boolean => number === best;
  return [
    lines('other', 'quiet', (trial) => !isBest(trial) && trial.state !== 'complete'),
    lines('complete', 'main', (trial) => !isBest(trial) && trial.state === 'complete'),
    lines('best', 'best', isBest),
    ends('pruned here', 'pruned', 'pruned'),
    {
      kind: 'points',
      name: 'waited here, and went on',
      tone: 'running',
      at: curves.flatMap(({ trial, points }) => {
        const waited = (trial.waits ?? []).flatMap(({ step, until }) => (until === undefined ? [] : step));
        return points.filter(([step]) => waited.includes(step)).flatMap(place);
      }),
    },
    ends('failed here', 'failed', 'failed'),
  ];
}

/** What the trials reported on the way, and where pruning ended them. */
export function curvesFigure({ view, trials }: Reported): Figure {
  const { pruner, objective } = view.spec;
  const frame = { id: 'curves', title: 'Intermediate values' };
  const curves = trials.flatMap(curveOf);
  if (curves.length === 0) {
    const why =
      pruner === undefined
        ? 'The study has no pruner; intermediate values are kept only when there is one.'
        : 'No trial that has ended had reported an intermediate value.';
    return { ...frame, summary: why, notes: [], charts: [] };
  }
  const best = view.best?.number;
  const thinned = thin(curves, MAX_CURVES, ({ trial }) => trial.number === best);
  const steps = curves.flatMap(({ points }) => [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0]);
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const x = countScale('step', first, last);
  const y = numberScale(
    objective.measure,
    thinned.shown.flatMap(({ points }) => points.map(([, value]) => value)),
  );
  return {
    ...frame,
    summary: summaryOf(curves, objective.measure),
    notes: [
      'Of trials that have ended. NaN and infinities have no place and leave no mark; a long curve is drawn with a hundred of its points.',
      ...leftOut(thinned, 'curves', 'the best, the others evenly by number'),
    ],
    charts: [{ kind: 'plane', x: x.axis, y: y.axis, layers: layersOf(thinned.shown, x, y, best) }],
  };
}
