import { AsyncLocalStorage as Storage } from 'node:async_hooks';
import assert from 'node:assert';
import { URL, URLSearchParams } from 'node:url';
import { TextDecoder, TextEncoder } from 'node:util';
import vm from 'node:vm';

/** A value on its way in or out of a workflow: its JSON; `null` for nothing. */
export interface Payload {
  readonly json: string | null;
}

/** One thing that a workflow task tells a workflow, in the form that the SDK's worker gives it. */
export type Job = { readonly variant: string } & Readonly<Record<string, unknown>>;

/** What a workflow wants of the server: one field, named after the command. */
export type Command = Readonly<Record<string, unknown>>;

/** How a run was begun, and what its tasks say of its history. */
export interface RunFacts {
  readonly workflowId: string;
  readonly runId: string;
  readonly firstRunId: string;
  readonly workflowType: string;
  readonly startTime: number;
  readonly randomness: readonly number[];
}

/** One workflow task. `events`: length of the history; `isRenewalDue`: the server suggests a renewal. */
export interface Activation {
  readonly now: number;
  readonly events: number;
  readonly jobs: readonly Job[];
}

/** A run in the sandbox: all of its state. Dropped, it is lost, as with a worker that is killed. */
export interface SandboxedRun {
  /** Takes one workflow task to its end. @throws what would fail the task, and stall the workflow */
  activate(activation: Activation): readonly Command[];
  /** Asks a query, which changes nothing. @throws what the query throws */
  look(query: string, argument: unknown): unknown;
}

interface Activator {
  now: number;
  info: Record<string, unknown>;
  payloadConverter: unknown;
  workflowTaskError: unknown;
  readonly moduleCache: Map<string, unknown>;
  readonly queryHandlers: Map<string, { handler(...args: unknown[]): unknown }>;
  getAndResetSinkCalls(): unknown;
}

/** What lies in the context, beside the bundle. */
interface Box {
  activator?: Activator;
  options?: unknown;
  jobs?: readonly Job[];
  init?: unknown;
  argument?: string;
  answer?: unknown;
}

const INSIDE = `
(() => {
  Error.stackTraceLimit = 0;
  const api = globalThis.__TEMPORAL__.api;
  const converter = {
    toPayload: (value) => ({ json: value === undefined ? null : JSON.stringify(value) }),
    fromPayload: ({ json }) => (json === null ? undefined : JSON.parse(json)),
  };
  globalThis.__mabeam_inside = {
    create(box) {
      api.initRuntime(box.options);
      box.activator = globalThis.__TEMPORAL_ACTIVATOR__;
      box.activator.payloadConverter = converter;
    },
    begin(box) {
      globalThis.__TEMPORAL_ACTIVATOR__ = box.activator;
      api.initialize(box.init);
    },
    activate(box) {
      globalThis.__TEMPORAL_ACTIVATOR__ = box.activator;
      api.activate({ jobs: [...box.jobs] }, 0);
    },
    conclude(box) {
      box.answer = api.tryUnblockConditions() === 0 ? api.concludeActivation().successful.commands : undefined;
    },
    look(box) {
      globalThis.__TEMPORAL_ACTIVATOR__ = box.activator;
      const { handler } = box.activator.queryHandlers.get(box.query);
      const seen = box.argument === undefined ? handler() : handler(JSON.parse(box.argument));
      box.answer = JSON.stringify(seen);
    },
  };
})()`;

const CALLS = Object.fromEntries(
  ['create', 'begin', 'activate', 'conclude', 'look'].map((name) => [
    name,
    new vm.Script(`__mabeam_inside.${name}(__mabeam_box)`),
  ]),
) as Readonly<Record<'create' | 'begin' | 'activate' | 'conclude' | 'look', vm.Script>>;

/** Modules of packages and of mabeam itself hold no state of a workflow: they are loaded once for all. */
const SHARED = /(^|\/)(node_modules|workflows|src\/contracts|src\/domain)\//;
const isOf = (files: readonly string[], id: string): boolean => {
  const end = id.replace(/^(\.\.?\/)+/, '/');
  return files.some((file) => file.endsWith(end));
};

/**
 * Runs the workflows of a bundle as a worker does, with the SDK's own code, but without a server: all of them in one context, one
 * task at a time, by a clock that is handed in. What users' files keep in variables of their modules is each run's own; what they
 * keep on `globalThis` is not.
 */
