import type { LateOutcome, Trial } from '../../../contracts/optimisation/study';
import type { Box, Figure, Layer, Place, Tone } from './chart';
import type { Reported } from './reported';
import { timeScale, type Scale } from './scale';
import { leftOut, thin } from './thin';
import { begunAgain, promotionsOf } from '../waiting';
import { counted } from '../../words';
import { cutInside, duration } from './words';

const MAX_BARS = 1_500;
const MAX_LANES = 24;
/** Trials of a worker that lie above each other at most. */
const MAX_SLOTS = 8;
const UNKNOWN = 'no worker said';
/** Between lanes, in slots. */
const GAP = 0.5;

interface Span {
  readonly trial: Trial;
  /** An attempt before the last: how it ended. */
  readonly early?: 'lost' | 'threw';
  readonly from: number;
  readonly to: number;
  /** It ended at a rung, where the trial waited. */
  readonly waits: boolean;
  readonly slot: number;
}
interface Lane {
  readonly worker: string;
  readonly spans: readonly Span[];
  readonly slots: number;
  /** Slots of the lanes above it. */
  readonly above: number;
}

const TONES: readonly (readonly [name: string, tone: Tone, is: (trial: Trial) => boolean])[] = [
  ['complete', 'main', ({ state }) => state === 'complete'],
  ['pruned', 'pruned', ({ state }) => state === 'pruned'],
  ['failed', 'failed', ({ state }) => state === 'failed'],
  ['running', 'running', ({ state }) => state === 'running'],
  ['waiting', 'pruned', ({ state }) => state === 'waiting'],
  ['cancelled', 'quiet', ({ state }) => state === 'cancelled'],
];

const workerOf = ({ worker, lease }: Trial): string => worker ?? lease?.client ?? UNKNOWN;

/** When a trial was evaluated: in one piece, or in several when it waited at rungs in between. */
function piecesOf(trial: Trial, now: number): readonly Omit<Span, 'slot'>[] {
  const { askedAt, endedAt, waits = [] } = trial;
  const starts = [askedAt, ...waits.flatMap(({ until }) => until ?? [])].map(Date.parse);
  const last = endedAt === undefined ? now : Date.parse(endedAt);
  return starts.map((from, at) => {
    const wait = waits[at];
    return { trial, from, to: wait === undefined ? last : Date.parse(wait.from), waits: wait !== undefined };
  });
}

/**
 * What lies on the lane of a worker: the pieces of a trial, and the attempts of the last one that did not end it, as far as they
 * are known. Who evaluated an earlier piece is not known: it lies with the worker of the last.
 */
function partsOf(trial: Trial, now: number): readonly (Omit<Span, 'slot'> & { readonly worker: string })[] {
  const worker = workerOf(trial);
  const pieces = piecesOf(trial, now).map((piece) => ({ ...piece, worker }));
  const since = pieces.at(-1)?.from ?? now;
  const tries = (trial.tries ?? []).filter(({ begunAt }) => Date.parse(begunAt) >= since);
  const begunAt = tries.at(-1)?.begunAt;
  const earlier = tries.slice(0, -1).map((each) => ({
    trial,
    early: each.threw === true ? ('threw' as const) : ('lost' as const),
    from: Date.parse(each.begunAt),
    to: Date.parse(each.seenAt),
    waits: false,
    worker: each.worker,
  }));
  const own = pieces.map((piece, at) =>
    at === pieces.length - 1 && begunAt !== undefined ? { ...piece, from: Date.parse(begunAt) } : piece,
  );
  return [...earlier, ...own];
}

const isBegunAgain = (trial: Trial): boolean => begunAgain(trial) > 0;

/** Puts each span in the first slot that is free; what finds none shares the last. */
function slotted(parts: readonly Omit<Span, 'slot'>[]): Pick<Lane, 'spans' | 'slots'> {
  const ends: number[] = [];
  const spans = [...parts]
    .sort((a, b) => a.from - b.from || a.trial.number - b.trial.number)
    .map((span) => {
      const free = ends.findIndex((end) => end <= span.from);
      const slot = free >= 0 ? free : Math.min(ends.length, MAX_SLOTS - 1);
      ends[slot] = Math.max(ends[slot] ?? 0, span.to);
      return { ...span, slot };
    });
  return { spans, slots: Math.max(1, ends.length) };
}

function lanesOf(trials: readonly Trial[], now: number): readonly Lane[] {
  const groups = new Map<string, Omit<Span, 'slot'>[]>();
  for (const { worker, ...part } of trials.flatMap((trial) => partsOf(trial, now))) {
    const group = groups.get(worker);
    if (group === undefined) groups.set(worker, [part]);
    else group.push(part);
  }
  let above = 0;
  return [...groups]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_LANES)
    .map(([worker, of]) => {
      const lane = { worker, ...slotted(of), above };
      above += lane.slots + GAP;
      return lane;
    });
}

interface Drawn {
  readonly span: Span;
  readonly box: Box;
}

const heightOf = (lanes: readonly Lane[]): number => lanes.reduce((sum, { slots }) => sum + slots + GAP, 0);

/** The middle of a lane. */
const middleOf = ({ above, slots }: Lane, height: number): number => 1 - (above + (slots + GAP) / 2) / height;

