import type { EChartsOption, SeriesOption } from 'echarts';
import type { Axis, Chart, Layer, ParallelChart, Place, PlaneChart, Tone } from '../domain/optimisation/report/chart';
import { cutInside } from '../domain/optimisation/report/words';
import { visible } from './escape';
import { colourOf, levelColour, painted } from './colours';

/** Draws a chart of this width as SVG that has neither styles nor scripts; `id` sets its inner names apart from others'. */
export type Draw = (chart: Chart, id: string, width: number) => string;

const FONT = { fontFamily: 'system-ui, sans-serif', fontSize: 12 };
const HEIGHT = 320;
const SMALL_HEIGHT = 230;
const SMALL = 400;
const LANE = 22;
const MAX_HEIGHT = 900;
const SHAPES: Readonly<Partial<Record<Tone, string>>> = { failed: 'triangle', pruned: 'diamond' };

type Custom = Extract<SeriesOption, { type?: 'custom' }>;
type RenderItem = NonNullable<Custom['renderItem']>;
type Element = ReturnType<RenderItem>;

function labelsOf(axis: Axis, side: 'x' | 'y'): object {
  const { ticks } = axis;
  const customValues = ticks.map(({ at }) => at);
  const formatter = (value: number): string => ticks.find(({ at }) => Math.abs(at - value) < 1e-9)?.text ?? '';
  return { customValues, formatter, color: colourOf('soft'), hideOverlap: side === 'x' && !isText(axis), ...FONT };
}

function axisOf(axis: Axis, side: 'x' | 'y', { gap, hasLanes }: { gap: number; hasLanes: boolean }): object {
  const { label, ticks } = axis;
  return {
    type: 'value',
    min: 0,
    max: 1,
    name: label,
    nameLocation: 'middle',
    nameGap: gap,
    nameTextStyle: { color: colourOf('ink'), ...FONT },
    axisLine: { show: true, lineStyle: { color: colourOf('line') } },
    axisTick: { show: !hasLanes, customValues: ticks.map(({ at }) => at), lineStyle: { color: colourOf('line') } },
    axisLabel: labelsOf(axis, side),
    splitLine: { show: !hasLanes && ticks.length > 0, lineStyle: { color: colourOf('line') } },
    minorSplitLine: { show: false },
    splitNumber: 1,
  };
}

/** Elements of our own, one for each item, in the coordinates of the chart. */
function custom<T>(items: readonly T[], make: (item: T, at: (place: Place) => readonly number[]) => Element): Custom {
  return {
    type: 'custom',
    silent: true,
    data: items.map(() => [0.5, 0.5]),
    renderItem: ({ dataIndex }, api) => {
      const item = items[dataIndex];
      return item === undefined ? null : make(item, (place) => api.coord([...place]));
    },
  };
}

function rectangle(
  [fromX, toX, fromY, toY]: readonly [number, number, number, number, ...unknown[]],
  at: (place: Place) => readonly number[],
  fill: string,
  grow = 0,
): Element {
  const [left = 0, bottom = 0] = at([fromX, fromY]);
  const [right = 0, top = 0] = at([toX, toY]);
  const shape = {
    x: left,
    y: top - grow,
    width: Math.max(1, right - left + grow),
    height: Math.max(1, bottom - top + grow),
  };
  return { type: 'rect', shape, style: { fill } };
}

/** A line that stays at a height until the next corner. */
function stepped(line: readonly Place[]): readonly Place[] {
  return line.flatMap((corner, at) => {
    const before = line[at - 1];
    return before === undefined ? [corner] : [[corner[0], before[1]] as const, corner];
  });
}

function pointsOf({ tone, at }: Extract<Layer, { kind: 'points' }>): SeriesOption {
  const colour = colourOf(tone);
  const isMany = at.length > 60;
  const size = tone === 'best' ? (isMany ? 4 : 8) : at.length > 800 ? 3.5 : at.length > 200 ? 4.5 : 6;
  const outlined = { borderColor: colourOf('paper'), borderWidth: 1 };
  const styles: Readonly<Partial<Record<Tone, object>>> = {
    broken: { color: 'transparent', borderColor: colour, borderWidth: 1.2 },
    // they lie on other things
    quiet: { color: colourOf('ink'), ...outlined },
    best: { color: colour, ...outlined },
    main: { color: colour, opacity: at.length > 100 ? 0.65 : 0.9 },
  };
  const style = styles[tone] ?? { color: colour, opacity: 0.9 };
  return {
    type: 'scatter',
    silent: true,
    symbol: SHAPES[tone] ?? 'circle',
    symbolSize: SHAPES[tone] === undefined ? size : isMany ? 6 : 8,
    data: at.map((place) => [...place]),
    itemStyle: style,
  };
}

function seriesOf(layer: Layer): SeriesOption {
  switch (layer.kind) {
    case 'points':
      return pointsOf(layer);
    case 'lines': {
      const { tone, lines, steps } = layer;
      const isMany = lines.length > 20;
      const style = { stroke: colourOf(tone), lineWidth: isMany ? 1 : 2, opacity: isMany ? 0.55 : 1, fill: 'none' };
      return custom(lines, (line, at) => {
        const corners = steps === true ? stepped(line) : line;
        return { type: 'polyline', shape: { points: corners.map((corner) => [...at(corner)]) }, style };
      });
    }
    case 'bars':
      return custom(layer.at, (box, at) => rectangle(box, at, colourOf(layer.tone)));
    case 'cells':
      return custom(layer.at, (cell, at) => rectangle(cell, at, levelColour(cell[4]), 0.6));
    case 'texts':
      return custom(layer.at, ([x, y, text], at) => {
        const [left = 0, top = 0] = at([x, y]);
        const style = { x: left, y: top, text, fill: colourOf(layer.tone), verticalAlign: 'middle' as const, ...FONT };
        return { type: 'text', style };
      });
  }
}

