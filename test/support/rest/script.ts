import { PlatformError, refuse, type ErrorCode } from '../../../src/contracts/errors';
import type { StoredEvent } from '../../../src/contracts/event-store';
import type { LockHandle } from '../../../src/client/locks';
import type { WorkflowId } from '../../../src/contracts/ids';
import type { LookupReply, Registration } from '../../../src/contracts/registry';
import type { ReadModels, Row } from '../../../src/contracts/read-models';
import type { Verdict } from '../../../src/contracts/variable-set';
import type { AgentDoor, AppDeps, SetDoor, SpaceDoor, SupervisorDoor } from '../../../src/rest/route';

export const fail = (code: ErrorCode, message = 'expected this; got that'): never => {
  throw new PlatformError(refuse(code, message));
};
export const row: Row = {
  space: 'demo',
  kind: 'agent',
  name: 'tally',
  status: 'running',
  owner: 'o',
  summary: 's',
  updatedAt: 't',
  position: 1,
};
const stored = (position: number): StoredEvent => ({
  position,
  event: {
    specversion: '1.0',
    id: `g/${String(position)}`,
    source: '/spaces/demo/agent/tally',
    type: 'entity.started',
    time: 't',
    datacontenttype: 'application/json',
    dataschema: 's',
    sequence: String(position),
    partitionkey: 'p',
    data: {},
  },
});

/** What the fakes of the client saw, and what they answer: set anew for each test. */
export interface Script {
  told: { message: string; arg: unknown; id: string | undefined }[];
  outcome: () => unknown;
  verdict: Verdict;
  isTemporalUp: boolean;
}
/** A script in which everything goes well. */
export function freshScript(): Script {
  return {
    told: [],
    outcome: () => 3,
    verdict: { kind: 'accepted', proposal: 1, version: 8 },
    isTemporalUp: true,
  };
}

