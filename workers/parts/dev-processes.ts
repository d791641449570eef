import type { Config } from '../../src/config';
import { startProcess, type RunningProcess } from './child-process';
import { startFailure } from './crashes';
import type { Facts } from './parent';
import type { SupervisedProcess } from './process-tree';
import type { ProcessFailure, Part } from './role';

/** Longer than workers give what they run (`worker-options.ts`). */
const SHUTDOWN_MS = 30_000;

/** A process that may begin before its turn: with what needs no server. */
interface Prepared {
  readonly process: RunningProcess;
  isTaken: boolean;
}

/** The processes of `mabeam dev`. As a part: those whose turn has not come. */
export interface DevProcesses extends Part {
  /** In start order: the store first and last, so that what the others hand over at their end finds it. */
  readonly list: readonly SupervisedProcess[];
  /** Rejects when one ends before its turn. */
  readonly failed: Promise<never>;
  temporalAt(address: string): void;
  /** What they have told, once all are ready. */
  facts(): Required<Facts>;
}

/** Flags with a port in place of the one that was asked for, which may have been "any". */
function withPort(args: readonly string[], url: string | undefined): readonly string[] {
  if (url === undefined) return args;
  const end = args.indexOf('--');
  const at = end === -1 ? args.length : end;
  return [...args.slice(0, at), '--port', new URL(url).port, ...args.slice(at)];
}

function complete({ facade, store, definitions, namespace }: Facts): Required<Facts> {
  if (facade === undefined || store === undefined || definitions === undefined || namespace === undefined)
    throw new Error('a process was ready before it had told where it is to be found');
  return { facade, store, definitions, namespace };
}

class Processes implements DevProcesses {
  readonly name = 'processes before their turn';
  readonly list: readonly SupervisedProcess[];
  readonly failed: Promise<never>;
  readonly #entries: Readonly<Record<string, string>>;
  readonly #args: readonly string[];
  readonly #prepared = new Map<string, Prepared>();
  #fail: (error: ProcessFailure) => void = () => undefined;
  #address: string | undefined;
  #facts: Facts = {};

  constructor(entries: Readonly<Record<string, string>>, args: readonly string[]) {
    this.#entries = entries;
    this.#args = args;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined); // while nobody waits for it, their turn will tell
    this.list = Object.keys(entries).map((id) => ({ id, shutdownMs: SHUTDOWN_MS, start: () => this.#start(id) }));
    // An evaluator is wanted if there is something to evaluate, which the worker knows first.
    for (const id of Object.keys(entries)) if (id !== 'evaluator') this.#prepare(id);
  }

  temporalAt(address: string): void {
    this.#address = address;
    for (const { process } of this.#prepared.values()) process.say({ mabeam: 'temporal', address });
  }

  facts(): Required<Facts> {
    return complete(this.#facts);
  }

  async stop(): Promise<void> {
    const rest = this.#untaken();
    for (const process of rest) process.stop(SHUTDOWN_MS);
    await Promise.all(rest.map(({ ended }) => ended));
  }

  kill(): void {
    for (const process of this.#untaken()) process.kill();
  }

  #untaken(): readonly RunningProcess[] {
    return [...this.#prepared.values()].filter(({ isTaken }) => !isTaken).map(({ process }) => process);
  }

  #prepare(id: string): void {
    const one: Prepared = { process: this.#spawn(id), isTaken: false };
    this.#prepared.set(id, one);
    void one.process.ended.then((end) => {
      if (!one.isTaken) this.#fail(startFailure(id, { ...end, isStart: true }));
    });
  }

  #start(id: string): RunningProcess | undefined {
    if (id === 'evaluator' && this.#facts.definitions?.evaluators.length === 0) return undefined;
    const prepared = this.#prepared.get(id);
    if (prepared === undefined || prepared.isTaken) return this.#spawn(id);
    prepared.isTaken = true;
    return prepared.process;
  }

  #spawn(id: string): RunningProcess {
    const args = withPort(this.#args, this.#facts.facade);
    const process = startProcess(this.#entries[id] ?? id, args, (facts) => {
      this.#facts = { ...this.#facts, ...facts };
      const isWanted = (facts.definitions?.evaluators.length ?? 0) > 0;
      if (isWanted && !this.#prepared.has('evaluator')) this.#prepare('evaluator');
    });
    if (this.#address !== undefined) process.say({ mabeam: 'temporal', address: this.#address });
    return process;
  }
}

/**
 * The processes of `mabeam dev`, begun at once: definitions are read and bundled, the database is opened, while the
 * Temporal server starts.
 *
 * @param args of the entry points: flags and definition files, the same for all
 */
export function createDevProcesses({ databaseUrl }: Config, args: readonly string[]): DevProcesses {
  const entries = { store: 'workers/store', worker: 'workers/worker', evaluator: 'workers/evaluator' };
  return new Processes(databaseUrl === undefined ? entries : { ...entries, facade: 'src/rest/server' }, args);
}
