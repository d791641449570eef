/** One mail as the filter sees it, and what people said of it. */
export interface Mail {
  readonly id: string;
  readonly isSpam: boolean;
  readonly text: string;
}

/** Of a mail no more than this is read, and of its text no more than that is looked at. */
const RAW_CHARACTERS = 65_536;
const TEXT_CHARACTERS = 2_000;
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
