import type { EntityInput, EntityLimits } from '../contracts/entity';
import { ERRORS, isRefusal, type ErrorCode, type Refusal } from '../contracts/errors';
import { workflowId, type Kind, type Name, type Space } from '../contracts/ids';
import type { Chance } from './chance';
import type { Faults } from './faults';
import { waitFor, type Act, type Machine } from './process';
import type { Answer, Server, Start } from './server';

/** What a call answers: a value, or why there is none. */
export type Outcome<R = unknown> =
  { readonly ok: true; readonly value: R } | { readonly ok: false; readonly code: string; readonly message: string };

/** The space of every simulation. */
export const SPACE = 'simulation' as Space;
const TIMEOUT_MS = 10_000;
const AGAIN_MS = 100;
const AGAIN_MS_MAX = 2_000;
/** So long a call is repeated. Longer than all faults together last. */
const PATIENCE_MS = 3_600_000;
/** Renewals come after so few events that each run of an entity has some. */
const RENEWALS = [40, 160] as const;

/** The workflow id of a thing. */
export const idOf = (kind: Kind, name: string): string => workflowId(SPACE, kind, name as Name);

/** Starts of entities, as clients and activities make them. */
export function startOf(
  chance: Chance,
  kind: Kind,
  name: string,
  workflowType: string,
  init: unknown,
  more: Partial<EntityInput> = {},
): Start {
  const id = idOf(kind, name);
  const limits: Partial<EntityLimits> = { renewAfterEvents: chance.whole(`renewals of ${id}`, ...RENEWALS) };
  const input: EntityInput = {
    space: SPACE,
    kind,
    name: name as Name,
    owner: idOf('supervisor', 'root'),
    queues: { main: 'main', store: 'store' },
    searchAttributes: false,
    init,
    limits,
    ...more,
  };
  return { workflowId: id, workflowType, input };
}

/** What calls need. */
export interface Net {
  readonly server: Server;
  readonly faults: Faults;
  readonly chance: Chance;
}

/** Passes time on a machine. */
export function pause({ server }: Pick<Net, 'server'>, name: string, ms: number): Act {
  return waitFor<void>((goOn) => {
    server.at(server.now + ms, `pause of ${name}`, () => {
      goOn();
    });
  });
}

/** One try over a network that delays, loses and duplicates. Nothing within the deadline is `later`. */
function once({ server, faults }: Net, name: string, send: (answer: (answer: Answer) => void) => void): Act<Answer> {
  return waitFor<Answer>((goOn) => {
    const back = (answer: Answer): void => {
      if (faults.isLost(`answer to ${name}`)) return;
      server.at(server.now + faults.latency(`answer to ${name}`), `answer to ${name}`, () => {
        goOn(answer);
      });
    };
    server.at(server.now + TIMEOUT_MS, `timeout of ${name}`, () => {
      goOn({ kind: 'later' });
    });
    if (!faults.isLost(name)) {
      server.at(server.now + faults.latency(name), name, () => {
        send(back);
      });
    }
    if (faults.isDuplicated(name)) {
      server.at(server.now + faults.latency(`${name} again`), `${name} again`, () => {
        send(() => undefined);
      });
    }
  });
}

/** A call that is repeated under one id until it is answered. */
export interface Call {
  readonly net: Net;
  readonly machine: Machine;
  readonly to: string;
  readonly id: string;
  /** When nobody of that name is running. */
  readonly start?: Start;
}

/** Codes that answer a try: under the same id the answer stays, so who wants to try again asks anew. */
const ANSWERS: readonly ErrorCode[] = ['lock-held'];

function later(refusal: Refusal | undefined, waitMs: number): number {
  return refusal?.retryAfterMs ?? waitMs;
}

function* repeated({ net, id, start }: Call, send: (answer: (answer: Answer) => void) => void): Act<Outcome> {
  const { server } = net;
  const deadline = server.now + PATIENCE_MS;
  let why: Refusal | undefined;
  for (
    let tries = 1, waitMs = AGAIN_MS;
    server.now < deadline;
    tries += 1, waitMs = Math.min(2 * waitMs, AGAIN_MS_MAX)
  ) {
    const answer = yield* once(net, `${id} try ${String(tries)}`, send);
    why = undefined;
    if (answer.kind === 'done') return { ok: true, value: answer.value };
    if (answer.kind === 'refused') {
      const { code, message } = answer.refusal;
      const isEnding = code === 'stopped' && start !== undefined;
      const isTriedAgain = (ERRORS[code].retryable && !ANSWERS.includes(code)) || code === 'interrupted' || isEnding;
      if (!isTriedAgain) return { ok: false, code, message };
      why = answer.refusal;
    }
    if (answer.kind === 'gone') {
      if (start === undefined) return { ok: false, code: 'not-found', message: 'nobody of that name is running' };
      server.start(start);
    } else yield* pause(net, id, later(why, waitMs));
  }
  return { ok: false, code: 'timeout', message: why?.message ?? 'no answer' };
}

/** An update, repeated with the same id until it is answered. */
export function* callUpdate<R>(call: Call, update: string, args: unknown): Act<Outcome<R>> {
  const { net, to, id, machine } = call;
  const message = { id, args, sender: `user:${machine.name}` };
  const outcome = yield* repeated(call, (answer) => {
    net.server.update(to, update, id, message, answer);
  });
  return outcome.ok ? { ok: true, value: (outcome.value as { readonly value: R }).value } : outcome;
}

/** A signal, repeated with the same id until the server has taken it. */
export function* callSignal(call: Call, signal: string, args: unknown): Act<Outcome> {
  const { net, to, id, machine } = call;
  const message = { id, args, sender: `user:${machine.name}` };
  return yield* repeated(call, (answer) => {
    answer(net.server.signal(to, signal, [message]) ? { kind: 'done', value: undefined } : { kind: 'gone' });
  });
}

/** What a query answers, or nothing when nobody is there or it is refused. Takes time, and sees what is there when it arrives. */
export function* callQuery(net: Net, name: string, to: string, query: string, argument?: unknown): Act<unknown> {
  yield* pause(net, name, net.faults.latency(`${name} there`));
  const seen = net.server.look(to, query, argument);
  yield* pause(net, name, net.faults.latency(`${name} back`));
  return isRefusal(seen) ? undefined : seen;
}
