/** One mark on an axis; `at` is its place, 0 to 1. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** An axis: what it says and where. Everything is placed from 0 to 1, so whoever draws needs to know no scale. */
export interface Axis {
  readonly label: string;
  readonly ticks: readonly Tick[];
}

/** A place in a chart: each number from 0 to 1. */
export type Place = readonly [x: number, y: number];

/** What a colour means; whoever draws has one for light and one for dark. */
export type Tone = 'main' | 'best' | 'pruned' | 'failed' | 'broken' | 'running' | 'quiet';

/** The levels of what goes from bad (0) to good (LEVELS - 1). */
export const LEVELS = 7;

/** What lies in a chart, from the back to the front. */
export type Layer =
  | { readonly kind: 'points'; readonly name: string; readonly tone: Tone; readonly at: readonly Place[] }
  /** Lines, each by its corners; `steps`: it stays at a height until the next corner. */
  | {
      readonly kind: 'lines';
      readonly name: string;
      readonly tone: Tone;
      readonly steps?: true;
      readonly lines: readonly (readonly Place[])[];
    }
  /** Rectangles from x to x and y to y. */
  | { readonly kind: 'bars'; readonly name: string; readonly tone: Tone; readonly at: readonly Box[] }
  /** Rectangles whose colour is a level. */
  | { readonly kind: 'cells'; readonly at: readonly (readonly [...Box, level: number])[] }
  /** Texts, to the right of their places. */
  | { readonly kind: 'texts'; readonly tone: Tone; readonly at: readonly (readonly [...Place, text: string])[] };

/** A rectangle: each number from 0 to 1. */
export type Box = readonly [fromX: number, toX: number, fromY: number, toY: number];

/** A chart over two axes. */
export interface PlaneChart {
  readonly kind: 'plane';
  readonly x: Axis;
  readonly y: Axis;
  readonly layers: readonly Layer[];
  /** How many lanes the y axis has, when it has lanes: the chart is as high as they need. */
  readonly lanes?: number;
}

/** A chart over many parallel axes; a line has a place on each, or none. */
export interface ParallelChart {
  readonly kind: 'parallel';
  readonly axes: readonly Axis[];
  readonly lines: readonly { readonly level: number; readonly at: readonly (number | undefined)[] }[];
}

/** One chart of a figure. */
export type Chart = PlaneChart | ParallelChart;

/**
 * One part of a report: what it shows, in words too. Without charts the summary says why there are none.
 */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** One to three sentences, with numbers. */
  readonly summary: string;
  /** How to read it, and what was left out. */
  readonly notes: readonly string[];
  readonly charts: readonly Chart[];
  /** Whether colours say levels from bad to good: then there is a scale to explain. */
  readonly hasLevels?: true;
}
