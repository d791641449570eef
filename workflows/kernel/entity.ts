import {
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ASKS_MAX,
  continuationQuery,
  deadLettersQuery,
  MAILBOX_BYTES,
  exitSignal,
  keptQuery,
  originQuery,
  recollectionQuery,
  rememberedQuery,
  readyUpdate,
  renewSignal,
  replayDeadLetterUpdate,
  startedSignal,
  statusQuery,
  stopUpdate,
  type EntityInput,
  type ExitReport,
  type Message,
  type Reply,
} from '../../src/contracts/entity';
import { ERRORS, isRefusal, refuse, type Refusal } from '../../src/contracts/errors';
import { GENERATION_MEMO } from '../../src/contracts/registry';
import { mergeStamps } from '../../src/domain/causality/entity-clock';
import { isReused, rateWait } from '../../src/domain/mailbox';
import { readMessage, unreadable } from './admission';
import type { EntityDefinition } from './decider';
import { ofQuery, toFailure } from './failure';
import type { Asked, Outcome } from './mailbox';
import { isUndecodable } from './payload-converter';
import { Shell } from './shell';

const FULL_RETRY_MS = 100;
const STOP_WAIT_MS = 2_000;

/** What keeps a command out, in the order of the checks; asked by the update's validator, so it leaves no trace. */
function objection<I, S>(shell: Shell<I, S>, name: string, value: unknown): Refusal | undefined {
  const read = readMessage(value, shell.limits, Date.now());
  if (!read.ok) return read.refusal;
  const { message } = read;
  const known = shell.memory.find(message.id);
  if (known !== undefined && isReused(known, message)) return reused(message);
  if (known !== undefined || shell.pending.has(message.id)) return undefined;
  if (shell.isStopping) return refuse('stopped', `${workflowInfo().workflowId} is ${shell.life}`);
  const parsed = shell.definition.commands[name]?.parse(message.args);
  if (parsed?.ok === false) return parsed.refusal;
  return (
    crowding(shell) ??
    (shell.current !== undefined && parsed !== undefined && !shell.isBusy
      ? shell.definition.commands[name]?.admit?.(shell.current, parsed.args as never)
      : undefined)
  );
}

function reused(message: Message): Refusal {
  return refuse('idempotency-key-reused', `the id ${message.id} was used before with another request`);
}

function crowding<I, S>(shell: Shell<I, S>): Refusal | undefined {
  const wait = rateWait(shell.rate, Date.now(), shell.limits.messagesPerMinute);
  const perMinute = String(shell.limits.messagesPerMinute);
  if (wait > 0) return refuse('rate-limited', `at most ${perMinute} messages per minute`, { retryAfterMs: wait });
  const retryAfterMs = FULL_RETRY_MS;
  if (shell.outbox.full) return refuse('store-behind', 'the outbox is full', { retryAfterMs: 1_000 });
  if (shell.pending.size >= ASKS_MAX) {
    return refuse('mailbox-full', `at most ${String(ASKS_MAX)} asks are in flight at once`, { retryAfterMs });
  }
  if (shell.mailbox.isFull) {
    return refuse('mailbox-full', mailboxRule(shell), { retryAfterMs });
  }
  if (shell.isBusy && shell.definition.during === 'reject') {
    return refuse('mailbox-full', 'a step is running', { retryAfterMs });
  }
  if (shell.owesAnswer && shell.isRenewalDue()) {
    return refuse('mailbox-full', 'the receiver renews itself', { retryAfterMs, details: { renewing: true } });
  }
  return undefined;
}

/** What a request was answered, or why it is not answered again; `null` for one that is not remembered. */
function remembered<I, S>(shell: Shell<I, S>, id: string): Reply | Refusal | null {
  const known = shell.memory.find(id);
  if (known === undefined) return null;
  if (!known.kept) return refuse('reply-forgotten', `the reply to ${id} is no longer kept`);
  if (isRefusal(known.reply) && 'mabeam:refused' in known.reply) return known.reply;
  return shell.reply(known, known.reply ?? null);
}

/** What the caller of a command gets. @throws its refusal, as the failure of the update */
function answerOf<I, S>(shell: Shell<I, S>, message: Message, outcome: Outcome): Reply {
  if (!outcome.ok) throw toFailure(outcome.refusal);
  return shell.reply(message, outcome.reply);
}

