/** What is shown of a list, and of how many. */
export interface Thinned<T> {
  readonly shown: readonly T[];
  readonly of: number;
}

/** So many of a list, evenly, in their order: the first and the last among them. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  if (most < 2) return items.slice(0, most);
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_none, at) => items[Math.round(at * step)]).filter((item) => item !== undefined);
}

/**
 * At most so many of a list, in its order: first those that must not be missing, evenly when they are too many themselves, then
 * the others, evenly. Says of how many.
 */
export function thin<T>(items: readonly T[], most: number, isKept: (item: T) => boolean = () => false): Thinned<T> {
  if (items.length <= most) return { shown: items, of: items.length };
  const kept = evenly(items.filter(isKept), most);
  const others = evenly(
    items.filter((item) => !isKept(item)),
    most - kept.length,
  );
  const wanted = new Set([...kept, ...others]);
  return { shown: items.filter((item) => wanted.has(item)), of: items.length };
}

/** What was left out, in a sentence; nothing when nothing was. */
export function leftOut({ shown, of }: Thinned<unknown>, things: string, how: string): readonly string[] {
  if (shown.length === of) return [];
  return [`Shown are ${String(shown.length)} of ${String(of)} ${things}: ${how}.`];
}
