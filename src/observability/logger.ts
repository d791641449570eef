import type { LogLevel as TemporalLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { redact, redactText } from './redaction';

/** How a process logs. */
export interface LogOptions {
  /** The role of the process, such as `worker`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: string;
  /** Coloured lines for people in place of JSON; default: when standard error is a terminal. */
  readonly isPretty?: boolean;
  /** Where lines go; default: standard error, so that data on standard output stays apart. */
  readonly destination?: DestinationStream;
}

const STDERR = 2;

function streamOf({ isPretty = process.stderr.isTTY, destination }: Omit<LogOptions, 'name'>): DestinationStream {
  const plain = destination ?? pino.destination({ dest: STDERR, sync: true });
  if (!isPretty) return plain;
  const format = prettyFactory({ colorize: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' });
  return {
    write: (line) => {
      plain.write(format(line));
    },
  };
}

/** Takes lines of logs of other processes, each with its end, and writes them as our own are written. */
export function lineStream(): DestinationStream {
  return streamOf({});
}

/**
 * The log of a process: one line of JSON per event, or a readable line on a terminal. Secrets are taken out of fields and
 * texts before they are written.
 */
export function createLogger(options: LogOptions): Logger {
  return pino(
    {
      name: `mabeam-${options.name}`,
      level: options.level ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (line) => redact(line) as Record<string, unknown>,
      },
      // Errors are made plain, without their secrets, by `redact`.
      serializers: { err: (error: unknown) => error, error: (error: unknown) => error },
      hooks: { streamWrite: redactText },
    },
    streamOf(options),
  );
}

const LEVELS: Readonly<Record<TemporalLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Fields of the SDK that say little beside ours, or repeat themselves in every line. */
const LEFT_OUT = new Set(['sdkComponent', 'taskToken', 'namespace', 'subsystem']);

/** What each worker says at each start and stop; ours say in one line that they poll. */
const ROUTINE = /^(Worker state changed|No \w+ (workflows|services|activities)? ?registered|No workflows registered)/;

/**
 * The log as the Temporal SDK and its core want one: give it to `Runtime.install`, and what workers, workflows (`log` of
 * `@temporalio/workflow`), activities and core say comes out in the same form. `component` says whose line it is.
 */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: TemporalLevel, message: string, meta: LogMetadata = {}): void => {
    const fields = Object.fromEntries(Object.entries(meta).filter(([name]) => !LEFT_OUT.has(name)));
    log[ROUTINE.test(message) ? 'debug' : LEVELS[level]](
      { component: meta['sdkComponent'] ?? 'sdk', ...fields },
      message,
    );
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
