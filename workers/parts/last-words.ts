const KEPT_LINES = 20;
const MAX_CHARACTERS = 300;

/** What the log of a process says of its end. */
export interface LastWords {
  hear(line: string): void;
  /** The last line that tells of an error, else the last line; empty when there was none. */
  said(): string;
}

/** The text of a line of our log, if it is one of an error. */
function errorOf(line: string): string | undefined {
  if (!line.startsWith('{'))
    return /^(\w*(Error|Exception)\b|FATAL|fatal|thread .* panicked)/.test(line) ? line : undefined;
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
    return (level === 'error' || level === 'fatal') && typeof msg === 'string' ? msg : undefined;
  } catch {
    return undefined;
  }
}

function textOf(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { readonly msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line;
  }
}

/** Remembers the end of a log: lines of ours, and what Node prints when a process crashes. */
export function createLastWords(): LastWords {
  const lines: string[] = [];
  return {
    hear: (line) => {
      if (line.trim() === '') return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    },
    said: () => {
      const errors = lines.map(errorOf).filter((text) => text !== undefined);
      return (errors.at(-1) ?? textOf(lines.at(-1) ?? '')).slice(0, MAX_CHARACTERS);
    },
  };
}
