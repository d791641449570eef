import { counterQuery } from '../../../src/contracts/coordination/counter';
import { parseName } from '../../../src/contracts/ids';
import type { EntitySubject } from '../../contract/entity';
import type { CountingHarness } from './harness';

let number = 0;

/** A counter as a subject of the conformance suite: each request adds one. */
export function counterSubject({ temporal }: CountingHarness): EntitySubject {
  return {
    temporal,
    start: async (limits = {}) => {
      number += 1;
      const name = parseName('counter', `subject-${String(number)}`);
      if (typeof name !== 'string') throw new Error(name.message);
      const start = { workflowType: 'counterWorkflow', kind: 'counter' as const, name, init: {}, limits };
      return (await temporal.start({ ...start, summary: 'counter', taken: 'fail' })).workflowId;
    },
    // What differs by n is not looked at by the rule, but by the fingerprint of the request.
    command: { name: 'add', args: (n) => ({ by: 1, n }) },
    effects: async (id) => (await temporal.look(id, counterQuery)).value,
  };
}
