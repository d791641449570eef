import type { Logger } from 'pino';
import { parseFlags, readConfig, type Config } from '../../src/config';
import { ERRORS, isPlatformError } from '../../src/contracts/errors';
import { HEARTBEAT_MS } from '../../src/contracts/health';
import { createLogger, temporalLogger } from '../../src/observability/logger';
import { findParent, type Parent } from './parent';

/** Something that runs until it is stopped. */
export interface Part {
  readonly name: string;
  /** Ends it in order: what it has begun is finished, or given back. */
  stop(): Promise<void>;
  /** Ends it at once, for want of patience: what does not end with this process by itself. */
  kill?(): void;
  /** Rejects when it ends by itself; never, or when stopped, otherwise. */
  readonly ended?: Promise<unknown>;
}

/** Another process has failed, and said why: nothing but its exit code is to be handed on. */
export class ProcessFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a process is made of. */
export interface Role {
  readonly config: Config;
  readonly log: Logger;
  /** Of a process that is supervised. */
  readonly parent: Parent | undefined;
  /** Parts are stopped in the reverse order. */
  add<P extends Part>(part: P): P;
  /** True once the process has been told to stop. */
  readonly isStopping: boolean;
}

const INTERRUPTED = 130;

async function installRuntime(log: Logger, level: string): Promise<void> {
  // Large: a process without workers does without it.
  const { Runtime } = await import('@temporalio/worker');
  Runtime.install({
    workerHeartbeatInterval: HEARTBEAT_MS,
    logger: temporalLogger(log.child({})),
    telemetryOptions: {
      logging: {
        filter: { core: 'WARN', other: level === 'debug' || level === 'trace' ? 'INFO' : 'WARN' },
        forward: {},
      },
    },
    // We end things ourselves, in order.
    shutdownSignals: [],
  });
}

/** Says why a process cannot start: on one line of the log, with what to change. @returns the exit code */
function explain(log: Logger, error: unknown): number {
  if (isPlatformError(error)) {
    log.error({ code: error.code, details: error.details }, error.message);
    return ERRORS[error.code].exitCode;
  }
  if (error instanceof ProcessFailure) {
    log.error(error.message);
    return error.exitCode;
  }
  log.error({ error }, error instanceof Error ? error.message : String(error));
  return 1;
}

class RunningRole implements Role {
  readonly config: Config;
  readonly log: Logger;
  readonly parent = findParent();
  readonly #parts: Part[] = [];
  readonly #stoppingParts = new Set<Part>();
  #stopping: Promise<void> | undefined;
  #failed: (error: unknown) => void = () => undefined;

  constructor(config: Config, log: Logger) {
    this.config = config;
    this.log = log;
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  onFailure(failed: (error: unknown) => void): void {
    this.#failed = failed;
  }

  add<P extends Part>(part: P): P {
    this.#parts.push(part);
    part.ended?.catch((error: unknown) => {
      if (!this.isStopping) this.#failed(error);
    });
    return part;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  kill(): void {
    for (const part of [...this.#stoppingParts, ...this.#parts]) part.kill?.();
  }

  async #stopAll(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      this.#stoppingParts.add(part);
      try {
        await part.stop();
      } catch (error) {
        this.log.error({ part: part.name, error }, 'a part did not stop in order');
      }
    }
  }
}

/**
 * Runs a process of one role from its arguments and its environment until SIGTERM or SIGINT: then its parts are stopped in order and the
 * process ends with 0. A second signal ends it at once with 130. What cannot start, or ends by itself, ends the process
 * with the exit code of the error table. A supervised process tells its parent when everything is composed.
 *
 * @param hasWorkers false for a process that runs no worker of Temporal itself
 */
export async function runRole(
  name: string,
  compose: (role: Role) => Promise<void>,
  { hasWorkers = true }: { readonly hasWorkers?: boolean } = {},
): Promise<void> {
  let role: RunningRole;
  try {
    const config = readConfig(process.env, parseFlags(process.argv.slice(2)));
    role = new RunningRole(config, createLogger({ name, level: config.logLevel }));
  } catch (error) {
    process.exit(explain(createLogger({ name }), error));
  }
  const { log, config } = role;
  const end = async (code: number): Promise<void> => {
    await role.stop();
    log.info({ code }, 'stopped');
    process.exit(code);
  };
  const interrupted = (signal: string): void => {
    if (role.isStopping) {
      role.kill();
      process.exit(INTERRUPTED);
    }
    log.info({ signal }, 'stopping');
    void end(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, interrupted);
  // Started by another process: when that one is gone, this one goes, too.
  if (process.channel !== undefined) {
    process.once('disconnect', () => interrupted('disconnect'));
    // A supervised one may have nothing else to wait for than the word of its parent.
    if (role.parent === undefined) process.channel.unref();
  }
  role.onFailure((error) => {
    void end(explain(log, error));
  });
  try {
    if (hasWorkers) await installRuntime(log, config.logLevel);
    await compose(role);
    role.parent?.isReady();
  } catch (error) {
    // A part that was stopped while it started is no failure.
    if (!role.isStopping) await end(explain(log, error));
  }
}
