import { setImmediate } from 'node:timers/promises';
import type { Mail } from './mail';

/** How a mail becomes numbers: its words, or the runs of `ngram` characters in it. */
export type Features = { readonly features: 'words' } | { readonly features: 'characters'; readonly ngram: number };

/** A word is a run of these characters. */
const WORD = /[a-z0-9$!%'-]+/g;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A hash of 32 bits of a part of a text: FNV-1a, then mixed so that its highest bits are as good as its lowest. */
export function hash(text: string, from: number, to: number): number {
  let h = FNV_OFFSET;
  for (let at = from; at < to; at += 1) h = Math.imul(h ^ text.charCodeAt(at), FNV_PRIME);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** The hashes of the different features of a text, in order of appearance; a model with b bits takes the highest b. */
export function hashesOf(text: string, how: Features): Uint32Array {
  const found = new Set<number>();
  if (how.features === 'words') {
    for (const { 0: word, index } of text.matchAll(WORD)) found.add(hash(text, index, index + word.length));
  } else {
    for (let at = 0; at + how.ngram <= text.length; at += 1) found.add(hash(text, at, at + how.ngram));
  }
  return Uint32Array.from(found);
}

/** Mails as numbers, and what they are. */
export interface Examples {
  readonly hashes: readonly Uint32Array[];
  readonly isSpam: readonly boolean[];
}

const MAILS_AT_ONCE = 200;
const tokenised = new WeakMap<readonly Mail[], Map<string, Promise<Examples>>>();

/** In small parts, so that whoever waits can do something else in between. */
async function tokenise(mails: readonly Mail[], how: Features): Promise<Examples> {
  const hashes: Uint32Array[] = [];
  for (const [at, { text }] of mails.entries()) {
    if (at % MAILS_AT_ONCE === 0) await setImmediate();
    hashes.push(hashesOf(text, how));
  }
  return { hashes, isSpam: mails.map(({ isSpam }) => isSpam) };
}

/** Tokenises mails, once per way to do so: a study comes back to the same ways again and again. */
export function examplesOf(mails: readonly Mail[], how: Features): Promise<Examples> {
  const ways = tokenised.get(mails) ?? new Map<string, Promise<Examples>>();
  tokenised.set(mails, ways);
  const way = how.features === 'words' ? 'words' : `${String(how.ngram)} characters`;
  const examples = ways.get(way) ?? tokenise(mails, how);
  ways.set(way, examples);
  return examples;
}