const WIDE = /[^\u0000-\u02ff\u0370-\u04ff]/g;

/** Room for the longest of some texts, in pixels: what draws has no fonts to measure by. */
function room(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length * 6.6 + (text.match(WIDE)?.length ?? 0) * 5.4));
}

function heightOf({ lanes }: PlaneChart, width: number): number {
  if (lanes === undefined) return width < SMALL ? SMALL_HEIGHT : HEIGHT;
  return Math.min(MAX_HEIGHT, 70 + Math.max(2, Math.ceil(lanes)) * LANE);
}

const isText = ({ ticks }: Axis): boolean => ticks.some(({ text }) => /[^-+.\de]/.test(text));

/** An axis below a chart whose texts have no more room than lies between them: better cut than left out. */
function fitting(axis: Axis, width: number): Axis {
  const each = width / Math.max(1, axis.ticks.length);
  if (!isText(axis)) return axis;
  const fit = (text: string): string => {
    const sign = room([text]) / Math.max(1, text.length);
    return room([text]) <= each - 10 ? text : cutInside(text, Math.max(3, Math.floor((each - 14) / sign)));
  };
  return { ...axis, ticks: axis.ticks.map(({ at, text }) => ({ at, text: fit(text) })) };
}

function planeOption(chart: PlaneChart, width: number): EChartsOption {
  const hasLanes = chart.lanes !== undefined;
  const labels = room(chart.y.ticks.map(({ text }) => text));
  const left = Math.ceil(labels) + (chart.y.label === '' ? 18 : 40);
  const right = chart.x.ticks.some(({ at }) => at > 0.9)
    ? Math.max(16, room([chart.x.ticks.at(-1)?.text ?? '']) / 2 + 4)
    : 16;
  return {
    grid: { left, right, top: 12, bottom: chart.x.ticks.length === 0 && chart.x.label === '' ? 10 : 48 },
    xAxis: axisOf(fitting(chart.x, width - left - right), 'x', { gap: 28, hasLanes: chart.x.ticks.length === 0 }),
    yAxis: axisOf(chart.y, 'y', { gap: labels + 16, hasLanes }),
    series: chart.layers.filter((layer) => ('at' in layer ? layer.at : layer.lines).length > 0).map(seriesOf),
  };
}

/** The parts of a line between its gaps. */
function runsOf(at: readonly (number | undefined)[]): readonly (readonly (number | '-')[])[] {
  const runs: (number | '-')[][] = [];
  let run: (number | '-')[] | undefined;
  for (const [index, place] of at.entries()) {
    if (place === undefined) {
      run = undefined;
      continue;
    }
    if (run === undefined) runs.push((run = at.map(() => '-')));
    run[index] = place;
  }
  return runs;
}

function parallelOption({ axes, lines }: ParallelChart): EChartsOption {
  const parallelAxis = axes.map((axis, dim) => ({
    ...axisOf({ ...axis, label: '' }, 'y', { gap: 14, hasLanes: true }),
    dim,
    name: axis.label.replace(' (logarithmic)', ' (log)'),
    nameLocation: 'end' as const,
    nameRotate: axes.length > 6 ? 18 : 0,
    // above the lines, and set off from them
    z: 10,
    axisLabel: {
      ...labelsOf(axis, 'y'),
      color: colourOf('ink'),
      textBorderColor: colourOf('paper'),
      textBorderWidth: 3,
    },
    axisTick: { show: true, customValues: axis.ticks.map(({ at }) => at), lineStyle: { color: colourOf('soft') } },
    axisLine: { show: true, lineStyle: { color: colourOf('soft') } },
  }));
  const data = lines.flatMap(({ level, at }) =>
    runsOf(at).map((value) => ({
      value: [...value],
      lineStyle: { color: levelColour(level), opacity: lines.length > 100 ? 0.6 : 0.85, width: level >= 5 ? 1.6 : 1 },
    })),
  );
  return {
    parallel: { left: 60, right: 90, top: axes.length > 6 ? 64 : 40, bottom: 14 },
    parallelAxis: parallelAxis,
    series: [{ type: 'parallel', silent: true, smooth: false, data: data }],
  };
}

/** Styles that stand in an attribute become attributes: a page that allows no such styles shows them all the same. */
function withoutStyles(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ style="([^"]*)"/g, (_all, style: string) =>
      style
        .split(';')
        .flatMap((each) => {
          const [name, value] = each.split(':');
          return name === undefined || value === undefined ? [] : [` ${name.trim()}="${value.trim()}"`];
        })
        .join(''),
    )
    .replace(/ (?:ecmeta_\w+|class|pointer-events|xmlns(?::\w+)?|baseProfile|version|xml:space)="[^"]*"/g, '');
}

/** Loads what draws; it is large, so nobody loads it who draws nothing. */
export async function openDrawing(): Promise<Draw> {
  const { init } = await import('echarts');
  return (chart, id, width) => {
    const height = chart.kind === 'plane' ? heightOf(chart, width) : 360;
    const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      const option = chart.kind === 'plane' ? planeOption(chart, width) : parallelOption(chart);
      drawing.setOption({ animation: false, textStyle: FONT, ...option });
      const svg = visible(withoutStyles(drawing.renderToSVGString()));
      return painted(svg).replace(/\bzr\d+-/g, `${id}-`);
    } finally {
      drawing.dispose();
    }
  };
}