export class Sandbox {
  readonly #context: vm.Context;
  readonly #box: Box & Record<string, unknown> = {};
  #current: Activator | undefined;

  /**
   * @param code of a bundle, as `bundleDefinitions` makes it
   * @param files definition files, by their whole paths
   */
  constructor(code: string, files: readonly string[] = []) {
    // Without the interceptors of an ordinary context: they cost more than the workflows.
    const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
    this.#context = context;
    const shared = new Map<string, unknown>();
    const modules = new Proxy(
      {},
      {
        get: (_target, id: string) => shared.get(id) ?? this.#current?.moduleCache.get(id),
        set: (_target, id: string, module: unknown) => {
          if ((SHARED.test(id) && !isOf(files, id)) || this.#current === undefined) shared.set(id, module);
          else this.#current.moduleCache.set(id, module);
          return true;
        },
      },
    );
    class AsyncLocalStorage extends Storage<unknown> {}
    const quiet = (): void => undefined;
    Object.assign(context, {
      URL,
      URLSearchParams,
      assert,
      TextEncoder,
      TextDecoder,
      AbortController,
      AsyncLocalStorage,
      console: { log: quiet, warn: quiet, error: quiet, info: quiet, debug: quiet },
      __webpack_module_cache__: modules,
      __mabeam_box: this.#box,
    });
    new vm.Script(code, { filename: 'workflow-bundle.js' }).runInContext(context);
    new vm.Script(INSIDE).runInContext(context);
  }

  #call(name: keyof typeof CALLS): unknown {
    // When it returns, all microtasks of the context are done.
    CALLS[name].runInContext(this.#context);
    return this.#box.answer;
  }

  /** Begins a run. Nothing of it has been executed: its first task does that. */
  begin(facts: RunFacts): SandboxedRun {
    const { workflowId, runId, firstRunId, workflowType, startTime, randomness } = facts;
    const box = this.#box;
    box.options = {
      info: {
        workflowId,
        runId,
        workflowType,
        firstExecutionRunId: firstRunId,
        namespace: 'simulation',
        taskQueue: 'simulation',
        searchAttributes: {},
        memo: {},
        attempt: 1,
        startTime: new Date(startTime),
        runStartTime: new Date(startTime),
        taskTimeoutMs: 10_000,
        historyLength: 0,
        historySize: 0,
        continueAsNewSuggested: false,
        targetWorkerDeploymentVersionChanged: false,
        unsafe: { isReplaying: false, isReplayingHistoryEvents: false },
      },
      now: startTime,
      randomnessSeed: randomness,
      showStackTraceSources: false,
      getTimeOfDay: () => 0n,
      registeredActivityNames: new Set<string>(),
      stackTracesEnabled: false,
    };
    this.#current = undefined;
    // Its modules are its own from the first: they are loaded while it is created.
    const loading: { moduleCache: Map<string, unknown> } = { moduleCache: new Map() };
    this.#current = loading as unknown as Activator;
    this.#call('create');
    const { activator } = box;
    if (activator === undefined) throw new Error(`${workflowType} could not be created`);
    for (const [id, module] of loading.moduleCache) activator.moduleCache.set(id, module);
    this.#current = activator;
    let isFirst = true;
    return {
      activate: ({ now, events, jobs }) => {
        this.#enter(activator);
        activator.now = now;
        activator.info = { ...activator.info, historyLength: events };
        if (isFirst) {
          isFirst = false;
          box.init = jobs[0]?.['initializeWorkflow'];
          this.#call('begin');
        }
        box.jobs = jobs;
        this.#call('activate');
        let commands: unknown;
        do commands = this.#call('conclude');
        while (commands === undefined);
        if (activator.workflowTaskError !== undefined) throw activator.workflowTaskError as Error;
        activator.getAndResetSinkCalls();
        return commands as readonly Command[];
      },
      look: (query, argument) => {
        if (!activator.queryHandlers.has(query)) return undefined;
        this.#enter(activator);
        box['query'] = query;
        if (argument === undefined) delete box.argument;
        else box.argument = JSON.stringify(argument);
        const answer = this.#call('look') as string | undefined;
        return answer === undefined ? undefined : (JSON.parse(answer) as unknown);
      },
    };
  }

  #enter(activator: Activator): void {
    this.#current = activator;
    this.#box.activator = activator;
  }
}
