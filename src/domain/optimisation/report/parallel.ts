import type { Figure } from './chart';
import { LEVELS_NOTE, levelsOver, measuredOf, nothingComplete, type Measured, type Reported } from './reported';
import { dimensionScale, numberScale } from './scale';
import { byImportance } from './slices';
import { leftOut, thin } from './thin';
import { counted } from '../../words';
import { listed } from './words';

const MAX_AXES = 10;
const MAX_LINES = 250;
const LINES_KEPT = 50;

/** Each configuration as a line over its dimensions, to its result. */
export function parallelFigure(reported: Reported): Figure {
  const { spec } = reported.view;
  const frame = { id: 'parallel', title: 'Parallel coordinates' };
  const all = measuredOf(reported);
  const measured = all.filter(({ isFeasible }) => isFeasible);
  const none = (summary: string): Figure => ({ ...frame, summary, notes: [], charts: [] });
  if (all.length === 0) return none(nothingComplete(reported));
  if (measured.length === 0) return none(`None of the ${String(all.length)} complete trials keeps the bounds.`);
  if (measured.length === 1) return none('There is one complete trial; it takes two to compare lines.');
  const names = byImportance(reported);
  // what is not always active stands first, so that the gaps lie at the left and a line reaches its result
  const isSometimes = (name: string): boolean => spec.space.dimensions[name]?.when !== undefined;
  const chosen = names.slice(0, MAX_AXES);
  const ordered = [...chosen.filter(isSometimes), ...chosen.filter((name) => !isSometimes(name)).reverse()];
  const axes = ordered.flatMap((name) => {
    const dimension = spec.space.dimensions[name];
    return dimension === undefined ? [] : [{ name, scale: dimensionScale(name, dimension) }];
  });
  const result = numberScale(
    spec.objective.measure,
    measured.map(({ value }) => value),
  );
  const levelOf = levelsOver(measured.map(({ loss }) => loss));
  const best = new Set([...measured].sort((a, b) => a.loss - b.loss).slice(0, LINES_KEPT));
  const thinned = thin(measured, MAX_LINES, (each) => best.has(each));
  // the better a line, the later it is drawn, and so above the others
  const lines = [...thinned.shown]
    .sort((a, b) => b.loss - a.loss)
    .map(({ trial, value, loss }: Measured) => ({
      level: levelOf(loss),
      at: [
        ...axes.map(({ name, scale }) => {
          const set = trial.configuration[name];
          return set === undefined ? undefined : scale.at(set);
        }),
        result.at(value),
      ],
    }));
  const broke = all.length - measured.length;
  return {
    ...frame,
    summary: `${counted(measured.length, 'configuration')} as lines over ${listed(axes.map(({ name }) => name))}, to ${spec.objective.measure} at the right; the more important a parameter, the nearer to it.`,
    notes: [
      LEVELS_NOTE,
      ...(names.length > axes.length
        ? [`Shown are ${String(axes.length)} of ${String(names.length)} parameters, the most important ones.`]
        : []),
      ...(broke > 0 ? [`Left out: ${counted(broke, 'trial')} that broke a bound.`] : []),
      ...(chosen.some(isSometimes) ? ['A line has a gap where a parameter is not active.'] : []),
      ...leftOut(thinned, 'lines', `the ${String(LINES_KEPT)} best, the others evenly by number`),
    ],
    charts: [{ kind: 'parallel', axes: [...axes.map(({ scale }) => scale.axis), result.axis], lines }],
    hasLevels: true,
  };
}
