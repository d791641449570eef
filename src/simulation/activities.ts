import type { Cast, FanOutActivities, Tally, VoteArgs } from '../contracts/coordination/ballot';
import type { LockName } from '../contracts/coordination/lock';
import type { OutboxBatch } from '../contracts/envelope';
import { ERRORS, type Refusal } from '../contracts/errors';
import { agentWorkflowType } from '../contracts/agent';
import type { Message } from '../contracts/entity';
import { certainDecision } from '../domain/coordination/decision';
import { unfitVote } from '../domain/coordination/vote';
import { idOf, pause, startOf, type Net } from './client';
import { runProcess, waitFor, type Act } from './process';
import type { Activities, ActivityTask, Answer, Ended } from './server';

/** An activity of the user, as a simulation stands in for it. A throw is a failure, and is tried again. */
export type UserActivity = (
  arg: never,
  about: { readonly now: number; readonly agent: string; readonly chance: number },
) => unknown;

type AskVoters = Parameters<FanOutActivities['askVoters']>[0];
type Announce = Parameters<FanOutActivities['announce']>[0];

const AGAIN_MS = 100;
const AGAIN_MS_MAX = 2_000;
/** What passes by itself: the activities that reach sets and agents are tried again. */
const PASSING = new Set([
  'mailbox-full',
  'rate-limited',
  'timeout',
  'store-behind',
  'variable-set-not-found',
  'stopped',
]);

interface World {
  readonly net: Net;
  store(batch: OutboxBatch): number;
  readonly activities: Readonly<Record<string, UserActivity>>;
  /** A mistake of the simulation: it is told at once. */
  mistake(text: string): void;
}

/** One update over the network of the workers, once. Lost, it is `later`. */
function tryUpdate({ server, faults }: Net, name: string, to: string, update: string, message: Message): Act<Answer> {
  return waitFor<Answer>((goOn) => {
    const deliver = (at: string, answer: (answer: Answer) => void): void => {
      server.at(server.now + faults.latency(at), at, () => {
        server.update(to, update, message.id, message, answer);
      });
    };
    server.at(server.now + 10_000, `timeout of ${name}`, () => {
      goOn({ kind: 'later' });
    });
    if (!faults.isLost(name)) {
      deliver(name, (answer) => {
        server.at(server.now + faults.latency(`answer to ${name}`), `answer to ${name}`, () => {
          goOn(answer);
        });
      });
    }
    if (faults.isDuplicated(name)) deliver(`${name} again`, () => undefined);
  });
}

interface Fan<R> {
  readonly update: 'castVote' | 'announce';
  readonly messageTo: (agent: string) => Message;
  readonly take: (agent: string, answer: { readonly value: R } | { readonly lost: string }) => void;
  readonly until: number;
}

const evidenceOf = ({ code, message }: Refusal): string => `${code}: ${message}`.slice(0, 300);

/** Asks one agent until it answers, cannot answer, or the deadline has come: as the fan-out does, by the same ids. */
function* askOne<R>(net: Net, agent: string, { update, messageTo, take, until }: Fan<R>): Act {
  const message = messageTo(agent);
  const to = idOf('agent', agent);
  for (
    let tries = 1, waitMs = AGAIN_MS;
    net.server.now < until;
    tries += 1, waitMs = Math.min(2 * waitMs, AGAIN_MS_MAX)
  ) {
    const name = `${message.id} of ${String(message.sender)} try ${String(tries)} at ${String(net.server.now)}`;
    const answer = yield* tryUpdate(net, name, to, update, message);
    if (answer.kind === 'done') {
      take(agent, answer.value as { readonly value: R });
      return;
    }
    if (answer.kind === 'gone') {
      take(agent, { lost: 'agent-not-found: no such agent is running' });
      return;
    }
    if (answer.kind === 'refused' && !ERRORS[answer.refusal.code].retryable && answer.refusal.code !== 'interrupted') {
      take(agent, { lost: evidenceOf(answer.refusal) });
      return;
    }
    yield* pause(net, name, waitMs);
  }
}

