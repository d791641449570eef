import { deliverUpdate, type Published } from '../../src/contracts/coordination/topic';
import type { CloudEvent } from '../../src/contracts/envelope';
import { ERRORS, isPlatformError, PlatformError, refuse } from '../../src/contracts/errors';
import { agentOfGroup, workflowId, type Space } from '../../src/contracts/ids';
import { DEFAULT_GROUP, type GroupRef, type Message, type SubscriptionStore } from '../../src/contracts/subscription';
import type { Temporal } from '../../src/client/temporal';
import { eventHash } from '../../src/store/envelope';
import type { AgentDeliveries } from '../../src/store/topics/agents';
import { Bell } from '../../src/store/wake';
import { publishedOf } from '../../src/domain/coordination/published';
import type { PlainLog } from './plain-log';
import type { Part } from './role';

/** Messages of different keys that one agent is given at once; it takes eight asks. */
const AT_ONCE = 4;
const POLL_MS = 1_000;
/** So seldom it moves on who gets nothing of what comes. */
const IDLE_MS = 30_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
/** Of the lease: the answer to the store must come within it, too. */
const ANSWER_SHARE = 0.8;

/** So long a stop waits for agents that are busy; what they are at comes again, with the same id. */
const STOP_MS = 2_000;

/** What delivering needs. */
export interface DeliveryPorts {
  readonly agents: AgentDeliveries;
  readonly subscriptions: Pick<SubscriptionStore, 'take' | 'ack' | 'nack'>;
  /** Calls back when something may be new. @returns a function that ends it */
  onAppend(wake: () => void): () => void;
  temporal(space: string): Promise<Pick<Temporal, 'call'>>;
  readonly log: PlainLog;
  /** Default 1 s. */
  readonly pollMs?: number;
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

const doubled = (times: number): number => Math.min(RETRY_MS * 2 ** Math.min(times, 30), RETRY_MS_MAX);

/** What an agent that gets the message knows then: the event that it is, of an entity that stamps its events. */
function stampOf({ hlc, partitionkey, id }: CloudEvent) {
  return hlc === undefined ? {} : { stamp: { hlc, follows: [`${partitionkey}~${id}`] } };
}

/** What became of one message at one agent. */
type Outcome =
  | { readonly kind: 'done' }
  /** It was refused, or broke the agent. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** It was not tried: the agent is full, Temporal away. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number }
  | { readonly kind: 'away'; readonly reason: string }
  /** No answer: it may have been done. It comes again with the same id after its lease, and counts as tried. */
  | { readonly kind: 'unknown' };

/** What the failure of a call says of the message. */
function outcomeOf(error: unknown): Outcome {
  if (!isPlatformError(error))
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  const { code, message, retryAfterMs = RETRY_MS } = error;
  const reason = `${code}: ${message}`;
  if (code === 'reply-forgotten') return { kind: 'done' };
  if (code === 'agent-not-found' || code === 'stopped') return { kind: 'away', reason };
  if (code === 'timeout') return { kind: 'unknown' };
  if (ERRORS[code].retryable || code === 'interrupted') return { kind: 'later', reason, afterMs: retryAfterMs };
  return { kind: 'failed', reason };
}

/** One message to one agent, as an update: answered when its handler is done. The id is the same until it was answered. */
async function deliver({ temporal }: DeliveryPorts, { space, group }: GroupRef, message: Message): Promise<Outcome> {
  const { position, event, givenBack } = message;
  const published: Published = publishedOf({ position, event });
  const agent = agentOfGroup(group);
  if (agent === undefined) throw new PlatformError(refuse('internal', `${group} is no subscription of an agent`));
  try {
    const to = await temporal(space);
    await to.call(workflowId(space as Space, 'agent', agent), deliverUpdate, published, {
      requestId: `topic-${eventHash(published.id).slice(0, 40)}/${String(givenBack)}`,
      sender: published.publisher === '' ? `topic:${published.topic}` : published.publisher,
      timeoutMs: DEFAULT_GROUP.leaseMs * ANSWER_SHARE,
      ...stampOf(event),
    });
    return { kind: 'done' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Delivers to agents until it is stopped. */
class TopicDelivery {
  readonly #ports: DeliveryPorts;
  readonly #bell = new Bell();
  /** Agents that are being delivered to. */
  readonly #busy = new Map<string, Promise<void>>();
  /** How often an agent was not there, one time after another. */
  readonly #absences = new Map<string, number>();
  #isStopped = false;
  #idleAt = 0;
  #failures = 0;

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  stop(): void {
    this.#isStopped = true;
    this.#bell.ring();
  }

  async run(): Promise<void> {
    const { onAppend, pollMs = POLL_MS } = this.#ports;
    const leave = onAppend(() => this.#bell.ring());
    try {
      while (!this.#isStopped) {
        await this.#look().then(
          () => (this.#failures = 0),
          (error: unknown) => this.#failed(error),
        );
        await this.#bell.wait(Math.min(pollMs * 2 ** Math.min(this.#failures, 4), 10 * pollMs));
      }
    } finally {
      leave();
      await atMost(STOP_MS, Promise.all(this.#busy.values()));
    }
  }

  /** The tables come with the migrations, and a database that is away comes back. */
  #failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures % 100 !== 0) return;
    this.#ports.log.error({ error: String(error) }, 'topics: the store could not be asked');
  }

  /** Begins with each agent that has something and is not begun with: who waits for one agent makes no other wait. */
  async #look(): Promise<void> {
    const withIdle = Date.now() >= this.#idleAt;
    const ready = await this.#ports.agents.ready(withIdle);
    if (withIdle) this.#idleAt = Date.now() + IDLE_MS;
    for (const { isAway, ...ref } of ready) {
      const key = `${ref.space}/${ref.group}`;
      if (this.#busy.has(key) || this.#isStopped) continue;
      const delivering = this.#drain(ref, key, isAway)
        .catch((error: unknown) => {
          this.#ports.log.error(
            { ...ref, error: String(error) },
            'topics: a delivery broke off, and will be tried again',
          );
        })
        .finally(() => this.#busy.delete(key));
      this.#busy.set(key, delivering);
    }
  }

  /** Delivers what waits for one agent, until nothing does or it is not there. */
  async #drain(ref: GroupRef, key: string, wasAway: boolean): Promise<void> {
    const { agents, subscriptions } = this.#ports;
    const running = new Set<Promise<void>>();
    let isAway = wasAway;
    let absence: string | undefined;
    const one = async (message: Message): Promise<void> => {
      const outcome = await deliver(this.#ports, ref, message);
      await this.#settle(ref, message, outcome);
      if (outcome.kind === 'away') absence = outcome.reason;
      else if (isAway) {
        isAway = false;
        this.#absences.delete(key);
        await agents.present(ref);
      }
    };
    do {
      // One that was away is knocked at with one message.
      const limit = (isAway ? 1 : AT_ONCE) - running.size;
      const { messages } = limit > 0 ? await subscriptions.take({ ...ref, limit }) : { messages: [] };
      for (const message of messages) {
        const delivery = one(message).finally(() => running.delete(delivery));
        running.add(delivery);
      }
      if (running.size > 0) await Promise.race(running);
    } while (!this.#isStopped && absence === undefined && (running.size > 0 || (await agents.hasMore(ref))));
    await Promise.all(running);
    if (absence === undefined) return;
    const times = this.#absences.get(key) ?? 0;
    this.#absences.set(key, times + 1);
    await agents.away(ref, absence, doubled(times));
  }

  async #settle(ref: GroupRef, { receipt, attempt }: Message, outcome: Outcome): Promise<void> {
    const { subscriptions } = this.#ports;
    const receipts = [receipt];
    const nack = (action: 'retry' | 'release', reason: string, afterMs: number) =>
      subscriptions.nack({ ...ref, receipts, action, reason: reason.slice(0, 500), afterMs });
    try {
      switch (outcome.kind) {
        case 'done':
          await subscriptions.ack({ ...ref, receipts });
          return;
        case 'failed':
          await nack('retry', outcome.reason, doubled(attempt - 1));
          return;
        case 'later':
          await nack('release', outcome.reason, outcome.afterMs);
          return;
        case 'away':
          await nack('release', outcome.reason, 0);
          return;
        case 'unknown':
          return;
      }
    } catch (error) {
      // An answer that cannot be given is none: the message comes again after its lease.
      if (!isPlatformError(error)) throw error;
    }
  }
}

/**
 * Delivers to agents what they have subscribed to: each agent for itself, one message of a topic and key after the other. Runs in
 * the process that owns the store; of several one at a time has a message. What it had in its hands when it died comes again.
 */
export function startTopicDelivery(ports: DeliveryPorts): Part {
  const delivery = new TopicDelivery(ports);
  const running = delivery.run();
  return {
    name: 'topics',
    stop: async () => {
      delivery.stop();
      await running;
    },
  };
}
