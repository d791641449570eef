import type { Lineage } from '../../contracts/optimisation/lineage';
import type { Configuration, SearchSpace } from '../../contracts/optimisation/search-space';
import { encodedOf } from './encoded';

const BLOCK = 64;
/** What a study carries of its history at most, as JSON: the oldest blocks go first. Renewals must fit into one payload. */
export const HISTORY_BYTES = 1_000_000;

type Column = readonly (number | null)[];
type AnyColumn = readonly (number | string | null)[];

/** Some trials as columns of numbers: one for each dimension, in its order; `null` where a dimension was not active. */
interface Block {
  readonly numbers: readonly number[];
  readonly values: readonly Column[];
  /** What is to be made small; `null` for a trial without an objective. */
  readonly loss: Column;
  /** The same of the other objectives, where there are several. */
  readonly more?: readonly Column[];
  /** 1 when all bounds held. */
  readonly feasible: readonly number[];
  /** By how much the bounds were broken, in sum; absent in what studies carried before it was kept. */
  readonly violation?: Column;
  /** Which ask suggested it; absent in what studies carried before it was kept. */
  readonly asks?: Column;
  /** By bound: how far it was from being broken; absent where no sampler models bounds. */
  readonly slack?: readonly Column[];
  /** Which member of a population it trained, and its generation; absent in a block without one. */
  readonly lines?: { readonly members: Column; readonly generations: Column };
  /** Of trials that were pruned; absent in a block that has none. */
  readonly pruned?: {
    /** Its last step, -1 when it reported none; `null` for a trial that was not pruned. */
    readonly steps: Column;
    /** What it reported there, as a loss; `null` for what is no number. */
    readonly losses: readonly (number | null | 'Infinity' | '-Infinity')[];
  };
}

/** The trials that have ended, oldest first, in sealed blocks and an open one: adding one costs the same however many there are. */
export interface HistoryData {
  readonly blocks: readonly Block[];
  readonly open: Block;
  /** Length of the JSON, nearly. */
  readonly bytes: number;
  /** What the sampler has learnt of all blocks that were sealed, those that are gone among them: plain JSON of its own. */
  readonly learnt?: unknown;
}

/** What a sampler is told of the trials that have ended. All columns have the same length; they are made when asked for. */
export interface History {
  readonly length: number;
  /** What the sampler carries of all trials but the newest, and these; absent when it carries nothing. */
  readonly learnt?: { readonly of: unknown; readonly since: History };
  /** Its first trials in parts that never change: where the same object stands, the same trials do. Absent where it is not so. */
  readonly parts?: readonly object[];
  /** The trials behind so many of the parts. */
  behind?(parts: number): History;
  numbers(): Float64Array;
  /** Values of a dimension: numbers, or indices of choices; NaN where it was not active. */
  column(dimension: number): Float64Array;
  /** What is to be made small: the objective, its sign turned when it is maximised; NaN for a trial that failed. */
  loss(): Float64Array;
  /** The same of the objectives behind the first, in their order; none where there is one. */
  more(): readonly Float64Array[];
  /** 1 when all bounds held. */
  feasible(): Float64Array;
  /** By how much the bounds were broken, in sum; 0 when all held, NaN where it is not known. */
  violation(): Float64Array;
  /** Which ask of the sampler suggested the trial; NaN when none did, or it is not known. */
  asks(): Float64Array;
  /** By bound: how far it was from being broken, at least 0 where it held; NaN without an objective. Empty when it was not kept. */
  slack(): readonly Float64Array[];
  /** The member of a population that the trial trained; NaN where there is none. */
  members(): Float64Array;
  /** Intervals of training behind its beginning; NaN where there is no member. */
  generations(): Float64Array;
  /** The last step of a trial that was pruned, -1 when it reported none; NaN for one that was not. */
  prunedAt(): Float64Array;
  /** What a trial that was pruned reported last, as a loss; NaN for what was no number, and for one that was not pruned. */
  prunedLoss(): Float64Array;
}