/** Runs a fan-out: everybody at once, until the deadline or enough. */
function fanOut<R>(
  world: World,
  agents: readonly string[],
  fan: Fan<R>,
  end: () => void,
  isEnough: () => boolean,
): void {
  const { server } = world.net;
  let open = agents.length;
  if (open === 0 || isEnough()) {
    end();
    return;
  }
  server.at(fan.until, 'deadline of a fan-out', end);
  for (const agent of agents) {
    runProcess(server, { name: 'worker', isDead: false, pausedUntil: 0 }, askOne(world.net, agent, fan), () => {
      open -= 1;
      if (open === 0 || isEnough()) end();
    });
  }
}

const idFor = (what: string, deadline: string): string => `${what}/${Date.parse(deadline).toString(36)}`;

function askVoters(world: World, asked: AskVoters, end: (ended: Ended) => void): void {
  const { ballot, space, voters, subject, deadline, settles, all = false } = asked;
  const casts: Cast[] = [];
  const lost: { voter: string; evidence: string }[] = [];
  const isEnough = (): boolean =>
    settles !== undefined &&
    !all &&
    certainDecision({
      ...settles,
      casts: [...settles.casts, ...casts],
      lost: [...settles.lost, ...lost] satisfies Tally['lost'],
    }) !== undefined;
  const fan: Fan<Omit<VoteArgs, 'voter'>> = {
    update: 'castVote',
    until: Date.parse(deadline),
    messageTo: (voter) => ({
      id: idFor(`${ballot}/${voter}`, deadline),
      args: { ballot, subject },
      sender: `${space}:ballot:${ballot}`,
      deadline,
    }),
    take: (voter, answer) => {
      if ('lost' in answer) {
        lost.push({ voter, evidence: answer.lost });
        return;
      }
      const unfit = settles === undefined ? undefined : unfitVote(settles.rule, subject, answer.value);
      if (unfit !== undefined) lost.push({ voter, evidence: evidenceOf(unfit) });
      else casts.push({ ...answer.value, voter, at: new Date(world.net.server.now).toISOString(), via: 'asked' });
    },
  };
  fanOut(world, voters, fan, () => end({ kind: 'done', value: { casts, lost } }), isEnough);
}

function announce(world: World, asked: Announce, end: (ended: Ended) => void): void {
  const { space, set, agents, version, values, deadline } = asked;
  const acknowledged: Record<string, number> = {};
  const fan: Fan<{ readonly version: number }> = {
    update: 'announce',
    until: Date.parse(deadline),
    messageTo: (agent) => ({
      id: idFor(`${set}@v${String(version)}/${agent}`, deadline),
      args: { set, version, values },
      sender: `${space}:variables:${set}`,
    }),
    take: (agent, answer) => {
      if ('value' in answer) acknowledged[agent] = answer.value.version;
    },
  };
  const done = (): void => {
    const laggards = agents.filter((agent) => (acknowledged[agent] ?? 0) < version);
    end({ kind: 'done', value: { acknowledged, laggards } });
  };
  fanOut(world, agents, fan, done, () => false);
}

/** Calls a set for an agent; what may pass is tried again by the server. */
function* callSet(net: Net, set: string, update: string, message: Message, attempt: number): Act<Ended> {
  const name = `${message.id} on ${set} attempt ${String(attempt)} at ${String(net.server.now)}`;
  return endedBy(yield* tryUpdate(net, name, idOf('variables', set), update, message));
}

interface LockCall {
  readonly lock: LockName;
  readonly args: { readonly request?: string };
  readonly id?: string;
}

