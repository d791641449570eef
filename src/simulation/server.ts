import type { EntityInput } from '../contracts/entity';
import { isRefusal, refuse, type Refusal } from '../contracts/errors';
import { Agenda } from './agenda';
import { mixed, type Chance } from './chance';
import type { Faults } from './faults';
import type { Command, Job, Payload, Sandbox, SandboxedRun } from './sandbox';

/** What became of an update, a signal or a start. `gone`: nobody of that name is running. `later`: try again. */
export type Answer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'gone' }
  | { readonly kind: 'later' };

/** How an activity ends. `later`: this attempt came to nothing, and another one is made. */
export type Ended =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly details?: unknown }
  | { readonly kind: 'later'; readonly afterMs: number };

/** An activity that a workflow has asked for. */
export interface ActivityTask {
  readonly workflowId: string;
  readonly type: string;
  readonly id: string;
  readonly args: readonly unknown[];
  readonly attempt: number;
  readonly heartbeatMs: number | undefined;
  /** False when the run that asked for it is over, or does not want it any more. */
  isWanted(): boolean;
}

/** Does activities. `end` may be called more than once: the first call counts. */
export type Activities = (task: ActivityTask, end: (ended: Ended) => void) => void;

/** A start of a workflow. */
export interface Start {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly input: EntityInput;
}

interface Update {
  readonly id: string;
  outcome?: Answer;
  readonly callers: ((answer: Answer) => void)[];
}

interface Activity {
  readonly seq: number;
  readonly id: string;
  heartbeatMs: number | undefined;
  /** Of the last heartbeat, or of its start. */
  beatAt: number;
}

interface Run {
  readonly runId: string;
  readonly firstRunId: string;
  readonly workflowType: string;
  readonly startTime: number;
  /** All that it was told, for the worker that takes it up anew. */
  readonly told: {
    readonly now: number;
    readonly events: number;
    readonly jobs: readonly Job[];
    readonly wants: number;
  }[];
  sandboxed: SandboxedRun | undefined;
  events: number;
  inbox: Job[];
  isOver: boolean;
  hasTask: boolean;
  readonly timers: Set<number>;
  readonly activities: Map<number, Activity>;
  readonly updates: Map<string, Update>;
}

/** A workflow of one id. */
interface Execution {
  readonly workflowId: string;
  runs: number;
  run: Run;
  /** The run before a renewal, until the next one has begun. */
  before?: Run;
  /** Grows with each of its tasks. */
  revision: number;
}

/** A bug that shows itself in what the workflows do: a task that fails, a replay that goes another way. */
export class Broken extends Error {}

/** The server allows so many updates in flight. */
const UPDATES_MAX = 10;
const LATER_MS = 250;

const asPayload = (value: unknown): Payload => ({ json: value === undefined ? null : JSON.stringify(value) });
const fromPayload = (payload: unknown): unknown => {
  const { json } = (payload ?? { json: null }) as Payload;
  return json === null ? undefined : (JSON.parse(json) as unknown);
};

function milliseconds(duration: unknown): number | undefined {
  if (duration === undefined || duration === null) return undefined;
  const { seconds, nanos } = duration as { readonly seconds?: unknown; readonly nanos?: number | null };
  return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1_000_000);
}

function refusalIn(failure: unknown): Refusal {
  const { message, applicationFailureInfo: info } = failure as {
    readonly message?: string;
    readonly applicationFailureInfo?: { readonly details?: { readonly payloads?: readonly unknown[] } };
  };
  const details = fromPayload(info?.details?.payloads?.[0]);
  return isRefusal(details) ? details : refuse('internal', message ?? 'failed');
}

/**
 * Temporal as workflows see it, in one thread and by a clock of its own: it takes signals and updates, runs workflow tasks on the
 * sandbox, fires timers, hands out activities, and renews. What it does when is drawn by chance.
 */
export class Server {
  now: number;
  readonly #agenda = new Agenda();
  readonly #executions = new Map<string, Execution>();
  readonly #sandbox: Sandbox;
  readonly #chance: Chance;
  readonly #faults: Faults;
  #actions = 0;
  #activities: Activities = () => undefined;
  /** Is told what happens, in words. */
  readonly say: (line: () => string) => void;
  /** Is called after each task with the id of the workflow that took it. */
  afterTask: (workflowId: string) => void = () => undefined;
  /** Is called with each signal that is taken. */
  onSignal: (workflowId: string, name: string, args: readonly unknown[]) => void = () => undefined;
  /** Is called when a workflow fails. */
  onFailure: (workflowId: string, message: string) => void = () => undefined;
  /** Of all that happened: two runs of one seed have the same. */
  trace = 0;
  tasks = 0;
  renewals = 0;
  replays = 0;

