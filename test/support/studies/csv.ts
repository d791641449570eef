/** Reads CSV as RFC 4180 has it, by a rule of its own: rows of cells, each with whether it was quoted. */
export function readCsv(text: string): readonly (readonly { readonly text: string; readonly isQuoted: boolean }[])[] {
  const rows: { text: string; isQuoted: boolean }[][] = [[]];
  let at = 0;
  while (at < text.length) {
    const isQuoted = text[at] === '"';
    let cell = '';
    if (isQuoted) {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (at >= text.length) throw new Error('a quotation mark is not closed');
        if (text[at] === '"') at++;
        cell += text[at] ?? '';
      }
      at++;
    } else for (; at < text.length && !',\r\n'.includes(text[at] ?? ''); at++) cell += text[at] ?? '';
    rows.at(-1)?.push({ text: cell, isQuoted });
    if (text[at] === ',') at++;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      if (at < text.length) rows.push([]);
    } else if (at < text.length)
      throw new Error(`expected a comma or the end of a line; got ${text.slice(at, at + 10)}`);
  }
  return rows;
}

/** The text that a cell stands for: the apostrophe before what looks like a formula taken off, JSON read. */
export function textOf(cell: string): string {
  if (cell.startsWith('"')) return JSON.parse(cell) as string;
  return cell.startsWith("'") ? cell.slice(1) : cell;
}