/**
 * Takes a command: repeats the remembered answer, joins the same request in flight, or does it in its turn. Most are decided at
 * once, and answered without a promise: in a workflow each costs the trace of its stack.
 */
function command<I, S>(shell: Shell<I, S>, name: string, message: Message): Reply | Promise<Reply> {
  const before = remembered(shell, message.id);
  if (before !== null) {
    shell.counts.repeated += 1;
    if (isRefusal(before)) throw toFailure(before);
    return before;
  }
  let asked = shell.pending.get(message.id);
  if (asked === undefined) {
    asked = ask(shell, name, message);
    if (asked.outcome !== undefined) return answerOf(shell, message, asked.outcome);
  } else {
    shell.counts.repeated += 1;
  }
  const { callers } = asked;
  return new Promise<Outcome>((resolve) => {
    callers.push(resolve);
  }).then((outcome) => answerOf(shell, message, outcome));
}

/** Puts a command into the mailbox, and works on what is there. */
function ask<I, S>(shell: Shell<I, S>, name: string, message: Message): Asked {
  const asked: Asked = { callers: [] };
  const settle = (outcome: Outcome): void => {
    shell.pending.delete(message.id);
    if (!outcome.ok) remember(shell, message, outcome.refusal);
    asked.outcome = outcome;
    for (const tell of asked.callers) tell(outcome);
  };
  shell.count();
  interfere(shell, name);
  shell.mailbox.put({ via: 'command', name, message, since: Date.now(), settle });
  shell.pending.set(message.id, asked);
  shell.pump();
  return asked;
}

/** A refusal that would be the same again is answered again; one that may pass is forgotten. */
function remember<I, S>(shell: Shell<I, S>, message: Message, refusal: Refusal): void {
  if (ERRORS[refusal.code].retryable || refusal.code === 'interrupted') return;
  const known = message.fingerprint === undefined ? {} : { fingerprint: message.fingerprint };
  shell.memory.add({ id: message.id, ...known, reply: { ...refusal, 'mabeam:refused': true } });
}

/** A newer message takes the place of the running one, if the definition wants that. */
function interfere<I, S>(shell: Shell<I, S>, name: string): void {
  const { during } = shell.definition;
  if (shell.runningJob === undefined || (during !== 'interrupt' && during !== 'rollback')) return;
  const refusal = refuse('interrupted', `a newer message (${name}) took the turn`);
  const isForgotten = during === 'rollback' && shell.runningJob.via === 'notice';
  shell.interrupt(isForgotten ? undefined : refusal);
}

/** Takes a signal. Throws nothing: what cannot be taken becomes a dead letter with the code of the refusal. */
function notice<I, S>(shell: Shell<I, S>, name: string, value: unknown): void {
  const read = readMessage(value, shell.limits, Date.now());
  if (!read.ok) {
    shell.bury(name, read.refusal, unreadable(value, shell.counts.deadLetters + 1));
    shell.pump();
    return;
  }
  const { message } = read;
  const direct = shell.definition.direct?.[name];
  if (direct !== undefined) {
    shell.outbox.hear(message.stamp);
    direct(message);
    return;
  }
  const known = shell.memory.find(message.id);
  if (known !== undefined && isReused(known, message)) shell.bury(name, reused(message), message);
  else if (known !== undefined || isWaiting(shell, message.id)) shell.counts.repeated += 1;
  else {
    const refusal = takeNotice(shell, name, message);
    if (refusal !== undefined) {
      shell.bury(name, refusal, message);
      shell.failOn(refusal);
    }
  }
  shell.pump();
}

function isWaiting<I, S>(shell: Shell<I, S>, id: string): boolean {
  return shell.mailbox.has(id) || shell.runningJob?.message.id === id;
}

function mailboxRule<I, S>(shell: Shell<I, S>): string {
  const { mailboxMessages } = shell.limits;
  return `at most ${String(mailboxMessages)} messages and ${String(MAILBOX_BYTES)} bytes wait in the mailbox`;
}