/** A client that says what the script says: enough to see what routes make of it. */
export function scriptedDeps(script: Script): AppDeps {
  const agentDoor = (id?: string): AgentDoor => ({
    tell: async (message, arg) => void script.told.push({ message, arg, id }),
    ask: async () => script.outcome(),
    inspect: async () => script.outcome(),
    with: ({ requestId }) => agentDoor(requestId),
    status: async () => script.outcome() as never,
    deadLetters: async () => [],
    replay: async () => undefined,
    stop: async () => undefined,
  });
  const proposing = () => {
    script.outcome();
    return { verdict: Promise.resolve(script.verdict), decided: () => Promise.reject(new Error('unused')) };
  };
  const setDoor = {
    read: async () => ({ version: 7, values: { threshold: 0.9 }, since: 't' }),
    view: async () => ({ version: 7, values: { threshold: 0.9 } }),
    propose: proposing,
    restore: proposing,
    redefine: proposing,
    proposal: async () => script.outcome(),
  } as unknown as SetDoor;
  const started = async () => script.outcome() as never;
  const supervisorDoor: SupervisorDoor = {
    view: started,
    startChild: async (child, how) => {
      script.told.push({ message: 'start_child', arg: child, id: how?.requestId });
      return started();
    },
    restartChild: started,
    releaseChild: started,
    terminateChild: async () => void script.outcome(),
    deleteChild: async (id, how) => {
      script.told.push({ message: 'delete_child', arg: id, id: how?.requestId });
      script.outcome();
    },
    change: async () => void script.outcome(),
    stop: async () => void script.outcome(),
  };
  const lookedUp = (consistency: 'cached' | 'strong'): LookupReply => ({
    ...(script.outcome() === 'nobody'
      ? {}
      : { registration: { name: 'w1', status: 'running' } as unknown as Registration }),
    consistency,
    source: 'cache',
    ageMs: 4,
  });
  const lockDoor = (name: string): LockHandle => ({
    name,
    workflowId: `demo:lock:${name}` as WorkflowId,
    acquire: started,
    view: started,
    revoke: started,
    answerRevocation: started,
    break: started,
    request: started,
    release: started,
    withdraw: started,
  });
  const door: SpaceDoor = {
    agents: { start: async () => script.outcome(), at: () => agentDoor() },
    groups: {
      join: async (group, agent, marks, how) => {
        script.told.push({ message: 'join', arg: { group, agent, ...marks }, id: how?.requestId });
        return started();
      },
      leave: started,
    },
    registry: { lookup: async (_kind, _name, how) => lookedUp(how?.consistency ?? 'cached') },
    variables: { start: async () => setDoor, at: () => setDoor },
    studies: {
      start: async () => ({ view: async () => script.outcome() as never }),
      at: () => ({
        view: async () => script.outcome() as never,
        stop: async () => script.outcome() as never,
        pause: async () => script.outcome() as never,
        resume: async () => script.outcome() as never,
        change: async () => script.outcome() as never,
        extend: async () => script.outcome() as never,
        delete: async () => script.outcome() as never,
        enqueue: async () => script.outcome() as never,
        copy: async () => script.outcome() as never,
        ask: async () => script.outcome() as never,
        tell: async () => script.outcome() as never,
        propose: async () => proposing(),
        pareto: async () => script.outcome() as never,
        lineage: async () => script.outcome() as never,
        importance: async () => script.outcome() as never,
        report: async () => script.outcome() as never,
        export: async function* () {
          yield script.outcome() as string;
        },
      }),
    },
    supervisors: { start: async () => ({ view: async () => script.outcome() as never }), at: () => supervisorDoor },
    health: async () => script.outcome() as never,
    sessions: {
      start: started,
      keepAlive: async () => void script.outcome(),
      close: async () => void script.outcome(),
      view: started,
    },
    coordination: { show: started, blocks: started },
    locks: { at: lockDoor },
    semaphores: { at: lockDoor },
    elections: {
      at: () =>
        ({
          view: started,
          request: started,
          proclaim: started,
          resign: async () => void script.outcome(),
          withdraw: started,
          revoke: started,
        }) as never,
    },
    barriers: {
      requests: (name) => ({
        name,
        workflowId: `demo:barrier:${name}` as WorkflowId,
        enter: started,
        leave: started,
        withdraw: started,
        register: started,
        deregister: started,
        break: started,
        view: started,
        standing: started,
      }),
    },
    counters: {
      at: () =>
        ({
          add: async () => script.outcome(),
          reset: async () => script.outcome(),
          allocate: async () => script.outcome(),
          get: async () => script.outcome(),
          view: async () => script.outcome(),
          delete: async () => void script.outcome(),
        }) as never,
    },
    values: {
      at: () =>
        ({
          set: async () => script.outcome(),
          compareAndSet: async () => script.outcome(),
          get: async () => script.outcome(),
          view: async () => script.outcome(),
          delete: async () => void script.outcome(),
        }) as never,
    },
    ballots: {
      open: async () => ({ view: started }),
      get: () => ({
        whatIf: started,
        view: async () => script.outcome() as never,
        vote: async () => void script.outcome(),
        deadLetters: async () => [],
        replay: async () => undefined,
      }),
    },
  };
  const reads: ReadModels = {
    list: async ({ pageToken }) => ({
      items: [row],
      position: 1,
      ...(pageToken === undefined ? { nextPageToken: 'raw-token' } : {}),
    }),
    proposals: async () => ({ items: [], position: 1 }),
    trials: async () => ({ items: [], position: 1 }),
    whyChild: async ({ child }) => fail('child-not-found', `no ${child}`),
    causality: async ({ a }) => fail('event-not-found', `no ${a}`),
    why: async ({ variable }) => fail('unknown-variable', `no ${variable}`),
    feed: async function* ({ after }) {
      for (let at = after + 1; at <= 3; at++) yield stored(at);
    },
    groups: async () => ({ items: [{ name: 'scorers', members: 1, position: 1 }], position: 1 }),
    members: async () => ({ items: [], position: 1 }),
    watchGroups: async function* ({ after }) {
      if (after === undefined) yield { kind: 'set', position: 3, members: [] };
      else yield { kind: 'compacted', position: 3 };
    },
    state: async () => ({ source: 'fake', position: 3, head: 3, migrations: 'up-to-date', events: 3, behindMs: 0 }),
  };
  return {
    space: async () => (script.isTemporalUp ? door : fail('temporal-unavailable', 'no server')),
    reads,
    health: async () => ({
      temporal: { ok: script.isTemporalUp, detail: 'd', needed: true },
      store: { ok: true, detail: 'd', needed: true },
      workers: { ok: false, detail: 'one is silent', needed: false },
    }),
    log: { info: () => undefined, error: () => undefined },
  };
}
