import { refuse, type Refusal } from '../../../contracts/errors';
import type { Attributes } from '../../../contracts/optimisation/attributes';
import { aimsOf, wantedMeasures } from '../trial';
import type { Figure } from './chart';
import { contourFigure } from './contour';
import { curvesFigure } from './curves';
import { frontFigure } from './front-figure';
import { historyFigure } from './history';
import { importanceFigure } from './importance-figure';
import { parallelFigure } from './parallel';
import type { Reported } from './reported';
import { slicesFigure } from './slices';
import { timelineFigure } from './timeline';
import { trialTable, type TrialTable } from './trial-table';
import { short } from '../../words';
import { cut } from './words';

/** A study as a page shows it: all texts and places, no drawing. Plain JSON; its size does not grow with the trials. */
export interface StudyReport {
  readonly name: string;
  readonly at: string;
  /** What it is and how it stands, as pairs of words. */
  readonly facts: readonly (readonly [what: string, said: string])[];
  readonly figures: readonly Figure[];
  readonly table: TrialTable;
}

const CONFIGURATION = 600;
/** What is noted, all of it and each value: in characters. */
const NOTED = 1_500;
const NOTED_VALUE = 200;

function accountText({ view }: Reported): string {
  const { asked, budget, ...counts } = view.account;
  const { complete, pruned, failed, cancelled, running, waiting = 0 } = counts;
  const parts = Object.entries({ complete, pruned, failed, cancelled, running, waiting })
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${String(count)} ${state}`);
  return `${String(asked)} of ${String(budget)} trials${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

function bestText({ view: { best, spec } }: Reported): string {
  if (best === undefined) return 'none yet';
  const measures = wantedMeasures(spec).map((name) => `${name} = ${short(best.measures?.[name] ?? NaN)}`);
  const values = Object.entries(best.configuration).map(
    ([name, value]) => `${name} = ${typeof value === 'number' ? short(value) : String(value)}`,
  );
  return `trial ${String(best.number)}: ${measures.join(', ')}; with ${cut(values.join(', '), CONFIGURATION)}`;
}

/** What was noted of a study or a trial; nothing when nothing was. */
function notedOf(what: string, attributes: Attributes = {}): StudyReport['facts'] {
  const all = Object.entries(attributes).map(([name, value]) => `${name} = ${cut(String(value), NOTED_VALUE)}`);
  return all.length === 0 ? [] : [[what, cut(all.join(', '), NOTED)]];
}

function factsOf(reported: Reported): StudyReport['facts'] {
  const { view, at } = reported;
  const { spec, state, reason, request, waitingFor } = view;
  const bounds = Object.entries(spec.subjectTo).flatMap(([name, { atMost, atLeast }]) => [
    ...(atMost === undefined ? [] : [`${name} ≤ ${short(atMost)}`]),
    ...(atLeast === undefined ? [] : [`${name} ≥ ${short(atLeast)}`]),
  ]);
  const { over, evaluator, pruner, sampler, seed } = spec;
  const { warmStart } = request;
  return [
    ['state', reason === undefined ? state : `${state}: ${cut(reason, CONFIGURATION)}`],
    ['trials', accountText(reported)],
    ['best', bestText(reported)],
    ['aim', [...aimsOf(spec), ...(bounds.length === 0 ? [] : [`with ${bounds.join(', ')}`])].join(', ')],
    ['seeks', over === undefined ? 'a space of its own' : `${over.set}, version ${String(over.version)}`],
    ['evaluator', evaluator ?? 'asked from outside'],
    ['sampler', `${sampler}, seed ${String(seed)}${pruner === undefined ? '' : `; pruner ${pruner.kind}`}`],
    ...(warmStart === undefined
      ? []
      : [['learnt from', `${String(warmStart.trials)} trials of elsewhere before its own`] as const]),
    ...(waitingFor === undefined ? [] : [['waits', waitingFor] as const]),
    ...notedOf('noted', request.attributes),
    ...notedOf('best noted', view.best?.attributes),
    ...(reported.trials.length < view.account.asked
      ? [
          [
            'behind',
            `what follows knows ${String(reported.trials.length)} of ${String(view.account.asked)} trials: the read model is behind the study`,
          ] as const,
        ]
      : []),
    ['as of', `${at.replace('T', ' ').slice(0, 19)} UTC`],
  ];
}

/** Why two dimensions make no contour: names that the study does not have. */
export function contourProblem(
  { space }: Reported['view']['spec'],
  contour: readonly [string, string] | undefined,
): Refusal | undefined {
  const odd = contour?.find((name) => !Object.hasOwn(space.dimensions, name));
  if (contour !== undefined && contour[0] === contour[1])
    return refuse('invalid-request', `a contour is of two parameters; got ${contour[0]} twice`);
  if (odd === undefined) return undefined;
  const known = Object.keys(space.dimensions).join(', ');
  return refuse('unknown-variable', `the study has no parameter ${cut(odd, 100)}; it has ${cut(known, CONFIGURATION)}`);
}

const FIGURES: readonly ((reported: Reported) => Figure)[] = [
  historyFigure,
  importanceFigure,
  parallelFigure,
  slicesFigure,
  contourFigure,
  curvesFigure,
  timelineFigure,
  frontFigure,
];

/** A report in steps, one for each figure: whoever makes it may do something else between them. */
export function* reportSteps(reported: Reported): Generator<undefined, StudyReport> {
  const figures: Figure[] = [];
  for (const figureOf of FIGURES) {
    figures.push(figureOf(reported));
    yield;
  }
  return { name: reported.name, at: reported.at, facts: factsOf(reported), figures, table: trialTable(reported) };
}

/**
 * Says of a study what its plots say, and where everything lies in them. Pure: the same study at the same time is the same report.
 * Of many trials some are shown, evenly and with the best, and each figure says so; what is counted is counted over all.
 */
export function reportOf(reported: Reported): StudyReport {
  const steps = reportSteps(reported);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
