import type { Client } from '@temporalio/client';
import type { AgentPort } from '../../activities/agents';
import { createAgents } from '../../src/client/agents';
import { nameOf } from '../../src/client/handles';
import { locksForAgents } from '../../src/client/locks';
import { createStudies } from '../../src/client/optimisation';
import type { CallOptions, Temporal } from '../../src/client/temporal';
import type { Stamp } from '../../src/contracts/causality';
import type { Message, Reply } from '../../src/contracts/entity';
import { workflowId, type WorkflowId } from '../../src/contracts/ids';
import { proposeUpdate, subscribeUpdate, type Proposal } from '../../src/contracts/variable-set';
import { spacesOf } from './spaces';

/** The id, the sender and the correlation of the agent's message go on with the call. */
function carried(message: Message): CallOptions {
  const { id, sender, causationId, correlationId, stamp } = message;
  return {
    requestId: id,
    ...(sender === undefined ? {} : { sender }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(stamp === undefined ? {} : { stamp }),
  };
}

/** What was answered, with what the entity knew that answered. */
function answered({ value, stamp }: Reply<object>): unknown {
  return { ...value, ...(stamp === undefined ? {} : { stamp }) };
}

/** The same space, whose starts go with what the starter knew. */
function starting(temporal: Temporal, stamp: Stamp | undefined): Temporal {
  if (stamp === undefined) return temporal;
  const { client, space, queues, registry } = temporal;
  return {
    ...{ client, space, queues, registry },
    call: (...call) => temporal.call(...call),
    tell: (...tell) => temporal.tell(...tell),
    look: (...look) => temporal.look(...look),
    goOn: (...on) => temporal.goOn(...on),
    close: () => temporal.close(),
    start: (request) => temporal.start({ ...request, stamp }),
  };
}

function setId(temporal: Temporal, set: string): WorkflowId {
  return workflowId(temporal.space, 'variables', nameOf('variables', set));
}

/** The port through which activities of agents reach a space, over the worker's own client. */
export function agentPort(client: Client, queuePrefix: string): (space: string) => Promise<AgentPort> {
  const spaceOf = spacesOf(client, queuePrefix);
  return async (space) => portOf(await spaceOf(space));
}

function portOf(temporal: Temporal): AgentPort {
  const locks = locksForAgents(temporal);
  return {
    acquire: (lock, args) => locks(lock).request(args),
    release: (lock, args, requestId) => locks(lock).release(args, { requestId }),
    propose: async (set, given) => {
      const message = given as Message<Proposal>;
      return answered(await temporal.call(setId(temporal, set), proposeUpdate, message.args, carried(message)));
    },
    subscribe: async (set, given) => {
      const message = given as Message<{ readonly agent: string; readonly interested: boolean }>;
      return answered(await temporal.call(setId(temporal, set), subscribeUpdate, message.args, carried(message)));
    },
    startAgent: async ({ type, name, stamp, ...options }) => {
      const handle = await createAgents(starting(temporal, stamp), undefined).get(type, name, options);
      return { workflowId: handle.workflowId };
    },
    startStudy: async ({ name, request, notify, stamp }) => {
      const study = await createStudies(starting(temporal, stamp), undefined).start(name, request, { notify });
      return { workflowId: study.workflowId };
    },
  };
}
