/** Says what goes on while something takes minutes. */
export interface Progress {
  /** One line that stays. */
  say(line: string): void;
  /** Shows how far it is, again and again, until the function that it returns is called. */
  during(text: () => string): () => void;
}

/** Where progress is written; a terminal's line is written over, everything else gets plain lines. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const EVERY_MS = 1_000;
const EVERY_MS_IN_LINES = 15_000;
const CLEAR = '\r\u001B[2K';

/** Progress on a stream, by default on stderr. */
export function progressOn(stream: ProgressStream = process.stderr): Progress {
  const isTerminal = stream.isTTY === true;
  return {
    say: (line) => {
      stream.write(`${isTerminal ? CLEAR : ''}${line}\n`);
    },
    during: (text) => {
      const show = (): void => {
        stream.write(isTerminal ? `${CLEAR}${text()}` : `${text()}\n`);
      };
      const timer = setInterval(show, isTerminal ? EVERY_MS : EVERY_MS_IN_LINES);
      return () => {
        clearInterval(timer);
        if (isTerminal) stream.write(CLEAR);
      };
    },
  };
}

/** How long something has been going on, for people: `3 min 05 s`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${String(seconds)} s`;
  return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60).padStart(2, '0')} s`;
}
