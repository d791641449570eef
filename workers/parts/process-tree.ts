import type { Logger } from 'pino';
import { PlatformError, refuse } from '../../src/contracts/errors';
import type { ChildExit, SupervisorFlags, SupervisorNote, SupervisorSpec } from '../../src/contracts/supervisor';
import { decideSupervisor, startSupervisor, type Decision } from '../../src/domain/supervisor/decide';
import type { SupervisorEffect, SupervisorEvent, SupervisorState } from '../../src/domain/supervisor/state';
import type { ProcessEnd, RunningProcess } from './child-process';
import { Crashes, startFailure, type ChildOutcome } from './crashes';
import type { Part } from './role';

/** A process that is kept running. */
export interface SupervisedProcess {
  readonly id: string;
  /** How long it may take to end; then it is killed. */
  readonly shutdownMs: number;
  /** Starts it; `undefined`: it has nothing to do here. */
  start(): Pick<RunningProcess, 'ready' | 'ended' | 'stop' | 'kill'> | undefined;
}

/** How often, and how long. */
export interface TreeOptions {
  readonly flags: Pick<SupervisorFlags, 'strategy' | 'intensity' | 'periodSeconds'>;
  /** A process that is not ready after this time has failed. */
  readonly readyMs: number;
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

const now = (): number => performance.timeOrigin + performance.now();

/**
 * Processes below the rule of supervisors, as workflows are (`workflows/supervisor.ts`): started in order, each when the one
 * before is ready; brought back by the strategy; stopped in reverse. What fails too often ends all, and says why.
 */
export class ProcessTree implements Part {
  readonly name = 'processes';
  /** Resolves when all have begun. Rejects with a `ProcessFailure` when one could not. */
  readonly begun: Promise<void>;
  /** Resolves when all are stopped. Rejects with `supervisor-failed` after a crash loop. */
  readonly ended: Promise<void>;
  readonly #children: ReadonlyMap<string, SupervisedProcess>;
  readonly #running = new Map<string, NonNullable<ReturnType<SupervisedProcess['start']>>>();
  readonly #ends = new Map<string, ChildOutcome>();
  readonly #options: TreeOptions;
  readonly #crashes: Crashes;
  #state: SupervisorState;
  #isStopping = false;
  #begin: () => void = () => undefined;
  #failToBegin: (error: Error) => void = () => undefined;
  #end: () => void = () => undefined;
  #giveUp: (error: Error) => void = () => undefined;

  /** @param children in start order. @throws Error when they contradict each other */
  constructor(children: readonly SupervisedProcess[], options: TreeOptions) {
    this.#children = new Map(children.map((child) => [child.id, child]));
    this.#options = options;
    this.#crashes = new Crashes(options.flags);
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#failToBegin = reject;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#giveUp = reject;
    });
    for (const each of [this.begun, this.ended]) each.catch(() => undefined); // whoever waits for them hears of it
    const spec: SupervisorSpec = {
      flags: options.flags,
      children: children.map(({ id, shutdownMs }) => ({
        id,
        start: { kind: 'process', type: id },
        shutdown: shutdownMs,
      })),
    };
    const started = startSupervisor(spec, { now: now(), firstGeneration: 1 });
    if (!started.ok) throw new PlatformError(refuse('invalid-supervisor', started.problem.message));
    this.#state = started.value.state;
    this.#follow(started.value);
  }

  stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#take({ kind: 'stop', reason: { kind: 'shutdown' } });
      // Whoever is being started need not get ready first.
      const awaiting = this.#state.work?.awaiting;
      if (awaiting?.kind === 'start')
        this.#running.get(awaiting.id)?.stop(this.#children.get(awaiting.id)?.shutdownMs ?? 0);
    }
    return this.ended.catch(() => undefined);
  }

  kill(): void {
    for (const process of this.#running.values()) process.kill();
  }

  #take(event: SupervisorEvent): void {
    this.#follow(decideSupervisor(this.#state, event, now()));
  }

  /** What is done here is answered later, never at once: one decision is followed to its end before the next. */
  #follow({ state, effects }: Decision): void {
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'start-child':
        void this.#start(effect.id, effect.generation);
        return;
      case 'stop-child':
        // Its time limit is a number: the specification above says so.
        this.#running.get(effect.id)?.stop(Number(effect.shutdown));
        return;
      case 'note':
        this.#note(effect.note);
        return;
      case 'ready':
        this.#begin();
        return;
      case 'failed-to-start':
        this.#failToBegin(startFailure(effect.id, this.#ends.get(effect.id)));
        this.#end();
        return;
      case 'exit':
        if (this.#crashes.gaveUp === undefined) this.#end();
        else this.#giveUp(this.#crashes.gaveUp);
        return;
      case 'answer':
      case 'retry-after':
        // Nobody asks, and the flags have no back-off.
        return;
    }
  }

  async #start(id: string, generation: number): Promise<void> {
    const process = this.#children.get(id)?.start();
    if (process === undefined) {
      await Promise.resolve();
      this.#take({ kind: 'ignored', id, generation });
      return;
    }
    this.#running.set(id, process);
    const { readyMs } = this.#options;
    let isLate = false as boolean;
    const late = setTimeout(() => {
      isLate = true;
      process.kill();
    }, readyMs);
    const failed = await Promise.race([process.ready.then(() => undefined), process.ended]);
    clearTimeout(late);
    if (failed === undefined) {
      this.#take({ kind: 'started', id, generation });
      this.#gone(id, { ...(await process.ended), isStart: false });
      this.#take({ kind: 'exited', id, generation, reason: exitOf(await process.ended) });
      return;
    }
    const how = isLate ? `${failed.how}, for it was not ready within ${String(readyMs / 1_000)} s` : failed.how;
    this.#gone(id, { ...failed, how, isStart: true });
    this.#take({ kind: 'start-failed', id, generation, reason: how });
  }

  #gone(id: string, outcome: ChildOutcome): void {
    this.#running.delete(id);
    this.#ends.set(id, outcome);
  }

  #note(note: SupervisorNote): void {
    if (this.#isStopping) return;
    const { log } = this.#options;
    if (note.kind === 'restarting') {
      const { id, restarts, intensity, periodSeconds } = note;
      const text = this.#crashes.restarted(id, this.#ends.get(id), note, now());
      log.warn({ process: id, restarts, intensity, periodSeconds }, text);
    } else if (note.kind === 'gave-up') this.#crashes.giveUp(note.id, this.#ends.get(note.id), now());
  }
}

const exitOf = ({ how, code }: ProcessEnd): ChildExit =>
  code === 0 ? { kind: 'normal' } : { kind: 'abnormal', text: how };
