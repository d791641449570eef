import { DEFAULT_LIMITS } from '../../../src/contracts/entity';
import { ballotQuery, type BallotInit } from '../../../src/contracts/coordination/ballot';
import { parseName, type Kind, type Name } from '../../../src/contracts/ids';
import { setQuery } from '../../../src/contracts/variable-set';
import type { EntitySubject } from '../../contract/entity';
import type { SetsHarness } from './harness';

let number = 0;

function nextName(kind: Kind): Name {
  number += 1;
  const name = parseName(kind, kind === 'ballot' ? `subject@${String(number)}` : `subject-${String(number)}`);
  if (typeof name !== 'string') throw new Error(name.message);
  return name;
}

/** A variable set as a subject of the conformance suite: each proposal is recorded under a number, whatever its verdict. */
export function setSubject({ temporal }: SetsHarness): EntitySubject {
  return {
    temporal,
    start: async (limits = {}) => {
      const { workflowId } = await temporal.start({
        workflowType: 'variableSetWorkflow',
        kind: 'variables',
        name: nextName('variables'),
        init: { definition: 'trainer' },
        summary: 'variables',
        taken: 'fail',
        limits: { messageBytes: DEFAULT_LIMITS.messageBytes, ...limits },
      });
      return workflowId;
    },
    command: {
      name: 'propose',
      args: (n) => ({ proposer: 'test', changes: { hashBits: 12 + (n % 12) }, basedOn: 1 }),
    },
    effects: async (id) => (await temporal.look(id, setQuery)).recent.at(-1)?.number ?? 0,
  };
}

const SENDERS = 4;
const VOTES_EACH = 240;

/** A ballot as a subject: each request is the vote of a voter of its own, all say yes, and all of them are needed. */
export function ballotSubject({ temporal }: SetsHarness): EntitySubject {
  const senders = Array.from({ length: SENDERS }, (_each, at) => `s${String(at)}`);
  const ids = senders.flatMap((sender) => Array.from({ length: VOTES_EACH }, (_each, n) => `${sender}-${String(n)}`));
  const electorate = [...ids, 'once', 'taken', 'afterwards'].map((id) => ({
    id,
    kind: 'person' as const,
    weight: 1,
    veto: false,
  }));
  const init: BallotInit = {
    subject: { title: 'a test', set: 'subject', proposal: 1, proposer: 'test', changes: {}, values: {} },
    electorate,
    rule: { threshold: { kind: 'unanimity' }, of: 'eligible', lost: 'count' },
    deadlineMs: 3_600_000,
    reportTo: `${temporal.space}:variables:nobody`,
  };
  return {
    temporal,
    start: async (limits = {}) => {
      const { workflowId } = await temporal.start({
        workflowType: 'ballotWorkflow',
        kind: 'ballot',
        name: nextName('ballot'),
        init,
        summary: 'ballot',
        taken: 'fail',
        limits,
      });
      return workflowId;
    },
    command: { name: 'vote', args: (n, requestId) => ({ voter: requestId, choice: 'yes', measured: { n } }) },
    notice: {
      name: 'voted',
      args: (n, requestId) => ({ voter: requestId, choice: 'yes', measured: { n } }),
      wrong: { voter: 'once', choice: 'perhaps' },
    },
    effects: async (id) => (await temporal.look(id, ballotQuery)).casts.length,
  };
}