  constructor(sandbox: Sandbox, chance: Chance, faults: Faults, startsAt: number, say: (line: () => string) => void) {
    this.#sandbox = sandbox;
    this.#chance = chance;
    this.#faults = faults;
    this.now = startsAt;
    this.say = say;
  }

  perform(activities: Activities): void {
    this.#activities = activities;
  }

  /** Does something at a time; what is done at one time is done in an order of chance. */
  at(time: number, name: string, act: () => void): void {
    this.#actions += 1;
    this.#agenda.put(Math.max(time, this.now), this.#chance.draw(`rank ${name} ${String(this.#actions)}`), act);
  }

  /** Does what is next. @returns false when nothing is left that comes before `until` */
  step(until: number): boolean {
    const { nextAt } = this.#agenda;
    if (nextAt === undefined || nextAt > until) return false;
    const entry = this.#agenda.take();
    if (entry === undefined) return false;
    this.now = Math.max(this.now, entry.at);
    entry.act();
    return true;
  }

  /** Lets time pass in which nobody works: all that is due comes at once. */
  skip(ms: number): void {
    this.now += ms;
    this.note(`time skips ${String(ms)}`);
    this.say(() => `nobody works for ${String(ms)} ms`);
  }

  isRunning(workflowId: string): boolean {
    return this.#executions.get(workflowId)?.run.isOver === false;
  }

  running(): readonly string[] {
    return [...this.#executions.values()].filter(({ run }) => !run.isOver).map(({ workflowId }) => workflowId);
  }

  revisionOf(workflowId: string): number {
    return this.#executions.get(workflowId)?.revision ?? 0;
  }

  /** Asks a query of a workflow, also of one that has ended. @returns undefined when there was none, or it does not answer */
  look(workflowId: string, query: string, argument?: unknown): unknown {
    const execution = this.#executions.get(workflowId);
    if (execution === undefined) return undefined;
    const run = execution.run.told.length === 0 ? execution.before : execution.run;
    if (run === undefined) return undefined;
    try {
      return this.#revived(execution, run).look(query, argument);
    } catch {
      return undefined;
    }
  }

  /** Starts a workflow, or finds it running. */
  start({ workflowId, workflowType, input }: Start): { readonly runId: string; readonly isNew: boolean } {
    const before = this.#executions.get(workflowId);
    if (before !== undefined && !before.run.isOver) return { runId: before.run.runId, isNew: false };
    const execution: Execution = before ?? { workflowId, runs: 0, run: undefined as never, revision: 0 };
    this.#executions.set(workflowId, execution);
    this.say(() => `${workflowId} starts`);
    this.#begin(execution, workflowType, undefined, [asPayload(input)], {});
    return { runId: execution.run.runId, isNew: true };
  }

  #begin(execution: Execution, type: string, firstRunId: string | undefined, args: unknown, memo: object): void {
    execution.runs += 1;
    const runId = `${execution.workflowId}#${String(execution.runs)}`;
    execution.run = {
      runId,
      firstRunId: firstRunId ?? runId,
      workflowType: type,
      startTime: Math.floor(this.now),
      told: [],
      sandboxed: undefined,
      events: 1,
      inbox: [
        {
          variant: 'initializeWorkflow',
          initializeWorkflow: { workflowType: type, arguments: args, memo: { fields: memo } },
        },
      ],
      isOver: false,
      hasTask: false,
      timers: new Set(),
      activities: new Map(),
      updates: new Map(),
    };
    this.#wantTask(execution);
  }

  /** Ends a workflow without a last act (T12). */
  terminate(workflowId: string): void {
    const execution = this.#executions.get(workflowId);
    if (execution === undefined || execution.run.isOver) return;
    this.note(`terminate ${workflowId}`);
    this.say(() => `${workflowId} is terminated`);
    this.#close(execution.run);
  }

