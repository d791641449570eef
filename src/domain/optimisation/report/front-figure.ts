import { objectivesOf } from '../trial';
import type { Figure, Place } from './chart';
import { measuredOf, nothingComplete, type Reported } from './reported';
import { numberScale } from './scale';
import { leftOut, thin } from './thin';
import { counted } from '../../words';
import { listed } from './words';

const MAX_POINTS = 1_500;

/** The trials over the first two objectives, with those that no other beats in all of them. */
export function frontFigure(reported: Reported): Figure {
  const { front = [] } = reported;
  const frame = { id: 'front', title: 'Pareto front' };
  const none = (summary: string): Figure => ({ ...frame, summary, notes: [], charts: [] });
  const objectives = objectivesOf(reported.view.spec);
  const [first, second] = objectives;
  if (first === undefined || second === undefined)
    return none(`This study has one objective, ${first?.measure ?? 'none'}: it has a best trial and no front.`);
  const measured = measuredOf(reported);
  if (measured.length === 0) return none(nothingComplete(reported));
  const isFront = new Set(front);
  const thinned = thin(measured, MAX_POINTS, ({ trial }) => isFront.has(trial.number));
  const valuesOf = (measure: string): readonly number[] =>
    measured.flatMap(({ trial }) => trial.measures?.[measure] ?? []);
  const [x, y] = [
    numberScale(first.measure, valuesOf(first.measure)),
    numberScale(second.measure, valuesOf(second.measure)),
  ];
  const places = (is: (each: (typeof measured)[number]) => boolean): readonly Place[] =>
    thinned.shown.filter(is).flatMap(({ trial }) => {
      const left = x.at(trial.measures?.[first.measure] ?? NaN);
      const up = y.at(trial.measures?.[second.measure] ?? NaN);
      return left === undefined || up === undefined ? [] : [[left, up] as const];
    });
  const aims = objectives.map(({ measure, direction }) => `${measure} (${direction})`);
  return {
    ...frame,
    summary: `${counted(front.length, 'trial')} of ${String(measured.length)} ${front.length === 1 ? 'is' : 'are'} beaten by no other in all of ${listed(aims)}.`,
    notes: [
      ...(objectives.length > 2 ? ['Drawn over the first two objectives; the front is that of all of them.'] : []),
      ...leftOut(thinned, 'trials', 'the front, the others evenly by number'),
    ],
    charts: [
      {
        kind: 'plane',
        x: x.axis,
        y: y.axis,
        layers: [
          { kind: 'points', name: 'breaks a bound', tone: 'broken', at: places(({ isFeasible }) => !isFeasible) },
          {
            kind: 'points',
            name: 'result',
            tone: 'main',
            at: places(({ trial, isFeasible }) => isFeasible && !isFront.has(trial.number)),
          },
          { kind: 'points', name: 'front', tone: 'best', at: places(({ trial }) => isFront.has(trial.number)) },
        ],
      },
    ],
  };
}
