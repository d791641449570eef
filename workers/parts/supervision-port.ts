import type { Client } from '@temporalio/client';
import type { SupervisionPort } from '../../activities/supervise';
import { nameOf } from '../../src/client/handles';
import type { StartRequest } from '../../src/client/starts';
import { agentWorkflowType } from '../../src/contracts/agent';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { show, workflowId, type Kind, type Space } from '../../src/contracts/ids';
import { SERVICES_BRANCH } from '../../src/contracts/root-supervisor';
import type { ServiceInit, ServiceName } from '../../src/contracts/service';
import type { StartOrder } from '../../src/contracts/supervision';
import type { AgentChildOptions } from '../../src/contracts/supervisor';
import { spacesOf } from './spaces';

/** What can be a child, and how it is started: workflow type and input, from what its specification says. */
type Startable = Pick<StartRequest, 'kind' | 'workflowType' | 'init' | 'limits' | 'queue'>;

function startable({ start, args, owner, space }: StartOrder): Startable {
  if (start.again !== undefined) return { ...start.again, kind: start.kind as Kind };
  const { args: usual, queue } = (start.options ?? {}) as AgentChildOptions;
  const given = args ?? usual;
  switch (start.kind as Kind) {
    case 'agent':
      return {
        kind: 'agent',
        workflowType: agentWorkflowType(start.type),
        init: { type: start.type, ...(given === undefined ? {} : { args: given }) },
        ...(queue === undefined ? {} : { queue }),
      };
    case 'variables':
      return { kind: 'variables', workflowType: 'variableSetWorkflow', init: { definition: start.type } };
    case 'supervisor':
      return {
        kind: 'supervisor',
        workflowType: 'supervisorWorkflow',
        init: start.options ?? { definition: start.type },
      };
    case 'service': {
      if (owner !== workflowId(space as Space, 'supervisor', SERVICES_BRANCH))
        throw new PlatformError(refuse('invalid-supervisor', `only ${SERVICES_BRANCH} has services below it`));
      const init: ServiceInit = { service: start.type as ServiceName };
      return { kind: 'service', workflowType: 'serviceWorkflow', init };
    }
    default:
      throw new PlatformError(
        refuse('invalid-supervisor', `a child is an agent, variables or a supervisor; got ${show(start.kind)}`),
      );
  }
}

/** The port through which the activities of supervisors reach a space, over the worker's own client. */
export function supervisionPort(client: Client, queuePrefix: string): (space: string) => Promise<SupervisionPort> {
  const spaceOf = spacesOf(client, queuePrefix);
  return async (space) => {
    const temporal = await spaceOf(space);
    return {
      startChild: async (order, previous) => {
        const { kind, ...what } = startable(order);
        const { owner, supervised, stamp } = order;
        const name = nameOf(kind, supervised.id);
        const summary = `${kind} ${name}, child of ${owner}`;
        const more = { ...(previous === undefined ? {} : { previous }), ...(stamp === undefined ? {} : { stamp }) };
        const asked = { ...what, ...more, kind, name, owner, supervised, summary };
        return temporal.start({ ...asked, taken: 'fail', awaited: true });
      },
    };
  };
}
