import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cacheRoot } from '../../tools/temporal/cache';
import { firstOf } from './ours';
import type { Course, Problem } from './problem';

/** A study that has been played. */
interface Played {
  readonly key: string;
  readonly course: Course;
  readonly seconds: number;
  /** When it ended. */
  readonly at: string;
}

/**
 * Courses of one match by what they depend on, in mabeam's cache: a run that is broken off goes on, and one that is repeated
 * computes only what has changed.
 */
export interface Store {
  /** The course of that key, computed if it is not there. */
  course(key: string, compute: () => Course | Promise<Course>): Promise<Course>;
  said(): Said;
}

/** Hours of computing behind all that was asked of a store, and from when to when that was. */
export interface Said {
  readonly hours: number;
  readonly from: string;
  readonly to: string;
}

/** The store of a match that forgets: each study is played. */
export function forgetful(): Store {
  return { course: async (_key, compute) => compute(), said: () => ({ hours: 0, from: '', to: '' }) };
}

/** The store of a match. Lines of JSON; what is not whole, as at the end of a run that was killed, does not count. */
export function storeOf(match: string): Store {
  const file = join(cacheRoot(), 'samplers', `${match}.jsonl`);
  const known = new Map<string, Played>();
  if (existsSync(file))
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (!line.endsWith('}')) continue;
      const played = JSON.parse(line) as Played;
      known.set(played.key, played);
    }
  mkdirSync(dirname(file), { recursive: true });
  const asked = new Map<string, Played>();
  return {
    course: async (key, compute) => {
      const start = performance.now();
      const before = known.get(key);
      if (before !== undefined) asked.set(key, before);
      if (before !== undefined) return before.course;
      const course = await compute();
      const seconds = (performance.now() - start) / 1_000;
      const played = { key, course, seconds, at: new Date().toISOString() };
      appendFileSync(file, `\n${JSON.stringify(played)}`);
      known.set(key, played);
      asked.set(key, played);
      return course;
    },
    said: () => {
      const all = [...asked.values()];
      const ends = all.map(({ at }) => at).sort();
      const seconds = all.reduce((sum, each) => sum + each.seconds, 0);
      return { hours: seconds / 3_600, from: ends[0] ?? '', to: ends.at(-1) ?? '' };
    },
  };
}

/** The beginning of a checksum. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What these sources say, and all that they import from beside them; types make no difference. */
export function hashOfCode(...entries: readonly string[]): string {
  const open = [...entries];
  const texts = new Map<string, string>();
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (texts.has(file)) continue;
    const text = readFileSync(file, 'utf8');
    texts.set(file, text);
    for (const [, path = ''] of text.matchAll(/^import (?!type )[^;]* from '(\.[^']+)';/gm))
      open.push(`${join(dirname(file), path)}.ts`);
  }
  return hashOf(
    [...texts.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, text]) => text)
      .join('\n'),
  );
}

/** An instance of a problem by what it answers: three points in its space, and how they fare. */
export function printOf(problem: Problem, seed: number): string {
  const points = firstOf('random', problem, seed, 3);
  const { told, course } = problem.instance(seed);
  const answers = points.map((point, at) => told(point, at + 1));
  return hashOf(JSON.stringify([problem.space, points, answers, course(points)]));
}
