import { CancellationScope, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import {
  DEFAULT_LIMITS,
  KEPT_DEAD_LETTERS,
  KEPT_DEAD_LETTER_BYTES,
  MAILBOX_BYTES,
  REMEMBERED_REPLY_BYTES,
  REMEMBERED_REQUESTS,
  startedSignal,
  type Beginning,
  type DeadLetter,
  type Effect,
  type EntityCounts,
  type EntityInput,
  type EntityLimits,
  type EntityStatus,
  type ExitReason,
  type Generation,
  type Kept,
  type LifeState,
  type Message,
  type Reply,
  type Snapshot,
  type StartReport,
} from '../../src/contracts/entity';
import { refuse, type Refusal } from '../../src/contracts/errors';
import { MAX_TAKEN_IN_BYTES } from '../../src/contracts/supervisor';
import { stampRefusal } from '../../src/domain/causality/entity-clock';
import {
  countMessage,
  deadLetter,
  fileDeadLetter,
  jsonBytes,
  requestMemory,
  type RateWindow,
  type RequestMemory,
} from '../../src/domain/mailbox';
import type { Answer, Context, EntityDefinition, Send, Step, StepWatch } from './decider';
import { counted } from '../../src/domain/words';
import { createMailbox, type Asked, type Job, type Mailbox } from './mailbox';
import { createOutbox, type Outbox } from './outbox';
import { heardIn, withStamp } from './stamps';
import { showInTemporal, summaryOf } from './visibility';

/** One thing to be done in its turn: a message, the outcome of an effect, a wake-up, the last act. */
interface Work<S> {
  readonly message: Message;
  take(context: Context): Step<S> | Promise<Step<S>>;
  done(step: Step<S>): void;
  refused(refusal: Refusal): void;
  readonly job?: Job;
}

interface Running<S> {
  readonly work: Work<S>;
  interrupted: boolean;
  readonly listeners: (() => void)[];
}

/** What a step is about, for people: the message as its sender named it, who sent it, its id. */
function titleOf({ job, message }: Work<unknown>): string {
  if (job === undefined) return message.id;
  const { name } = (message.args ?? {}) as { readonly name?: unknown };
  const what = typeof name === 'string' ? `${job.name} **${name}**` : `**${job.name}**`;
  return `${what}${message.sender === undefined ? '' : ` from ${message.sender}`} (${message.id})`;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Which incarnation a run belongs to. What goes on after its end is a chain of runs of its own, and the same incarnation. */
export function generationNumber({ snapshot }: Pick<EntityInput, 'snapshot'>): number {
  return snapshot?.generation.number ?? workflowInfo().startTime.getTime();
}

/**
 * The inside of one run of an entity: its state, its mailbox and the one step that is being taken. Everything that needs
 * no waiting is done inside the handler of the message that asked for it, so an ask on an idle entity costs one task.
 */
export class Shell<Init, S> {
  readonly limits: EntityLimits;
  readonly generation: Generation;
  readonly mailbox: Mailbox;
  readonly memory: RequestMemory;
  readonly outbox: Outbox;
  readonly counts: Mutable<EntityCounts>;
  life: LifeState = 'starting';
  rate: RateWindow;
  reason: ExitReason | undefined;
  /** The next run has all: what this task still brings happens there again, and must not happen here. */
  isRenewed = false;
  /** Somebody asked for a renewal: after a deploy. */
  isRenewalWanted = false;
  /** The last act is done: the workflow may return. */
  isOver = false;
  outcome: unknown = undefined;
  deadLetters: readonly DeadLetter[];
  readonly pending = new Map<string, Asked>();
  /** Commands that a later step answers. */
  private readonly deferred = new Map<string, Work<S>>();
  private hasToldStart: boolean;
  private state: S | undefined;
  private isReady = false;
  private running: Running<S> | undefined;
  private readonly urgent: Work<S>[] = [];
  private readonly effects = new Map<string, Effect>();
  private sends = 0;
  private sendOutcomes = 0;
  private isPumping = false;
  private isStuck = false;
  private hasTerminated = false;
  private isEnding = false;
  private status = '';
  private wakeup: { readonly at: number; readonly scope: CancellationScope } | undefined;

  readonly definition: EntityDefinition<Init, S>;
  readonly input: EntityInput<Init, S>;

  constructor(definition: EntityDefinition<Init, S>, input: EntityInput<Init, S>) {
    this.definition = definition;
    this.input = input;
    const carried: Partial<Snapshot<S>> = input.snapshot ?? {};
    const info = workflowInfo();
    this.limits = { ...DEFAULT_LIMITS, ...definition.limits, ...input.limits };
    this.generation = { firstRunId: info.firstExecutionRunId, number: generationNumber(input) };
    this.mailbox = createMailbox(carried.mailbox ?? [], this.limits.mailboxMessages, MAILBOX_BYTES);
    this.memory = requestMemory(carried.remembered ?? [], REMEMBERED_REQUESTS, REMEMBERED_REPLY_BYTES);
    this.counts = { ...(carried.counts ?? { accepted: 0, repeated: 0, refused: 0, deadLetters: 0, renewals: 0 }) };
    this.deadLetters = carried.deadLetters ?? [];
    this.rate = carried.rate ?? { start: 0, count: 0 };
    this.hasToldStart = input.snapshot !== undefined && definition.isReady?.(input.snapshot.state) !== false;
    const { outbox = [], sequence = 0, clock } = carried;
    this.outbox = createOutbox(input, this.generation, { outbox, sequence, clock }, () => {
      this.pump();
    });
  }

  get current(): S | undefined {
    return this.state;
  }
  get isBusy(): boolean {
    return this.running !== undefined;
  }
  /** Somebody waits for an answer: a step runs, or a command is deferred. */
  get owesAnswer(): boolean {
    return this.running !== undefined || this.deferred.size > 0;
  }
  get runningJob(): Job | undefined {
    return this.running?.work.job;
  }
  get isStopping(): boolean {
    return this.isEnding && this.reason !== undefined;
  }

  /** The first state, or the one that was carried over. A refusal of the definition comes back; nothing else was done then. */
  begin(): Refusal | undefined {
    const { snapshot } = this.input;
    if (snapshot !== undefined) {
      this.state = this.lift(snapshot);
      this.isReady = true;
      this.life = 'running';
      this.status = this.definition.describe(this.state).status;
      for (const effect of snapshot.effects) this.perform(effect);
      const { resume } = this.definition;
      if (resume !== undefined) this.urge('resume', (context) => resume(this.known(), context));
      this.pump();
      return undefined;
    }
    let refusal: Refusal | undefined;
    const { stamp } = this.input;
    this.run({
      message: { id: 'create', args: null, ...(stamp === undefined ? {} : { stamp }) },
      take: (context) => this.definition.create(this.input.init, context),
      done: () => {
        this.isReady = true;
        this.life = 'running';
      },
      refused: (why) => {
        refusal = why;
        this.fail(why);
      },
    });
    if (refusal === undefined) this.pump();
    if (!this.isReady) showInTemporal(this.input, this.life, `**${this.input.name}** is starting`);
    return refusal;
  }

  /** The start is over: what the owner waits for. */
  get hasStarted(): boolean {
    const { state, definition } = this;
    return this.isReady && state !== undefined && (definition.isReady?.(state) ?? true);
  }

  private lift(snapshot: Snapshot<S>): S {
    let state: unknown = snapshot.state;
    for (let version = snapshot.schema; version < this.definition.schema; version++) {
      state = this.definition.upcast[version]?.(state) ?? state;
    }
    return state as S;
  }

  private known(): S {
    return this.state as S;
  }

  /** Takes waiting work, one at a time, until something has to be waited for. */
  pump(): void {
    if (this.isPumping || this.isRenewed) return;
    this.isPumping = true;
    while (this.running === undefined && this.isReady && !this.isOver) {
      const work = this.urgent.shift() ?? this.nextMessage() ?? this.beginning();
      if (work === undefined) break;
      this.run(work);
    }
    this.isPumping = false;
    this.settleDown();
  }

  private nextMessage(): Work<S> | undefined {
    if (this.outbox.full || this.hasTerminated) return undefined;
    // What waits goes along into the next run: an agent that is never idle would never renew itself otherwise.
    if (this.isRenewalDue() && this.canRenew) return undefined;
    const job = this.mailbox.next();
    return job === undefined ? undefined : this.workOf(job);
  }

  /** What the definition wants to begin, now that nothing waits. */
  private beginning(): Work<S> | undefined {
    const { begin } = this.definition;
    if (begin === undefined || this.isStuck || this.isEnding || this.outbox.full || this.isRenewalDue())
      return undefined;
    const work = this.workFor('begin', () => ({ state: this.known() }));
    const step = begin(this.known(), this.context(work.message, { interrupted: false, listeners: [] }));
    if (step === undefined) return undefined;
    const refused = (refusal: Refusal): void => {
      // It would be refused again and again: nothing more is begun until something else has changed the state.
      this.isStuck = true;
      work.refused(refusal);
    };
    return { ...work, take: () => step, refused };
  }

  private workOf(job: Job): Work<S> {
    const { message, name, via } = job;
    return {
      message,
      job,
      take: (context) => this.takeMessage(job, context),
      done: (step) => {
        if (step.deferred === true && via === 'command') {
          this.deferred.set(message.id, this.workOf(job));
          return;
        }
        this.counts.accepted += 1;
        const value = step.reply === undefined ? null : step.reply;
        const known = message.fingerprint === undefined ? {} : { fingerprint: message.fingerprint };
        this.memory.add({ id: message.id, ...known, ...(via === 'command' ? { reply: value } : {}) });
        job.settle?.({ ok: true, reply: value });
      },
      refused: (refusal) => {
        if (via === 'notice') this.bury(name, refusal, message);
        else this.counts.refused += 1;
        job.settle?.({ ok: false, refusal });
      },
    };
  }

  private takeMessage(job: Job, context: Context): Step<S> | Promise<Step<S>> {
    const { message, name, via } = job;
    const state = this.known();
    const handlers = via === 'command' ? this.definition.commands : this.definition.notices;
    const handler = handlers[name];
    if (handler === undefined) return { state, refusal: refuse('unknown-message', `there is no message "${name}"`) };
    if (message.deadline !== undefined && Date.parse(message.deadline) < context.now) {
      return { state, refusal: refuse('timeout', `the turn of ${message.id} came after its deadline`) };
    }
    const parsed = handler.parse(message.args);
    if (!parsed.ok) return { state, refusal: parsed.refusal };
    const refusal = handler.admit?.(state, parsed.args as never);
    return refusal === undefined ? handler.decide(state, parsed.args as never, context) : { state, refusal };
  }

  private run(work: Work<S>): void {
    const running: Running<S> = { work, interrupted: false, listeners: [] };
    let result: Step<S> | Promise<Step<S>>;
    this.outbox.hear(work.message.stamp);
    try {
      result = work.take(this.context(work.message, running));
    } catch (error) {
      this.thrown(work, error);
      return;
    }
    if (!isPromise(result)) {
      this.commit(work, result);
      return;
    }
    this.running = running;
    void result.then(
      (step) => {
        this.finish(running, () => {
          this.commit(work, step);
        });
      },
      (error: unknown) => {
        this.finish(running, () => {
          this.thrown(work, error);
        });
      },
    );
  }

  private finish(running: Running<S>, act: () => void): void {
    if (running.interrupted) return;
    this.running = undefined;
    act();
    this.pump();
  }

  /** Gives the running step up: its outcome is no longer wanted, the state is as before it. */
  interrupt(refusal: Refusal | undefined): void {
    const running = this.running;
    if (running === undefined) return;
    running.interrupted = true;
    this.running = undefined;
    for (const listener of running.listeners) listener();
    if (refusal !== undefined) running.work.refused(refusal);
  }

  private context(message: Message, running: Pick<Running<S>, 'interrupted' | 'listeners'>): Context {
    const info = workflowInfo();
    const step: StepWatch = {
      get interrupted() {
        return running.interrupted;
      },
      onInterrupt: (act) => {
        running.listeners.push(act);
      },
    };
    return {
      now: Date.now(),
      workflowId: info.workflowId,
      space: this.input.space,
      name: this.input.name,
      generation: this.generation,
      messageId: message.id,
      ...(message.sender === undefined ? {} : { sender: message.sender }),
      ...(message.causationId === undefined ? {} : { causationId: message.causationId }),
      ...(message.correlationId === undefined ? {} : { correlationId: message.correlationId }),
      chain: message.chain ?? [],
      step,
      renewing: this.isRenewalDue(),
      stamp: () => this.outbox.stamp(),
      hear: (stamp) => {
        this.outbox.hear(stamp);
      },
    };
  }

  private commit(work: Work<S>, step: Step<S>): void {
    const refusal = step.refusal ?? this.sizeProblem(step.state);
    if (refusal !== undefined) {
      work.refused(refusal);
      this.failOn(refusal);
      return;
    }
    if (step.state !== this.state) {
      this.state = step.state;
      this.isStuck = false;
    }
    if (work.message.id === 'create' && !this.isReady) this.announceStart();
    const { correlationId } = work.message;
    const ids = { causationId: work.message.id, ...(correlationId === undefined ? {} : { correlationId }) };
    if (step.events !== undefined) this.outbox.push(step.events, ids, step.gathers);
    work.done(step);
    for (const answer of step.answers ?? []) this.answer(answer);
    for (const effect of step.effects ?? []) this.perform(effect);
    const since = Date.now();
    for (const { name, message } of step.notices ?? []) this.mailbox.put({ via: 'notice', name, message, since });
    for (const send of step.sends ?? []) void this.send(send);
  }

  private sizeProblem(state: S): Refusal | undefined {
    if (state === this.state) return undefined;
    const bytes = this.definition.bytesOf?.(state) ?? jsonBytes(state);
    if (bytes !== undefined && bytes <= this.limits.stateBytes) return undefined;
    const got = bytes === undefined ? 'something that is not JSON' : String(bytes);
    return refuse('state-too-large', `a state has at most ${String(this.limits.stateBytes)} bytes; got ${got}`);
  }

  /** Ends the entity when its definition says that such a refusal is the end of it. */
  failOn(refusal: Refusal): void {
    if (this.isReady && !this.isEnding && this.definition.fatal?.includes(refusal.code) === true) this.fail(refusal);
  }

  /** Answers a command that was deferred. */
  private answer({ messageId, reply, refusal }: Answer): void {
    const work = this.deferred.get(messageId);
    this.deferred.delete(messageId);
    if (refusal === undefined) work?.done({ state: this.known(), reply });
    else work?.refused(refusal);
  }

  private announceStart(): void {
    const { status, markdown } = this.definition.describe(this.known());
    this.status = status;
    const { type } = (this.input.init ?? {}) as { readonly type?: unknown };
    const { firstRunId } = this.generation;
    const { owner, queue } = this.input;
    const more = { ...(typeof type === 'string' ? { type } : {}), ...(queue === undefined ? {} : { queue }) };
    const data = { ...more, owner, firstRunId };
    const started = { type: 'entity.started', data: { ...data, summary: summaryOf(markdown) } };
    this.outbox.push([started], {}, this.definition.isPart);
  }

  private thrown(work: Work<S>, error: unknown): void {
    const { failure } = this.definition;
    if (failure === undefined) throw error;
    const refusal = failure(error);
    if (work.job !== undefined) work.refused(refusal);
    this.fail(refusal);
  }

  private fail(refusal: Refusal): void {
    this.reason = { kind: 'failed', refusal };
    this.isEnding = true;
    this.hasTerminated = true;
    this.isReady = true;
    for (const job of this.mailbox.clear()) this.workOf(job).refused(refuse('stopped', 'the receiver has failed'));
    this.urgent.length = 0;
  }

  /** Ends the entity in order: no new commands, what waits is done, then the last act. */
  stop(reason: ExitReason): void {
    if (this.isEnding) return;
    const { stop } = this.definition;
    if (stop !== undefined) {
      this.urge('stop', (context) => stop(this.known(), reason, context));
      this.pump();
      return;
    }
    this.reason = reason;
    this.isEnding = true;
    this.life = 'draining';
    this.outbox.push([{ type: 'entity.statusChanged', data: { status: 'draining', summary: 'draining' } }], {});
    this.pump();
  }

  /** Files a message that could not take effect. */
  bury(name: string, refusal: Refusal, message: Message): void {
    if (!this.isOver && stampRefusal(message.stamp, Date.now()) === undefined) this.outbox.hear(message.stamp);
    this.counts.deadLetters += 1;
    const number = this.counts.deadLetters;
    const at = new Date(Date.now()).toISOString();
    const letter = deadLetter(number, at, name, refusal, message, this.limits.messageBytes);
    this.deadLetters = fileDeadLetter(this.deadLetters, letter, KEPT_DEAD_LETTERS, KEPT_DEAD_LETTER_BYTES);
    const answer = this.definition.unheard?.(name, message, refusal);
    if (answer !== undefined) void this.send(answer);
    if (this.outbox.full || this.isOver) return;
    const data = { number, name, code: refusal.code, message: refusal.message.slice(0, 500) };
    this.outbox.push([{ type: 'entity.deadLettered', data }], { causationId: message.id });
  }

  /** Counts a message for the rate. */
  count(): void {
    this.rate = countMessage(this.rate, Date.now());
  }

  private urge(id: string, take: Work<S>['take']): void {
    this.urgent.push(this.workFor(id, take));
  }

  private workFor(id: string, take: Work<S>['take']): Work<S> {
    return {
      message: { id, args: null },
      take,
      done: () => undefined,
      refused: (refusal) => {
        this.bury(id, refusal, { id, args: null });
      },
    };
  }

  private perform(effect: Effect): void {
    const handler = this.definition.effects[effect.kind];
    if (handler === undefined || this.effects.has(effect.id)) return;
    this.effects.set(effect.id, effect);
    void CancellationScope.nonCancellable(() =>
      handler.perform(effect, this.input as EntityInput, this.outbox.stamp()),
    ).then((outcome) => {
      this.urge(effect.id, (context) => {
        this.effects.delete(effect.id);
        this.outbox.hear(heardIn(outcome));
        return handler.settle(this.known(), effect, outcome, context);
      });
      this.pump();
    });
  }

  private async send({ to, signal, args, outcome }: Send): Promise<void> {
    this.sends += 1;
    let taken = true;
    const stamp = this.outbox.stamp();
    try {
      await CancellationScope.nonCancellable(() =>
        getExternalWorkflowHandle(to).signal(signal, ...withStamp(args, stamp)),
      );
    } catch {
      // the receiver is not there: a tell promises no more than that the server took it
      taken = false;
    }
    this.sends -= 1;
    if (outcome !== undefined) {
      this.sendOutcomes += 1;
      const id = `${outcome}/${workflowInfo().runId}/${String(this.sendOutcomes)}`;
      this.mailbox.put({ via: 'notice', name: outcome, message: { id, args: { to, taken } }, since: Date.now() });
    }
    this.pump();
  }

  private tellOwner(signal: string, report: object): void {
    if (this.definition.isPart === true) return;
    const { owner, supervised } = this.input;
    const child = { child: workflowInfo().workflowId, generation: this.generation };
    const more = supervised === undefined ? {} : { supervised };
    void this.send({ to: owner, signal, args: [{ ...child, ...more, ...report }] });
  }

  /** A supervisor learns of what it has started itself by the start's answer. */
  private tellStart(): void {
    if (this.hasToldStart || !this.hasStarted) return;
    this.hasToldStart = true;
    const { owner, supervised } = this.input;
    if (supervised !== undefined || this.definition.isPart === true) return;
    void this.send({ to: owner, signal: startedSignal.name, args: [this.origin()] });
  }

  /** What the next incarnation may begin with. */
  kept(): Kept | null {
    const { keeps, schema } = this.definition;
    return keeps === undefined || this.state === undefined ? null : { schema, state: keeps(this.state) };
  }

  /** What its owner needs to take it in, and to start it again. */
  origin(): StartReport {
    const { init, limits, queue } = this.input;
    const { workflowId: child, workflowType } = workflowInfo();
    const more = { ...(limits === undefined ? {} : { limits }), ...(queue === undefined ? {} : { queue }) };
    const start: Beginning = { workflowType, init, ...more };
    const isShort = (jsonBytes(start) ?? Infinity) <= MAX_TAKEN_IN_BYTES;
    return { child, generation: this.generation, ...(isShort ? { start } : {}) };
  }

  /** After the work: show the state, set the alarm, hand events over, end if it is time. */
  private settleDown(): void {
    if (this.isReady && this.state !== undefined && !this.isOver) {
      this.tellStart();
      this.arm();
      const finished = this.isEnding ? undefined : this.definition.finished?.(this.state);
      if (finished !== undefined) {
        this.outcome = finished.outcome;
        this.isEnding = true;
        this.endReason = finished.reason;
      }
    }
    if (this.isEnding && !this.isOver) this.tryToEnd();
    if (this.isReady) this.display();
    this.outbox.kick();
  }

  private endReason: ExitReason | undefined;

  private tryToEnd(): void {
    const isDone = this.running === undefined && this.mailbox.length === 0 && this.urgent.length === 0;
    if (!this.hasTerminated) {
      if (!isDone || this.mustWaitForEffects()) return;
      this.hasTerminated = true;
      const { terminate } = this.definition;
      if (this.reason !== undefined && terminate !== undefined) {
        this.urge('terminate', (context) => terminate(this.known(), context));
        this.pump();
        return;
      }
    }
    if (this.life !== 'stopped' && this.life !== 'failed') {
      if (this.running !== undefined || this.urgent.length > 0) return;
      const reason = this.reason ?? this.endReason ?? { kind: 'normal' };
      this.reason = reason;
      this.life = reason.kind === 'failed' ? 'failed' : 'stopped';
      this.outbox.push([{ type: 'entity.ended', data: { reason } }], {});
      this.tellOwner('childExited', { reason });
      for (const send of this.definition.farewell?.(reason) ?? []) void this.send(send);
      this.wakeup?.scope.cancel();
      this.outbox.hurry();
    }
    if (this.outbox.empty && this.sends === 0) this.isOver = true;
  }

  private mustWaitForEffects(): boolean {
    for (const effect of this.effects.values()) {
      if (this.definition.effects[effect.kind]?.restartable !== true) return true;
    }
    return this.sends > 0;
  }

  private arm(): void {
    const at = this.isEnding ? undefined : this.definition.wakeAt?.(this.known());
    if (at === this.wakeup?.at) return;
    this.wakeup?.scope.cancel();
    this.wakeup = undefined;
    if (at === undefined) return;
    const scope = new CancellationScope({ cancellable: true });
    this.wakeup = { at, scope };
    void scope
      .run(() => sleep(Math.max(1, at - Date.now()), { summary: 'wake up' }))
      .then(
        () => {
          this.wakeup = undefined;
          const { wake } = this.definition;
          if (wake !== undefined) this.urge(`wake-${String(at)}`, (context) => wake(this.known(), context));
          this.pump();
        },
        () => undefined,
      );
  }

  /** The status word: the definition's own while it runs, else the state of life. */
  get word(): string {
    return this.life === 'running' ? this.status : this.life;
  }

  private display(): void {
    if (this.state === undefined) {
      showInTemporal(this.input, this.life, this.life);
      return;
    }
    const { status, markdown } = this.definition.describe(this.state);
    if (status !== this.status) {
      this.status = status;
      this.outbox.push([{ type: 'entity.statusChanged', data: { status, summary: summaryOf(markdown) } }], {});
    }
    showInTemporal(this.input, this.word, this.detailsOf(markdown));
  }

  private detailsOf(markdown: string): string {
    const lines = [markdown];
    if (this.running !== undefined) lines.push('', `Working on: ${titleOf(this.running.work)}`);
    if (this.mailbox.length > 0) lines.push('', `${counted(this.mailbox.length, 'message')} waiting in the mailbox`);
    if (this.counts.deadLetters > 0) lines.push('', `${counted(this.counts.deadLetters, 'dead letter')} so far`);
    if (this.reason?.kind === 'failed') lines.push('', `Failed: ${this.reason.refusal.message}`);
    return lines.join('\n').slice(0, 15_000);
  }

  isRenewalDue(): boolean {
    const info = workflowInfo();
    return (
      this.isRenewalWanted ||
      info.continueAsNewSuggested ||
      info.targetWorkerDeploymentVersionChanged ||
      info.historyLength > this.limits.renewAfterEvents
    );
  }

  /** True when a renewal would lose nothing: no step, no caller, no effect that cannot be begun again. */
  get canRenew(): boolean {
    return (
      this.isReady &&
      !this.isEnding &&
      this.running === undefined &&
      this.urgent.length === 0 &&
      this.mailbox.commands === 0 &&
      this.deferred.size === 0 &&
      !this.mustWaitForEffects()
    );
  }

  snapshot(): Snapshot<S> {
    return {
      schema: this.definition.schema,
      state: this.definition.carried?.(this.known()) ?? this.known(),
      generation: this.generation,
      mailbox: this.mailbox.jobs.map(({ via, name, message, since }) => ({ via, name, message, since })),
      remembered: this.memory.list(),
      outbox: this.outbox.waiting,
      sequence: this.outbox.sequence,
      clock: this.outbox.clock,
      effects: [...this.effects.values()],
      deadLetters: this.deadLetters,
      counts: { ...this.counts, renewals: this.counts.renewals + 1 },
      rate: this.rate,
    };
  }

  /** How the entity looks from outside. */
  look(): EntityStatus {
    const [oldest] = this.mailbox.jobs;
    return {
      life: this.life,
      status: this.word,
      owner: this.input.owner,
      ...(this.input.queue === undefined ? {} : { queue: this.input.queue }),
      generation: this.generation,
      mailbox: this.mailbox.length,
      ...(oldest === undefined ? {} : { waitingSince: new Date(oldest.since).toISOString() }),
      outbox: this.outbox.waiting.length,
      said: this.outbox.sequence,
      effectsInFlight: this.effects.size,
      counts: { ...this.counts },
      startedAt: new Date(this.generation.number).toISOString(),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
    };
  }

  /** The reply to a command. */
  reply(message: Pick<Message, 'id' | 'fingerprint'>, value: unknown): Reply {
    const { generation, outbox } = this;
    return { requestId: message.id, fingerprint: message.fingerprint, generation, value, stamp: outbox.stamp() };
  }
}
