import { createTemporalRegistry } from '../../../src/client/registry-backend';
import { isPlatformError } from '../../../src/contracts/errors';
import { parseName, type Name } from '../../../src/contracts/ids';
import type { Registration, RegistryKey } from '../../../src/contracts/registry';
import type { RegistrySubject } from '../../contract/registry/backend';
import type { Harness } from '../kernel/harness';

let names = 0;

/** Names whose owners are real agents on a real server: register = start. */
export function agentNames({ temporal, agents }: Harness): RegistrySubject {
  const backend = createTemporalRegistry(temporal.client);
  return {
    backend,
    authority: backend,
    key: () => ({
      space: temporal.space,
      kind: 'agent',
      name: parseName('agent', `n${String((names += 1))}`) as Name,
    }),
    register: async (key: RegistryKey): Promise<Registration | undefined> => {
      try {
        const agent = await agents.start('counter', key.name);
        const { generation } = await agent.status();
        const registeredAt = new Date(generation.number).toISOString();
        return { ...key, workflowId: agent.workflowId, generation, status: 'running', registeredAt };
      } catch (error) {
        if (isPlatformError(error) && error.code === 'already-exists') return undefined;
        throw error;
      }
    },
    unregister: async ({ name, workflowId, generation }) => {
      await agents.at(name).stop();
      await temporal.client.workflow.getHandle(workflowId, generation.firstRunId).result();
    },
    kill: async ({ workflowId }) => {
      await temporal.client.workflow.getHandle(workflowId).terminate('killed by the test');
    },
  };
}