  /** All workers are killed: what workflows were in their memory is begun anew from their histories. */
  killWorkers(): void {
    this.note('kill');
    this.say(() => 'all workers are killed');
    for (const { run } of this.#executions.values()) run.sandboxed = undefined;
  }

  #close(run: Run): void {
    run.isOver = true;
    const open = [...run.updates.values()].filter(({ outcome }) => outcome === undefined);
    run.updates.clear();
    run.inbox = [];
    run.timers.clear();
    run.activities.clear();
    for (const update of open) for (const tell of update.callers) tell({ kind: 'later' });
  }

  /** A signal arrives. @returns false when nobody of that name is running */
  signal(workflowId: string, name: string, args: readonly unknown[]): boolean {
    const execution = this.#executions.get(workflowId);
    if (execution === undefined || execution.run.isOver) return false;
    this.#put(execution, {
      variant: 'signalWorkflow',
      signalWorkflow: { signalName: name, input: args.map(asPayload) },
    });
    this.onSignal(workflowId, name, args);
    return true;
  }

  /** An update arrives. The same id again, within one run, gets the same answer. */
  update(workflowId: string, name: string, id: string, message: unknown, answer: (answer: Answer) => void): void {
    const execution = this.#executions.get(workflowId);
    if (execution === undefined || execution.run.isOver) {
      answer({ kind: 'gone' });
      return;
    }
    const { run } = execution;
    const known = run.updates.get(id);
    if (known?.outcome !== undefined) answer(known.outcome);
    else if (known !== undefined) known.callers.push(answer);
    else {
      const inFlight = [...run.updates.values()].filter(({ outcome }) => outcome === undefined).length;
      if (inFlight >= UPDATES_MAX) {
        answer({ kind: 'later' });
        return;
      }
      run.updates.set(id, { id, callers: [answer] });
      const input = [asPayload(message)];
      const doUpdate = { id, protocolInstanceId: id, name, input, headers: {}, runValidator: true };
      this.#put(execution, { variant: 'doUpdate', doUpdate });
    }
  }

  /** A keep-alive of an activity. @returns false when there is none of that id */
  heartbeat(workflowId: string, activityId: string): boolean {
    const run = this.#executions.get(workflowId)?.run;
    const activity = run === undefined ? undefined : [...run.activities.values()].find(({ id }) => id === activityId);
    if (activity === undefined) return false;
    activity.beatAt = this.now;
    return true;
  }

  #put(execution: Execution, job: Job): void {
    execution.run.inbox.push(job);
    this.#wantTask(execution);
  }

  #wantTask(execution: Execution): void {
    const { run } = execution;
    if (run.hasTask || run.isOver) return;
    run.hasTask = true;
    const name = `task ${run.runId} ${String(run.told.length)}`;
    const wait = this.#faults.latency(name);
    this.at(this.now + wait, name, () => {
      run.hasTask = false;
      if (!run.isOver && run.inbox.length > 0) this.#task(execution, run);
    });
  }

  #revived({ workflowId }: Execution, run: Run): SandboxedRun {
    if (run.sandboxed !== undefined) return run.sandboxed;
    const { runId, firstRunId, workflowType, startTime } = run;
    const randomness = [...runId].map((letter) => letter.charCodeAt(0));
    const sandboxed = this.#sandbox.begin({ workflowId, runId, firstRunId, workflowType, startTime, randomness });
    run.sandboxed = sandboxed;
    for (const [at, { wants, ...activation }] of run.told.entries()) {
      if (wantsOf(sandboxed.activate(activation)) !== wants) {
        throw new Broken(
          `${workflowId} goes another way when its task ${String(at + 1)} is replayed: it is not deterministic`,
        );
      }
    }
    if (run.told.length > 0) this.replays += 1;
    return sandboxed;
  }

  #task(execution: Execution, run: Run): void {
    const { workflowId } = execution;
    const order = (variant: string): number => ORDER[variant] ?? 3;
    const jobs = run.inbox.toSorted((a, b) => order(a.variant) - order(b.variant));
    run.inbox = [];
    const isFirst = jobs[0]?.variant === 'initializeWorkflow';
    // The first task holds the start, signals and updates only; nothing else can have come.
    run.events += 3 + jobs.length;
    this.tasks += 1;
    this.say(() => `${workflowId} ${isFirst ? 'begins' : 'takes'} ${jobs.map(jobText).join(', ')}`);
    let commands: readonly Command[];
    const activation = { now: Math.floor(this.now), events: run.events, jobs };
    try {
      commands = this.#revived(execution, run).activate(activation);
      delete execution.before;
    } catch (error) {
      if (error instanceof Broken) throw error;
      throw new Broken(`a workflow task of ${workflowId} fails: ${(error as Error).message}`);
    }
    const wants = wantsOf(commands);
    run.told.push({ ...activation, wants });
    this.note(`${run.runId} ${String(activation.now)} ${String(wants)}`);
    run.events += commands.length;
    execution.revision += 1;
    for (const command of commands) this.#obey(execution, run, command);
    this.afterTask(workflowId);
  }

  #obey(execution: Execution, run: Run, command: Command): void {
    for (const [name, what] of Object.entries(command)) {
      if (what === undefined || what === null) continue;
      OBEY[name]?.(this, execution, run, what as Record<string, unknown>);
    }
  }

  /** @internal */
  readonly obeying = {
    timer: (execution: Execution, run: Run, seq: number, ms: number): void => {
      run.timers.add(seq);
      const name = `timer ${run.runId} ${String(seq)}`;
      this.at(this.now + ms + this.#faults.lateness(name), name, () => {
        if (run.timers.delete(seq)) this.#put(execution, { variant: 'fireTimer', fireTimer: { seq } });
      });
    },
    signal: (execution: Execution, run: Run, what: Record<string, unknown>): void => {
      const { seq, signalName, workflowExecution, args } = what as {
        readonly seq: number;
        readonly signalName: string;
        readonly workflowExecution: { readonly workflowId: string };
        readonly args?: readonly unknown[];
      };
      const to = workflowExecution.workflowId;
      const name = `signal ${run.runId} ${String(seq)}`;
      const values = (args ?? []).map(fromPayload);
      this.at(this.now + this.#faults.latency(name), name, () => {
        const isTaken = this.signal(to, signalName, values);
        this.say(
          () => `${execution.workflowId} signals ${signalName} to ${to}${isTaken ? '' : ', which is not there'}`,
        );
        if (isTaken && this.#faults.isDuplicated(name)) {
          this.at(this.now + this.#faults.latency(`${name} again`), `${name} again`, () => {
            this.say(() => `${signalName} comes to ${to} a second time`);
            this.signal(to, signalName, values);
          });
        }
        this.at(this.now + this.#faults.latency(`${name} back`), `${name} back`, () => {
          if (run.isOver) return;
          const failure = { message: `there is no ${to}`, serverFailureInfo: {} };
          this.#put(execution, {
            variant: 'resolveSignalExternalWorkflow',
            resolveSignalExternalWorkflow: { seq, ...(isTaken ? {} : { failure }) },
          });
        });
      });
    },
    child: (execution: Execution, run: Run, what: Record<string, unknown>): void => {
      const { seq, workflowId, workflowType, input } = what as {
        readonly seq: number;
        readonly workflowId: string;
        readonly workflowType: string;
        readonly input: readonly unknown[];
      };
      const name = `child ${run.runId} ${String(seq)}`;
      this.at(this.now + this.#faults.latency(name), name, () => {
        const { isNew, runId } = this.start({ workflowId, workflowType, input: fromPayload(input[0]) as EntityInput });
        if (run.isOver) return;
        const outcome = isNew ? { succeeded: { runId } } : { failed: { cause: 1, workflowId, workflowType } };
        this.#put(execution, {
          variant: 'resolveChildWorkflowExecutionStart',
          resolveChildWorkflowExecutionStart: { seq, ...outcome },
        });
      });
    },
    activity: (execution: Execution, run: Run, what: Record<string, unknown>): void => {
      const {
        seq,
        activityId,
        activityType,
        arguments: args,
        heartbeatTimeout,
      } = what as {
        readonly seq: number;
        readonly activityId: string;
        readonly activityType: string;
        readonly arguments?: readonly unknown[];
        readonly heartbeatTimeout?: unknown;
      };
      const { maximumAttempts = 0 } = (what['retryPolicy'] ?? {}) as { readonly maximumAttempts?: number };
      const { workflowId } = execution;
      const heartbeatMs = milliseconds(heartbeatTimeout);
      const activity: Activity = { seq, id: activityId, heartbeatMs, beatAt: this.now };
      run.activities.set(seq, activity);
      const isWanted = (): boolean => run.activities.get(seq) === activity;
      const attempt = (number: number): void => {
        const name = `activity ${run.runId} ${String(seq)} ${String(number)}`;
        this.at(this.now + this.#faults.latency(name), name, () => {
          if (!isWanted()) return;
          activity.beatAt = this.now;
          let isOver = false;
          const task = { workflowId, type: activityType, id: activityId, attempt: number, heartbeatMs, isWanted };
          this.#activities({ ...task, args: (args ?? []).map(fromPayload) }, (ended) => {
            if (isOver) return;
            isOver = true;
            const isLost = this.#faults.isLost(`${name} outcome`);
            if (isLost) this.say(() => `the outcome of ${activityType} of ${workflowId} is lost: it is tried again`);
            this.at(this.now + this.#faults.latency(`${name} back`), `${name} back`, () => {
              if (!isWanted()) return;
              if (ended.kind === 'later' || isLost) {
                const isLast = maximumAttempts > 0 && number >= maximumAttempts;
                const afterMs = ended.kind === 'later' ? ended.afterMs : LATER_MS;
                if (!isLast) this.at(this.now + afterMs, `${name} retry`, () => attempt(number + 1));
                else
                  this.#resolve(execution, run, activity, {
                    kind: 'failed',
                    code: 'timeout',
                    message: 'tried in vain',
                  });
              } else this.#resolve(execution, run, activity, ended);
            });
          });
        });
      };
      attempt(1);
      if (heartbeatMs !== undefined && activityType === 'holdLease') this.#watch(execution, run, activity, heartbeatMs);
    },
    cancelled: (execution: Execution, run: Run, seq: number): void => {
      const activity = run.activities.get(seq);
      if (activity === undefined) return;
      run.activities.delete(seq);
      const failure = { message: 'cancelled', canceledFailureInfo: {} };
      this.#put(execution, {
        variant: 'resolveActivity',
        resolveActivity: { seq, result: { cancelled: { failure } } },
      });
    },
    answered: (run: Run, what: Record<string, unknown>): void => {
      const { protocolInstanceId, rejected, completed } = what as {
        readonly protocolInstanceId: string;
        readonly rejected?: unknown;
        readonly completed?: unknown;
      };
      const update = run.updates.get(protocolInstanceId);
      if (update === undefined) return;
      if (rejected !== undefined && rejected !== null)
        update.outcome = { kind: 'refused', refusal: refusalIn(rejected) };
      else if (completed !== undefined && completed !== null)
        update.outcome = { kind: 'done', value: fromPayload(completed) };
      else return;
      for (const tell of update.callers.splice(0)) tell(update.outcome);
    },
    renewed: (execution: Execution, run: Run, what: Record<string, unknown>): void => {
      const {
        workflowType,
        arguments: args,
        memo,
      } = what as {
        readonly workflowType?: string;
        readonly arguments: unknown;
        readonly memo?: object;
      };
      const left = run.inbox.filter(({ variant }) => variant === 'signalWorkflow');
      this.#close(run);
      this.renewals += 1;
      this.say(() => `${execution.workflowId} renews itself`);
      const type = workflowType === undefined || workflowType === '' ? run.workflowType : workflowType;
      this.#begin(execution, type, run.firstRunId, args, memo ?? {});
      execution.before = run;
      execution.run.inbox.push(...left);
    },
    ended: (execution: Execution, run: Run, failure: unknown): void => {
      const message = failure === undefined ? undefined : ((failure as { readonly message?: string }).message ?? '');
      this.say(() => `${execution.workflowId} ${message === undefined ? 'ends' : `fails: ${message}`}`);
      this.#close(run);
      if (message !== undefined) this.onFailure(execution.workflowId, message);
    },
  };

  #resolve(execution: Execution, run: Run, { seq }: Activity, ended: Exclude<Ended, { readonly kind: 'later' }>): void {
    run.activities.delete(seq);
    const result =
      ended.kind === 'done'
        ? { completed: { result: asPayload(ended.value) } }
        : { failed: { failure: activityFailure(ended) } };
    this.#put(execution, { variant: 'resolveActivity', resolveActivity: { seq, result } });
  }

  /** An activity whose heartbeats are missing times out. */
  #watch(execution: Execution, run: Run, activity: Activity, heartbeatMs: number): void {
    const name = `lease ${run.runId} ${String(activity.seq)} ${String(activity.beatAt)}`;
    this.at(activity.beatAt + heartbeatMs + this.#faults.lateness(name), name, () => {
      if (run.activities.get(activity.seq) !== activity) return;
      if (this.now < activity.beatAt + heartbeatMs) this.#watch(execution, run, activity, heartbeatMs);
      else {
        this.say(() => `the lease of ${execution.workflowId} expires`);
        this.#resolve(execution, run, activity, { kind: 'failed', code: 'timeout', message: 'no heartbeat' });
      }
    });
  }

  /** Takes something into the trace. */
  note(text: string): void {
    this.trace = mixed(text, this.trace);
  }
}

