import type { Client } from '@temporalio/client';
import type { SupervisionPort } from '../../activities/supervise';
import type { StartRequest } from '../../src/client/starts';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { agentWorkflowType } from '../../src/contracts/agent';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { parseName, parseSpace, show, type Kind } from '../../src/contracts/ids';
import type { StartOrder } from '../../src/contracts/supervision';

/** What can be a child, and how it is started: workflow type and input, from what its specification says. */
type Startable = Pick<StartRequest, 'kind' | 'workflowType' | 'init'>;

function startable({ start, args }: StartOrder): Startable {
  const options = (start.options ?? {}) as { readonly args?: unknown };
  const given = args ?? options.args;
  switch (start.kind as Kind) {
    case 'agent':
      return {
        kind: 'agent',
        workflowType: agentWorkflowType(start.type),
        init: { type: start.type, ...(given === undefined ? {} : { args: given }) },
      };
    case 'variables':
      return { kind: 'variables', workflowType: 'variableSetWorkflow', init: { definition: start.type } };
    case 'supervisor':
      return {
        kind: 'supervisor',
        workflowType: 'supervisorWorkflow',
        init: start.options ?? { definition: start.type },
      };
    default:
      throw new PlatformError(
        refuse('invalid-supervisor', `a child is an agent, variables or a supervisor; got ${show(start.kind)}`),
      );
  }
}

/** The port through which the activities of supervisors reach a space, over the worker's own client. */
export function supervisionPort(client: Client, queuePrefix: string): (space: string) => Promise<SupervisionPort> {
  const opened = new Map<string, Promise<Temporal>>();
  return async (text) => {
    const space = parseSpace(text);
    if (typeof space !== 'string') throw new PlatformError(space);
    const opening = opened.get(space) ?? openTemporal(space, { client, queuePrefix });
    opened.set(space, opening);
    const temporal = await opening;
    return {
      startChild: async (order) => {
        const { kind, workflowType, init } = startable(order);
        const { owner, supervised } = order;
        const name = parseName(kind, supervised.id);
        if (typeof name !== 'string') throw new PlatformError(name);
        const summary = `${kind} ${name}, child of ${owner}`;
        await temporal.start({
          kind,
          workflowType,
          init,
          name,
          owner,
          supervised,
          summary,
          taken: 'fail',
          awaited: true,
        });
      },
    };
  };
}