/** What is added for one trial. */
export interface Observation {
  readonly number: number;
  /** Which ask of the sampler suggested it. */
  readonly ask?: number;
  readonly configuration: Configuration;
  readonly loss: number | undefined;
  /** Losses of the objectives behind the first. */
  readonly more?: readonly number[];
  readonly feasible: boolean;
  /** By how much the bounds were broken, in sum. */
  readonly violation?: number;
  /** By bound: how far it is from being broken. Kept where it is given with the first trial. */
  readonly slack?: readonly (number | undefined)[];
  /** Of a trial that goes on from another, or from which others may. */
  readonly lineage?: Pick<Lineage, 'member' | 'generation'>;
  /** It was pruned: its last report, if any; then there is no loss. */
  readonly pruned?: { readonly step: number; readonly loss: number };
}

function emptyBlock(dimensions: number, objectives: number): Block {
  const columns = (length: number): Column[] => Array.from({ length }, () => []);
  return {
    numbers: [],
    values: columns(dimensions),
    loss: [],
    ...(objectives > 1 ? { more: columns(objectives - 1) } : {}),
    feasible: [],
    violation: [],
    asks: [],
  };
}

/** The history of a study that has none. */
export function emptyHistory(space: SearchSpace, objectives = 1): HistoryData {
  return { blocks: [], open: emptyBlock(Object.keys(space.dimensions).length, objectives), bytes: 0 };
}

function textLength(block: Block): number {
  return JSON.stringify(block).length + 1;
}

function violationOf({ violation, feasible }: Block): Column {
  return violation ?? feasible.map((held) => (held === 1 ? 0 : null));
}

function asksOf({ asks, numbers }: Block): Column {
  return asks ?? numbers.map(() => null);
}

/** The pruned trials of a block with one trial more. */
function prunedOf({ pruned, numbers }: Block, seen: Observation): Pick<Block, 'pruned'> {
  if (pruned === undefined && seen.pruned === undefined) return {};
  const { step, loss = NaN } = seen.pruned ?? {};
  const told = Number.isNaN(loss) ? null : Number.isFinite(loss) ? loss : (String(loss) as 'Infinity' | '-Infinity');
  const none = numbers.map(() => null);
  const before = pruned ?? { steps: none, losses: none };
  return { pruned: { steps: [...before.steps, step ?? null], losses: [...before.losses, told] } };
}

/** How far the bounds of a block's trials were from being broken, with one trial more. */
function slackOf({ slack, numbers }: Block, seen: Observation): Pick<Block, 'slack'> {
  const given = seen.slack ?? [];
  const before = slack ?? (numbers.length === 0 ? given.map(() => []) : []);
  if (before.length === 0) return {};
  return { slack: before.map((column, at) => [...column, given[at] ?? null]) };
}

/** The lineages of a block's trials with one trial more. */
function linesOf({ lines, numbers }: Block, { lineage }: Observation): Pick<Block, 'lines'> {
  if (lines === undefined && lineage === undefined) return {};
  const none = numbers.map(() => null);
  const { members, generations } = lines ?? { members: none, generations: none };
  return {
    lines: {
      members: [...members, lineage?.member ?? null],
      generations: [...generations, lineage?.generation ?? null],
    },
  };
}

const NONE: Column = Array.from({ length: BLOCK }, () => null);

/** A column without a number. */
function noneOf({ numbers }: Block): Column {
  return numbers.length === BLOCK ? NONE : numbers.map(() => null);
}

/** Takes some trials into what was learnt before them. Pure. */
export type Learn = (before: unknown, history: History) => unknown;

/**
 * Adds a trial. Pure; the cost does not grow with the number of trials.
 *
 * @param learn of a sampler that carries what it has learnt: it is given each block once, when it is sealed
 */