function takeNotice<I, S>(shell: Shell<I, S>, name: string, message: Message): Refusal | undefined {
  if (shell.isStopping) return refuse('stopped', `the receiver is ${shell.life}`);
  if (shell.definition.notices[name] === undefined) {
    return refuse('unknown-message', `there is no message "${name}"`);
  }
  const wait = rateWait(shell.rate, Date.now(), shell.limits.messagesPerMinute);
  const perMinute = String(shell.limits.messagesPerMinute);
  if (wait > 0) return refuse('rate-limited', `at most ${perMinute} messages per minute`, { retryAfterMs: wait });
  const { during = 'enqueue', overload = 'reject', merge } = shell.definition;
  if (shell.isBusy && during === 'reject') return refuse('mailbox-full', 'a step is running');
  shell.count();
  interfere(shell, name);
  if (during === 'merge' && merge !== undefined) {
    const older = shell.mailbox.find((job) => job.via === 'notice' && job.name === name);
    const args = older === undefined ? undefined : merge(name, older.message.args, message.args);
    if (older !== undefined && args !== undefined) {
      const stamp = mergeStamps([older.message.stamp, message.stamp].flatMap((each) => each ?? []));
      const merged = { ...message, args, ...(stamp === undefined ? {} : { stamp }) };
      shell.mailbox.replace(older, { via: 'notice', name, message: merged, since: older.since });
      shell.memory.add({ id: older.message.id });
      return undefined;
    }
  }
  const taken = shell.mailbox.putNotice({ via: 'notice', name, message, since: Date.now() }, overload);
  if (taken.kind === 'displaced') {
    for (const job of taken.jobs) shell.bury(job.name, refuse('mailbox-full', mailboxRule(shell)), job.message);
  }
  return taken.kind === 'full' ? refuse('mailbox-full', mailboxRule(shell)) : undefined;
}

/**
 * Takes the word of a child: that it lives, or that it has ended and why. One message for each life and word, whatever is
 * delivered twice. An entity without a handler for it has children that it does not look after: it is no dead letter.
 */
function childWord<I, S>(shell: Shell<I, S>, name: string, word: unknown): void {
  if (shell.definition.notices[name] === undefined && !isUndecodable(word)) return;
  const { child, generation, stamp, ...said } = (word ?? {}) as Partial<ExitReport>;
  const id = `${name}/${String(child)}/${String(generation?.number)}`;
  const isWord = typeof child === 'string' && typeof generation?.number === 'number';
  const args = { child, generation, ...said };
  notice(shell, name, isWord ? { id, args, sender: child, ...(stamp === undefined ? {} : { stamp }) } : word);
}

/** Takes a dead letter back into the mailbox, once. */
function replay<I, S>(shell: Shell<I, S>, message: Message<{ readonly number: number }>): Reply<{ replayed: number }> {
  const { number } = message.args;
  const known = shell.memory.find(message.id);
  if (known === undefined) {
    const letter = shell.deadLetters.find((each) => each.number === number);
    if (letter === undefined) throw toFailure(refuse('not-found', `there is no dead letter ${String(number)}`));
    shell.deadLetters = shell.deadLetters.filter((each) => each !== letter);
    shell.memory.add({ id: message.id, reply: { replayed: number } });
    const { deadline: _past, ...again } = letter.message;
    notice(shell, letter.name, again);
  } else {
    shell.counts.repeated += 1;
  }
  return shell.reply(message, { replayed: number }) as Reply<{ replayed: number }>;
}

/** The input of the next run: what it was begun with, and all that it has now. */
function renewed<I, S>(shell: Shell<I, S>): EntityInput<I, S> {
  const { previous: _previous, stamp: _stamp, ...same } = shell.input;
  return { ...same, snapshot: shell.snapshot() };
}

