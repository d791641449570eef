import type { QueryDefinition } from '@temporalio/common';
import { inspectQuery } from '../../../src/contracts/agent';
import { parseName, type Name } from '../../../src/contracts/ids';
import type { EntitySubject } from '../../contract/entity';
import type { Harness } from './harness';

let number = 0;

function nextName(prefix: string): Name {
  const name = parseName('agent', `${prefix}-${String(++number)}`);
  if (typeof name !== 'string') throw new Error(name.message);
  return name;
}

/** The counting entity as a subject of the conformance suite. Each message adds one. */
export function counterEntity({ temporal }: Harness, effects: QueryDefinition<number>): EntitySubject {
  return {
    temporal,
    start: async (limits = {}) => {
      const { workflowId } = await temporal.start({
        workflowType: 'counterWorkflow',
        kind: 'agent',
        name: nextName('entity'),
        init: { first: 0 },
        summary: 'counts',
        taken: 'fail',
        limits,
      });
      return workflowId;
    },
    command: { name: 'add', args: (n) => n },
    notice: { name: 'added', args: () => 1, wrong: 'one' },
    effects: (id) => temporal.look(id, effects),
  };
}

/** An agent of the README's type as a subject: it notes each message. */
export function counterAgent({ temporal, agents }: Harness): EntitySubject {
  return {
    temporal,
    start: async (limits = {}) => (await agents.start('worker', nextName('agent'), { limits })).workflowId,
    command: { name: 'ask', args: (n) => ({ name: 'noted', arg: `n${String(n)}` }) },
    notice: { name: 'tell', args: (n) => ({ name: 'note', arg: `n${String(n)}` }), wrong: { name: 'never' } },
    effects: async (id) => ((await temporal.look(id, inspectQuery, { name: 'lines' })) as readonly string[]).length,
  };
}
