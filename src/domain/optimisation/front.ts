import {
  KEPT_TRIALS,
  MAX_FRONT,
  type Objective,
  type ParetoFront,
  type StudyFront,
  type StudySpec,
  type Trial,
} from '../../contracts/optimisation/study';
import { dominates, lexically, onFront, type Losses } from './pareto/dominance';
import { lossesOf, objectivesOf } from './trial';

interface Member {
  readonly number: number;
  readonly losses: Losses;
}

/** What a study carries of its Pareto front: exact, by losses, until it is larger than MAX_FRONT. Plain JSON. */
export interface FrontData {
  /** Absent once there were too many: a part of a front would let in what a member that was left out dominates. */
  readonly members?: readonly Member[];
}

/** A front without a trial. */
export const emptyFront: FrontData = { members: [] };

const inOrder = (a: Member, b: Member): number => lexically(a.losses, b.losses) || a.number - b.number;

/** The losses of a trial that may stand on a front: complete, with all bounds kept. */
function lossesOn(spec: Pick<StudySpec, 'objective' | 'objectives'>, trial: Trial): Losses | undefined {
  return trial.state === 'complete' && trial.feasible === true ? lossesOf(spec, trial.measures) : undefined;
}

/** The front with a trial that has ended. Equal trials stand on it together. O(front). */
export function withTrial(front: FrontData, spec: StudySpec, trial: Trial): FrontData {
  const { members } = front;
  const losses = lossesOn(spec, trial);
  if (members === undefined || losses === undefined) return front;
  if (members.some((each) => dominates(each.losses, losses))) return front;
  const left = members.filter((each) => !dominates(losses, each.losses));
  if (left.length >= MAX_FRONT) return {};
  return { members: [...left, { number: trial.number, losses }].sort(inOrder) };
}

/** A loss as the measure that it was: never -0. */
function measureOf({ direction }: Objective, loss: number): number {
  return direction === 'minimise' || loss === 0 ? loss : -loss;
}

/** The front as the study shows it. */
export function frontView({ members }: FrontData, spec: StudySpec): StudyFront {
  const objectives = objectivesOf(spec);
  const trials = (members ?? []).slice(0, KEPT_TRIALS).map(({ number, losses }) => ({
    number,
    measures: Object.fromEntries(
      objectives.map((objective, at) => [objective.measure, measureOf(objective, losses[at] ?? 0)]),
    ),
  }));
  return { ...(members === undefined ? {} : { size: members.length }), trials };
}

const SHOWN = 10;

/** The front in a line, for people. */
export function frontLine(front: FrontData, spec: StudySpec): string {
  const { size, trials } = frontView(front, spec);
  if (size === undefined) return 'The front is larger than what is kept here';
  if (size === 0) return 'No result yet';
  const shown = trials.slice(0, SHOWN).map((each) => `trial ${String(each.number)} ${JSON.stringify(each.measures)}`);
  return `Front of ${String(size)}: ${shown.join(', ')}${size > SHOWN ? ', …' : ''}`;
}

/**
 * The Pareto front of trials in pages: complete ones that kept all bounds, none of which another one is better than in an
 * objective without being worse in another. Takes memory for the front alone.
 */
export async function paretoOf(
  spec: Pick<StudySpec, 'objective' | 'objectives'>,
  pages: AsyncIterable<readonly Trial[]> | Iterable<readonly Trial[]>,
): Promise<ParetoFront> {
  let front: (Member & { readonly trial: Trial })[] = [];
  for await (const page of pages) {
    const more = page.flatMap((trial) => {
      const losses = lossesOn(spec, trial);
      return losses === undefined ? [] : [{ trial, number: trial.number, losses }];
    });
    const sorted = [...front, ...more].sort(inOrder);
    const isOn = onFront(sorted.map(({ losses }) => losses));
    front = sorted.filter((_each, at) => isOn[at] === true);
  }
  const trials = front.slice(0, MAX_FRONT).map(({ trial }) => trial);
  return { objectives: objectivesOf(spec), size: front.length, trials };
}