/** Calls a lock for an agent, and starts it when it is not there. */
function* callLock(net: Net, { type, args: [asked], workflowId, id: activity, attempt }: ActivityTask): Act<Ended> {
  const { lock, args, id = args.request ?? '' } = asked as LockCall;
  const kind = lock.of === undefined ? 'lock' : 'semaphore';
  const start = startOf(
    net.chance,
    kind,
    lock.name,
    `${kind}Workflow`,
    lock.of === undefined ? {} : { permits: lock.of },
  );
  const isAcquire = type === 'acquireForAgent';
  if (isAcquire) net.server.start(start);
  const name = `${type} ${activity} of ${workflowId} attempt ${String(attempt)} at ${String(net.server.now)}`;
  const message = { id: isAcquire ? `${id}/acquire` : id, args, sender: workflowId };
  return endedBy(yield* tryUpdate(net, name, start.workflowId, isAcquire ? 'acquire' : 'release', message));
}

function endedBy(answer: Answer): Ended {
  switch (answer.kind) {
    case 'done': {
      const { value, stamp } = answer.value as { readonly value: object; readonly stamp?: unknown };
      return { kind: 'done', value: { ...value, ...(stamp === undefined ? {} : { stamp }) } };
    }
    case 'refused': {
      const { code, message: text, details } = answer.refusal;
      if (PASSING.has(code)) return { kind: 'later', afterMs: 500 };
      return {
        kind: 'failed',
        code,
        message: text,
        details: { code, message: text, ...(details === undefined ? {} : { details }) },
      };
    }
    default:
      return { kind: 'later', afterMs: 500 };
  }
}

function ofUser(world: World, task: ActivityTask, end: (ended: Ended) => void): void {
  const { server, chance } = world.net;
  const activity = world.activities[task.type];
  if (activity === undefined) {
    world.mistake(
      `the simulation has no activity ${task.type}, which ${task.workflowId} does: say what it answers in activities`,
    );
    end({ kind: 'failed', code: 'effect-failed', message: `no activity ${task.type}` });
    return;
  }
  const name = `${task.type} of ${task.workflowId} ${task.id} ${String(task.attempt)}`;
  try {
    const about = { now: server.now, agent: task.workflowId.split(':').at(-1) ?? '', chance: chance.draw(name) };
    end({ kind: 'done', value: activity(task.args[0] as never, about) });
  } catch (error) {
    world.net.server.note(`${task.type} fails: ${String(error)}`);
    end({ kind: 'later', afterMs: 1_000 });
  }
}

/** The platform's activities over the simulated network, and the user's by what stands in for them. */
export function simulatedActivities(world: World): Activities {
  const { net } = world;
  const worker = { name: 'worker', isDead: false, pausedUntil: 0 };
  return (task, end) => {
    const [asked] = task.args;
    const { set, message } = (asked ?? {}) as { readonly set: string; readonly message: Message };
    switch (task.type) {
      case 'appendEvents':
        end({ kind: 'done', value: { storedThrough: world.store(asked as OutboxBatch) } });
        break;
      case 'holdLease':
        break; // its heartbeats are its keep-alives; only their lack ends it
      case 'askVoters':
        askVoters(world, asked as AskVoters, end);
        break;
      case 'announce':
        announce(world, asked as Announce, end);
        break;
      case 'proposeOn':
        runProcess(net.server, worker, callSet(net, set, 'propose', message, task.attempt), end);
        break;
      case 'subscribeTo':
        runProcess(net.server, worker, callSet(net, set, 'subscribe', message, task.attempt), end);
        break;
      case 'acquireForAgent':
      case 'releaseForAgent':
        runProcess(net.server, worker, callLock(net, task), end);
        break;
      case 'startAgent': {
        const { type, name, args, owner } = asked as {
          readonly type: string;
          readonly name: string;
          readonly args?: unknown;
          readonly owner: never;
        };
        const init = { type, ...(args === undefined ? {} : { args }) };
        const start = startOf(net.chance, 'agent', name, agentWorkflowType(type), init, { owner });
        net.server.start(start);
        end({ kind: 'done', value: { workflowId: start.workflowId } });
        break;
      }
      default:
        ofUser(world, task, end);
    }
  };
}
