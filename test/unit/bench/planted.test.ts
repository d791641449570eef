import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partsOf, timesIn } from '../../../bench/planted/mutation';
import { MUTATIONS } from '../../../bench/planted/mutations';
import { THREADS } from '../../../bench/planted/threads';

const read = (file: string): string => readFileSync(join(__dirname, '../../..', file), 'utf8');

test.each(MUTATIONS)('the fault "$id" can be planted: what it changes stands there once', (mutation) => {
  expect([mutation.file, timesIn(read(mutation.file), mutation)]).toEqual([mutation.file, 1]);
  expect(mutation.wrong).not.toBe(mutation.right);
});

test('each fault has a name of its own, which begins with its promise', () => {
  const ids = MUTATIONS.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  const odd = MUTATIONS.map(partsOf).filter(({ promise, what }) => !/^[A-Z]{3}-\d+$/.test(promise) || what === '');
  expect(odd).toEqual([]);
});

test('each bug of others is seen by a fault that is planted, or by a test that is there', () => {
  const planted = new Set(MUTATIONS.flatMap(({ thread }) => thread ?? []));
  const held = THREADS.flatMap((each) => each.held).flatMap((each) => ('why' in each ? [] : [each]));
  expect(held.filter(({ test: file, title }) => !read(file).includes(title))).toEqual([]);
  const isSeen = ({ threads, held: by }: (typeof THREADS)[number]): boolean =>
    by.length > 0 || threads.some((thread) => planted.has(thread));
  expect(THREADS.filter((each) => !isSeen(each))).toEqual([]);
  const known = new Set(THREADS.flatMap(({ threads }) => threads));
  expect([...planted].filter((thread) => !known.has(thread))).toEqual([]);
});
