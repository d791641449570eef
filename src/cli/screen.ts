import type { Streams } from './output';

const ESC = '\u001b[';

/** Fits into the terminal: a line that wraps or scrolls away could not be drawn over. */
function fitted(
  lines: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly string[] {
  const most = Math.max(1, rows - 1);
  const more = `… ${String(lines.length - most + 1)} more lines`;
  const fitting = lines.length <= most ? lines : [...lines.slice(0, most - 1), more];
  return fitting.map((line) => (line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`));
}

/** Draws over what was drawn before, in one write, line by line: nothing is blank in between. */
export function redraw(deps: Streams, lines: readonly string[], before: number): number {
  const shown = fitted(lines, deps.size?.() ?? { columns: 80, rows: 24 });
  const up = before === 0 ? '' : `${ESC}${String(before)}A\r`;
  deps.out(`${up}${shown.map((line) => `${line}${ESC}K\n`).join('')}${ESC}J`);
  return shown.length;
}