/** The order in which one task is worked off (T13). */
const ORDER: Readonly<Record<string, number>> = { initializeWorkflow: 0, signalWorkflow: 1, doUpdate: 2 };

const OBEY: Readonly<
  Record<string, (server: Server, execution: Execution, run: Run, what: Record<string, unknown>) => void>
> = {
  startTimer: ({ obeying }, execution, run, { seq, startToFireTimeout }) => {
    obeying.timer(execution, run, seq as number, milliseconds(startToFireTimeout) ?? 1);
  },
  cancelTimer: (_server, _execution, run, { seq }) => {
    run.timers.delete(seq as number);
  },
  signalExternalWorkflowExecution: ({ obeying }, execution, run, what) => {
    obeying.signal(execution, run, what);
  },
  startChildWorkflowExecution: ({ obeying }, execution, run, what) => {
    obeying.child(execution, run, what);
  },
  scheduleActivity: ({ obeying }, execution, run, what) => {
    obeying.activity(execution, run, what);
  },
  requestCancelActivity: ({ obeying }, execution, run, { seq }) => {
    obeying.cancelled(execution, run, seq as number);
  },
  updateResponse: ({ obeying }, _execution, run, what) => {
    obeying.answered(run, what);
  },
  continueAsNewWorkflowExecution: ({ obeying }, execution, run, what) => {
    obeying.renewed(execution, run, what);
  },
  completeWorkflowExecution: ({ obeying }, execution, run) => {
    obeying.ended(execution, run, undefined);
  },
  failWorkflowExecution: ({ obeying }, execution, run, { failure }) => {
    obeying.ended(execution, run, failure);
  },
};

