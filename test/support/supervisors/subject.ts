import { parseName } from '../../../src/contracts/ids';
import { supervisorQuery, type SupervisorInit } from '../../../src/contracts/supervision';
import type { EntitySubject } from '../../contract/entity';
import type { Harness } from '../kernel/harness';

/** No sweep while the suite runs: the children that it adopts are names alone. */
const NEVER_MS = 3_600_000;

let number = 0;

/** A supervisor as a subject of the conformance suite: each request adopts a child of its own. */
export function supervisorSubject({ temporal }: Harness): EntitySubject {
  const init: SupervisorInit = { spec: { children: [] }, sweepMs: NEVER_MS };
  return {
    temporal,
    start: async (limits = {}) => {
      number += 1;
      const name = parseName('supervisor', `subject-${String(number)}`);
      if (typeof name !== 'string') throw new Error(name.message);
      const { workflowId } = await temporal.start({
        workflowType: 'supervisorWorkflow',
        kind: 'supervisor',
        name,
        init,
        summary: 'supervisor',
        taken: 'fail',
        limits,
      });
      return workflowId;
    },
    command: {
      name: 'supervise',
      args: (n, requestId) => ({
        kind: 'adopt',
        spec: {
          id: requestId.toLowerCase().replace(/[^a-z0-9._-]/g, '-'),
          start: { kind: 'agent', type: 'child', options: { args: n } },
          restart: 'temporary',
        },
      }),
    },
    effects: async (id) => (await temporal.look(id, supervisorQuery)).children.length,
  };
}