function boxesOf(lanes: readonly Lane[], x: Scale): readonly Drawn[] {
  const height = heightOf(lanes);
  return lanes.flatMap(({ spans, above }) =>
    spans.flatMap((span) => {
      const [from, to] = [x.at(span.from), x.at(span.to)];
      if (from === undefined || to === undefined) return [];
      const up = 1 - (above + GAP / 2 + span.slot) / height;
      return [{ span, box: [from, Math.max(to, from + 0.001), up - 0.85 / height, up] as Box }];
    }),
  );
}

function lateOf(late: readonly LateOutcome[], lanes: readonly Lane[], x: Scale): readonly Place[] {
  const height = heightOf(lanes);
  return late.flatMap(({ worker, at }) => {
    const lane = lanes.find((each) => each.worker === worker);
    const left = x.at(Date.parse(at));
    return lane === undefined || left === undefined ? [] : [[left, middleOf(lane, height)] as const];
  });
}

function layersOf(drawn: readonly Drawn[], late: readonly Place[]): readonly Layer[] {
  const last = drawn.filter(({ span }) => span.early === undefined);
  const again = last.filter(({ span }) => isBegunAgain(span.trial));
  const early = (how: Span['early']): readonly Box[] =>
    drawn.flatMap(({ span, box }) => (span.early === how ? [box] : []));
  const middle = ([, , low, high]: Box): number => (low + high) / 2;
  return [
    ...TONES.map(([name, tone, is]): Layer => ({
      kind: 'bars',
      name,
      tone,
      at: last.filter(({ span }) => is(span.trial)).map(({ box }) => box),
    })),
    { kind: 'bars', name: 'attempt that was lost', tone: 'broken', at: early('lost') },
    { kind: 'bars', name: 'attempt that threw', tone: 'best', at: early('threw') },
    {
      kind: 'points',
      name: 'begun again',
      tone: 'best',
      at: again.map(({ box }): Place => [box[1], middle(box)]),
    },
    {
      kind: 'points',
      name: 'waits at a rung',
      tone: 'pruned',
      at: drawn.filter(({ span }) => span.waits).map(({ box }): Place => [box[1], middle(box)]),
    },
    { kind: 'points', name: 'late outcome of a replaced attempt', tone: 'broken', at: late },
  ];
}

function summaryOf({ view, trials }: Reported, workers: number, lasted: number): string {
  const { account } = view;
  const attempts = trials.filter(isBegunAgain).length;
  const head = `${counted(trials.length, 'trial')} by ${counted(workers, 'worker')} within ${duration(lasted)}.`;
  const again =
    attempts === 0 && account.begunAgain === 0
      ? 'No attempt had to be begun again.'
      : `${counted(account.begunAgain, 'attempt')} ${account.begunAgain === 1 ? 'was' : 'were'} begun again, because a worker was lost, stopped or threw: ${counted(attempts, 'trial')} needed more than one.`;
  const late = account.late === 0 ? '' : ` ${counted(account.late, 'outcome')} came late and changed nothing.`;
  const went = trials.reduce((sum, trial) => sum + promotionsOf(trial), 0);
  const rested = trials.filter(({ waits = [] }) => waits.length > 0).length;
  const waited =
    rested === 0 ? '' : ` ${counted(rested, 'trial')} waited at a rung; ${counted(went, 'promotion')} followed.`;
  return `${head} ${again}${late}${waited}`;
}

/** Who evaluated what, and when; which trials needed several attempts. */
export function timelineFigure(reported: Reported): Figure {
  const { trials, view, at } = reported;
  const frame = { id: 'timeline', title: 'Timeline of workers' };
  if (trials.length === 0) return { ...frame, summary: 'No trial has been asked for yet.', notes: [], charts: [] };
  const thinned = thin(trials, MAX_BARS, (trial) => isBegunAgain(trial) || trial.state === 'running');
  const now = Date.parse(at);
  const lanes = lanesOf(thinned.shown, now);
  const workersOf = (some: readonly Trial[]): ReadonlySet<string> =>
    new Set(some.flatMap((trial) => partsOf(trial, now).map(({ worker }) => worker)));
  const workers = [...workersOf(trials)].filter((worker) => worker !== UNKNOWN).length;
  const [from, to] = trials.reduce(
    ([first, last], trial) => [
      Math.min(first, Date.parse(trial.askedAt)),
      Math.max(last, trial.endedAt === undefined ? now : Date.parse(trial.endedAt)),
    ],
    [Infinity, -Infinity],
  );
  const x = timeScale(from, to);
  const height = heightOf(lanes);
  const ticks = lanes.map((lane) => ({ at: middleOf(lane, height), text: cutInside(lane.worker, 24) }));
  const isMore = workersOf(thinned.shown).size > lanes.length;
  return {
    ...frame,
    summary: summaryOf(reported, workers, to - from),
    notes: [
      'A bar lasts from when a trial was asked for until it ended, so it holds its wait for a worker. Where a trial was begun again its attempts have bars of their own, each with its worker; a lost one lasts until its last sign of life. Of an attempt that left no word nothing is drawn.',
      ...(isMore ? [`Shown are the ${String(lanes.length)} workers with the most trials.`] : []),
      ...leftOut(thinned, 'trials', 'those that were begun again or run, the others evenly by number'),
    ],
    charts: [
      {
        kind: 'plane',
        x: x.axis,
        y: { label: '', ticks },
        lanes: Math.max(lanes.length, height * 0.7),
        layers: layersOf(boxesOf(lanes, x), lateOf(view.late, lanes, x)),
      },
    ],
  };
}