function activityFailure({ code, message, details }: Extract<Ended, { readonly kind: 'failed' }>): object {
  const applicationFailureInfo = {
    type: code,
    nonRetryable: true,
    details: { payloads: details === undefined ? [] : [asPayload(details)] },
  };
  return {
    message: 'activity failed',
    activityFailureInfo: { activityType: { name: 'activity' }, activityId: 'activity', retryState: 0 },
    cause: { message, applicationFailureInfo },
  };
}

/** What commands say, as a number: their names, and the texts and numbers in them; no stack traces, which differ from run to run. */
function wantsOf(commands: readonly Command[]): number {
  let said = commands.length;
  const take = (value: unknown, depth: number): void => {
    if (typeof value === 'string') said = mixed(value, said);
    else if (typeof value === 'number') said = Math.imul(said ^ value, 0x01000193) >>> 0;
    else if (typeof value === 'object' && value !== null && depth > 0) {
      for (const [name, inner] of Object.entries(value)) if (name !== 'stackTrace') take(inner, depth - 1);
    }
  };
  for (const command of commands) {
    for (const [name, what] of Object.entries(command)) {
      said = mixed(name, said);
      take(what, 4);
    }
  }
  return said;
}

function jobText(job: Job): string {
  const what = job[job.variant] as Readonly<Record<string, unknown>>;
  switch (job.variant) {
    case 'signalWorkflow':
    case 'doUpdate': {
      const [payload] = what['input'] as readonly unknown[];
      const { id, args } = (fromPayload(payload) ?? {}) as { readonly id?: string; readonly args?: unknown };
      const name = String(what['signalName'] ?? what['name']);
      return `${name} ${String(id)} ${JSON.stringify(args ?? null)}`.slice(0, 200);
    }
    case 'resolveActivity':
      return 'the outcome of an activity';
    case 'fireTimer':
      return 'a timer';
    case 'initializeWorkflow':
      return 'its start';
    default:
      return 'the outcome of a call';
  }
}