function register<I, S>(shell: Shell<I, S>): void {
  const { definition } = shell;
  // Signals first: what arrived before the first task waits for its handler, and an ask must not overtake the tells that
  // its sender had sent before it (AGT-3).
  const ofChildren: readonly string[] = [startedSignal.name, exitSignal.name];
  const named = [...Object.keys(definition.notices), ...Object.keys(definition.direct ?? {})];
  for (const name of named.filter((each) => !ofChildren.includes(each))) {
    setHandler(defineSignal<[unknown]>(name), (value) => {
      notice(shell, name, value);
    });
  }
  for (const name of ofChildren) {
    setHandler(defineSignal<[unknown]>(name), (word) => {
      childWord(shell, name, word);
    });
  }
  setDefaultSignalHandler((name, ...args) => {
    notice(shell, name, args[0]);
  });
  for (const name of Object.keys(definition.commands)) {
    setHandler(defineUpdate<Reply, [Message]>(name), (message) => command(shell, name, message), {
      validator: (message) => {
        const refusal = objection(shell, name, message);
        if (refusal !== undefined) throw toFailure(refusal);
      },
    });
  }
  for (const [name, inspect] of Object.entries(definition.inspections)) {
    setHandler(defineQuery<unknown, [unknown]>(name), (argument) => {
      if (isUndecodable(argument)) throw ofQuery('undecodable', argument['mabeam:undecodable']);
      if (shell.current === undefined) throw ofQuery('stopped', `the receiver is ${shell.life}`);
      const seen = inspect(shell.current, argument as never);
      if (isRefusal(seen)) throw ofQuery(seen.code, seen.message);
      return seen;
    });
  }
  setHandler(statusQuery, () => shell.look());
  setHandler(originQuery, () => shell.origin());
  setHandler(keptQuery, () => shell.kept());
  setHandler(continuationQuery, () => {
    const { current } = shell;
    return current !== undefined && (definition.goesOn?.(current) ?? shell.isOver) ? renewed(shell) : null;
  });
  setHandler(deadLettersQuery, () => shell.deadLetters);
  for (const query of [rememberedQuery, recollectionQuery]) setHandler(query, (id) => remembered(shell, id));
  const envelope = (message: Message): void => {
    const read = readMessage(message, shell.limits, Date.now());
    if (!read.ok) throw toFailure(read.refusal);
  };
  setHandler(
    stopUpdate,
    async (message) => {
      // Nobody has parsed the arguments of the kernel's own updates.
      shell.outbox.hear(message.stamp);
      const { reason } = (message.args as { readonly reason?: string } | undefined) ?? {};
      shell.stop({ kind: 'shutdown', ...(reason === undefined ? {} : { term: reason }) });
      if (!shell.isOver) await condition(() => shell.isOver, STOP_WAIT_MS, { summary: 'stop waits for the store' });
      return shell.reply(message, { stopped: true }) as Reply<{ stopped: true }>;
    },
    { validator: envelope },
  );
  setHandler(
    readyUpdate,
    async (message) => {
      await condition(() => shell.hasStarted || shell.isOver);
      if (shell.reason?.kind === 'failed') throw toFailure(shell.reason.refusal);
      return shell.reply(message, { started: shell.hasStarted }) as Reply<{ started: boolean }>;
    },
    { validator: envelope },
  );
  setHandler(replayDeadLetterUpdate, (message) => replay(shell, message), { validator: envelope });
}

/**
 * Runs a definition as a long-lived workflow: the one shell for all long-lived things. Takes one message at a time,
 * answers a repeated request as the first time, files what it cannot take, hands its events to the store, and renews
 * itself without losing anything. Ends when stopped, when the definition is finished, or when its behaviour fails.
 */
export async function runEntity<Init, S>(
  definition: EntityDefinition<Init, S>,
  input: EntityInput<Init, S>,
): Promise<unknown> {
  if (isUndecodable(input))
    throw toFailure(refuse('undecodable', `the input of ${workflowInfo().workflowId} is not JSON`));
  const shell = new Shell(definition, input);
  setHandler(renewSignal, () => {
    shell.isRenewalWanted = true;
  });
  register(shell);
  void CancellationScope.current().cancelRequested.catch(() => {
    shell.stop({ kind: 'shutdown', term: 'cancelled' });
  });
  const refusal = shell.begin();
  if (refusal !== undefined) throw toFailure(refusal);
  return CancellationScope.nonCancellable(async () => {
    const isRenewalTime = (): boolean => shell.isRenewalDue() && shell.canRenew && allHandlersFinished();
    const isTime = (): boolean => (shell.isOver && allHandlersFinished()) || isRenewalTime();
    // what comes in the same task may have changed that before this goes on
    do await condition(isTime);
    while (!isTime());
    if (shell.isOver) {
      if (shell.reason?.kind === 'failed') throw toFailure(shell.reason.refusal);
      return shell.outcome ?? { reason: shell.reason };
    }
    const hasNewVersion = workflowInfo().targetWorkerDeploymentVersionChanged;
    const renew = makeContinueAsNewFunc<(next: EntityInput<Init, S>) => Promise<unknown>>({
      memo: { ...workflowInfo().memo, [GENERATION_MEMO]: shell.generation.number },
      ...(hasNewVersion ? { initialVersioningBehavior: 'AUTO_UPGRADE' as const } : {}),
    });
    const next = renewed(shell);
    shell.isRenewed = true;
    return renew(next);
  });
}
