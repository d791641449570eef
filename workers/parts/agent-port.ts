import type { Client } from '@temporalio/client';
import type { AgentPort } from '../../activities/agents';
import { createAgents } from '../../src/client/agents';
import { nameOf } from '../../src/client/handles';
import { createStudies } from '../../src/client/optimisation';
import type { CallOptions, Temporal } from '../../src/client/temporal';
import type { Message } from '../../src/contracts/entity';
import { workflowId, type WorkflowId } from '../../src/contracts/ids';
import { proposeUpdate, subscribeUpdate, type Proposal } from '../../src/contracts/variable-set';
import { spacesOf } from './spaces';

/** The id, the sender and the correlation of the agent's message go on with the call. */
function carried(message: Message): CallOptions {
  const { id, sender, causationId, correlationId } = message;
  return {
    requestId: id,
    ...(sender === undefined ? {} : { sender }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(correlationId === undefined ? {} : { correlationId }),
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
  return {
    propose: async (set, given) => {
      const message = given as Message<Proposal>;
      return (await temporal.call(setId(temporal, set), proposeUpdate, message.args, carried(message))).value;
    },
    subscribe: async (set, given) => {
      const message = given as Message<{ readonly agent: string; readonly interested: boolean }>;
      return (await temporal.call(setId(temporal, set), subscribeUpdate, message.args, carried(message))).value;
    },
    startAgent: async ({ type, name, ...options }) => {
      const handle = await createAgents(temporal, undefined).get(type, name, options);
      return { workflowId: handle.workflowId };
    },
    startStudy: async ({ name, request, notify }) => {
      const study = await createStudies(temporal, undefined).start(name, request, { notify });
      return { workflowId: study.workflowId };
    },
  };
}
