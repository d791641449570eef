/**
 * Chance that is drawn by name, not in order: what one message draws does not depend on what was drawn before it. So a fault that
 * is left out leaves all others as they were, and a failing run can be made shorter.
 */
export interface Chance {
  /** In [0, 1); the same name, the same number. */
  draw(name: string): number;
  /** A whole number from `least` to `most`, both included. */
  whole(name: string, least: number, most: number): number;
}

/** FNV-1a with the last mixing of MurmurHash3, 32 bits. */
export function mixed(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The chance of a seed: a whole number from 0. */
export function chanceOf(seed: number): Chance {
  const draw = (name: string): number => mixed(name, seed) / 0x1_0000_0000;
  return { draw, whole: (name, least, most) => least + Math.floor(draw(name) * (most - least + 1)) };
}
