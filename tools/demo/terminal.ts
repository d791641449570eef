import { stripVTControlCharacters } from 'node:util';

/** A line of what was shown, with the time since the beginning. */
export interface Shown {
  readonly atMs: number;
  readonly text: string;
}

const BAR_CELLS = 20;
const LABEL_CELLS = 14;
const CLEAR = '\r\u001B[2K';
/** Without a terminal a bar says how far it is at these shares. */
const STEPS = 4;

const paint = (code: number) => (text: string) => `\u001B[${String(code)}m${text}\u001B[0m`;
export const bold = paint(1);
export const dim = paint(2);
export const cyan = paint(36);
const green = paint(32);
const red = paint(31);
const yellow = paint(33);

/** Colours what a reader looks for: votes, verdicts, the fault, the commands. */
function coloured(text: string): string {
  if (text.startsWith('$ ')) return bold(text);
  if (text.startsWith('kill -9')) return red(text);
  return text
    .replace(/^(\s*guard-\S+\s+)yes\b/, (_all, head: string) => `${head}${green('yes')}`)
    .replace(/^(\s*guard-\S+\s+)no\b/, (_all, head: string) => `${head}${red('no')}`)
    .replace(/^accepted\b/, green('accepted'))
    .replace(/^refused\b/, red('refused'))
    .replace(/lost 0, zombie 0, over budget 0, repeated after acceptance 0$/, green)
    .replace(/^version \d+(?=:)/, yellow);
}

/** Tells what happens: with colours and bars on a terminal, else in plain lines. Remembers what stays. */
export class Terminal {
  readonly shown: Shown[] = [];
  readonly #stream: NodeJS.WriteStream;
  readonly #began = Date.now();
  readonly #isTerminal: boolean;
  readonly #hasColours: boolean;
  #chapters = 0;
  /** The bar that is on the screen. */
  #bar = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#isTerminal = stream.isTTY;
    const isPlain = (process.env['NO_COLOR'] ?? '') !== '';
    this.#hasColours = stream.isTTY && !isPlain;
  }

  chapter(title: string): void {
    this.#chapters += 1;
    this.#line('');
    this.#line(bold(cyan(`${String(this.#chapters)}  ${title}`)));
  }

  say(text = ''): void {
    this.#line(text === '' ? '' : `   ${coloured(text)}`);
  }

  /** A line as it is. */
  raw(text: string): void {
    this.#line(text);
  }

  bar(label: string): { show(done: number, of: number, note: string): void; end(note: string): void } {
    const head = `   ${label.padEnd(LABEL_CELLS)}`;
    const cells = (full: number): string => `${cyan('█'.repeat(full))}${dim('░'.repeat(BAR_CELLS - full))}`;
    let step = 0;
    return {
      show: (done, of, note) => {
        if (this.#isTerminal) {
          this.#bar = `${head}${cells(Math.round((BAR_CELLS * done) / of))}  ${note}`;
          this.#stream.write(`${CLEAR}${this.#bar}`);
        } else if (Math.floor((STEPS * done) / of) > step && done < of) {
          step = Math.floor((STEPS * done) / of);
          this.#write(`${head}${String(done)} of ${String(of)}  ${note}`);
        }
      },
      end: (note) => {
        this.#bar = '';
        this.#remember(`${head}${cells(BAR_CELLS)}  ${note}`);
        this.#write(this.#isTerminal ? `${head}${cells(BAR_CELLS)}  ${note}` : `${head}${note}`);
      },
    };
  }

  #remember(text: string): void {
    this.shown.push({ atMs: Date.now() - this.#began, text });
  }

  #line(text: string): void {
    this.#remember(text);
    this.#write(text);
  }

  #write(text: string): void {
    const line = this.#hasColours ? text : stripVTControlCharacters(text);
    this.#stream.write(`${this.#isTerminal ? CLEAR : ''}${line}\n${this.#bar}`);
  }
}
