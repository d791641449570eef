import { short } from '../../words';

/** A text of at most so many characters. */
export function cut(text: string, most: number): string {
  const signs = [...text.slice(0, 2 * most + 2)];
  return signs.length <= most ? text : `${signs.slice(0, most - 1).join('')}…`;
}

/** A text of at most so many characters, with its beginning and its end: names often differ there. */
export function cutInside(text: string, most: number): string {
  const signs = [...text.slice(0, 1_000)];
  const head = Math.floor((most - 1) / 3);
  return signs.length <= most ? text : `${signs.slice(0, head).join('')}…${signs.slice(head + 1 - most).join('')}`;
}

/** A length of time for people. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 120_000) return `${short(Math.round(ms / 100) / 10)} s`;
  if (ms < 7_200_000) return `${String(Math.round(ms / 60_000))} min`;
  if (ms < 172_800_000) return `${short(Math.round(ms / 360_000) / 10)} h`;
  return `${short(Math.round(ms / 8_640_000) / 10)} days`;
}

/** Several things in a row. */
export function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`;
}