export function observe(history: HistoryData, space: SearchSpace, seen: Observation, learn?: Learn): HistoryData {
  const row = encodedOf(space, seen.configuration).map((value) => (Number.isNaN(value) ? null : value));
  const { open } = history;
  const next: Block = {
    numbers: [...open.numbers, seen.number],
    values: open.values.map((column, at) => [...column, row[at] ?? null]),
    loss: [...open.loss, seen.loss ?? null],
    ...(open.more === undefined ? {} : { more: open.more.map((column, at) => [...column, seen.more?.[at] ?? null]) }),
    feasible: [...open.feasible, Number(seen.feasible)],
    violation: [...violationOf(open), seen.violation ?? (seen.feasible ? 0 : null)],
    asks: [...asksOf(open), seen.ask ?? null],
    ...slackOf(open, seen),
    ...linesOf(open, seen),
    ...prunedOf(open, seen),
  };
  if (next.numbers.length < BLOCK) return { ...history, open: next };
  let blocks = [...history.blocks, next];
  let bytes = history.bytes + textLength(next);
  while (bytes > HISTORY_BYTES && blocks[0] !== undefined) {
    bytes -= textLength(blocks[0]);
    blocks = blocks.slice(1);
  }
  const empty = emptyBlock(row.length, 1 + (open.more?.length ?? 0));
  if (learn === undefined) return { blocks, open: empty, bytes };
  const learnt = learn(history.learnt, historyOf({ blocks: [next], open: empty, bytes: 0 }));
  return { blocks, open: empty, bytes, learnt };
}

/** The columns of sealed blocks as they are joined: a block never changes, so they are made once. */
const sealed = new WeakMap<readonly unknown[], Float64Array>();

function sealedColumn(column: AnyColumn): Float64Array {
  const known = sealed.get(column);
  if (known !== undefined) return known;
  const made = numbersOf(column);
  sealed.set(column, made);
  return made;
}

function numbersOf(column: AnyColumn): Float64Array {
  const numbers = new Float64Array(column.length);
  for (let at = 0; at < column.length; at++) numbers[at] = Number(column[at] ?? NaN);
  return numbers;
}

/** The columns of a history, each put together when a sampler asks for it. */
export function historyOf({ blocks, open, learnt }: HistoryData): History {
  const length = blocks.reduce((sum, block) => sum + block.numbers.length, open.numbers.length);
  const column = (of: (block: Block) => AnyColumn): Float64Array => {
    const joined = new Float64Array(length);
    let at = 0;
    for (const block of blocks) {
      const numbers = sealedColumn(of(block));
      joined.set(numbers, at);
      at += numbers.length;
    }
    joined.set(numbersOf(of(open)), at);
    return joined;
  };
  return {
    length,
    ...(learnt === undefined ? {} : { learnt: { of: learnt, since: historyOf({ blocks: [], open, bytes: 0 }) } }),
    parts: blocks,
    behind: (parts) => historyOf({ blocks: blocks.slice(parts), open, bytes: 0 }),
    numbers: () => column((block) => block.numbers),
    column: (dimension) => column((block) => block.values[dimension] ?? []),
    loss: () => column((block) => block.loss),
    more: () => (open.more ?? []).map((_each, at) => column((block) => block.more?.[at] ?? noneOf(block))),
    feasible: () => column((block) => block.feasible),
    violation: () => column(violationOf),
    asks: () => column(asksOf),
    slack: () =>
      Array.from(
        { length: ([...blocks, open].find(({ slack }) => slack !== undefined)?.slack ?? []).length },
        (_each, at) => column((block) => block.slack?.[at] ?? noneOf(block)),
      ),
    members: () => column((block) => block.lines?.members ?? noneOf(block)),
    generations: () => column((block) => block.lines?.generations ?? noneOf(block)),
    prunedAt: () => column((block) => block.pruned?.steps ?? noneOf(block)),
    prunedLoss: () => column((block) => block.pruned?.losses ?? noneOf(block)),
  };
}
