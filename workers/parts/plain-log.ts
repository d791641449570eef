import type { Logger } from 'pino';

/** A log as the parts of the platform want one. */
export interface PlainLog {
  info(line: object, text: string): void;
  error(line: object, text: string): void;
}

/** The process's log for a part that does not know which logger there is. */
export function plainLog(log: Logger): PlainLog {
  return {
    info: (line, text) => {
      log.info(line, text);
    },
    error: (line, text) => {
      log.error(line, text);
    },
  };
}
