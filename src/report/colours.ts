import { LEVELS, type Tone } from '../domain/optimisation/report/chart';

/** What has a colour: what a tone says, levels, and the frame of a chart. */
type Colour = Tone | 'ink' | 'soft' | 'line' | 'paper' | `level${0 | 1 | 2 | 3 | 4 | 5 | 6}`;

/**
 * One colour for light pages and one for dark ones. Tones are those of Okabe and Ito, darkened for light pages until they stand
 * 3:1 against the page; each also has a shape of its own. Levels go from near the page to far from it.
 */
const COLOURS: Readonly<Record<Colour, readonly [light: string, dark: string]>> = {
  paper: ['#ffffff', '#15181c'],
  ink: ['#1c2126', '#e8ebee'],
  soft: ['#59636e', '#a3adb8'],
  line: ['#dfe3e8', '#343a42'],
  main: ['#0072b2', '#56b4e9'],
  best: ['#c44e00', '#f0a04b'],
  pruned: ['#8a6d00', '#e3c530'],
  failed: ['#a83279', '#e58cc0'],
  broken: ['#767f89', '#8d97a2'],
  running: ['#00805d', '#2fc49a'],
  quiet: ['#69737e', '#98a2ad'],
  level0: ['#d6deeb', '#2c3644'],
  level1: ['#bfd0e6', '#2f4562'],
  level2: ['#9fc0df', '#2f567f'],
  level3: ['#73a6d1', '#3372a4'],
  level4: ['#4687bd', '#4494c4'],
  level5: ['#20649f', '#74b9dc'],
  level6: ['#0b3c73', '#bfe3f5'],
};

const NAMES = Object.keys(COLOURS) as readonly Colour[];

/** The colour that stands in a drawing for what has one: a drawing is made once, and the page says how it looks. */
export function colourOf(name: Colour): string {
  return `#0a0b${(NAMES.indexOf(name) + 16).toString(16)}`;
}

/** The colour of a level. */
export function levelColour(level: number): string {
  const near = Math.min(LEVELS - 1, Math.max(0, Math.round(level))) as 0 | 1 | 2 | 3 | 4 | 5 | 6;
  return colourOf(`level${near}`);
}

/** A drawing with the page's colours in the place of what stood for them. */
export function painted(svg: string): string {
  return svg.replace(/"#0a0b([0-9a-f]{2})"/g, (all, code: string) => {
    const name = NAMES[Number.parseInt(code, 16) - 16];
    return name === undefined ? all : `"var(--${name})"`;
  });
}

/** The colours as properties of the page, for light or for dark. */
export function properties(scheme: 'light' | 'dark'): string {
  const at = scheme === 'light' ? 0 : 1;
  return NAMES.map((name) => `--${name}:${COLOURS[name][at]}`).join(';');
}
