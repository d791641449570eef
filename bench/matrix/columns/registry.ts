import { createTemporalRegistry } from '../../../src/client/registry-backend';
import { isGone, toPlatformError } from '../../../src/client/failures';
import { isPlatformError } from '../../../src/contracts/errors';
import { parseName, type Name } from '../../../src/contracts/ids';
import { isOpen, type Registration, type RegistryKey } from '../../../src/contracts/registry';
import { pause } from '../../../src/client/waiting';
import { check } from '../../../test/support/linearizability/check';
import type { History } from '../../../test/support/linearizability/history';
import {
  registry as names,
  type RegistryInput,
  type RegistryOutput,
} from '../../../test/support/linearizability/models/registry';
import type { Column } from '../column';
import type { Attempt, Party } from '../party';

const REST_MS = 500;
/** Nobody starts a thing of this kind again when it ends. */
const KIND = 'value';

const keyOf = ({ row, process: { temporal } }: Party): RegistryKey => ({
  space: temporal.space,
  kind: KIND,
  name: parseName(KIND, `${row}-name`) as Name,
});

/** Takes the name. @returns who has it then; nothing when it was taken */
async function register(party: Party, key: RegistryKey, { requestId }: Attempt): Promise<Registration | undefined> {
  const { temporal } = party.process;
  const start = { workflowType: 'valueWorkflow', kind: KIND, name: key.name, init: {}, summary: 'a name' } as const;
  try {
    await temporal.start({ ...start, requestId, taken: 'fail' });
  } catch (error) {
    if (isPlatformError(error) && error.code === 'already-exists') return undefined;
    throw error;
  }
  // nobody but its owner gives a name back: what is there now is ours
  const { registration } = await createTemporalRegistry(temporal.client).find(key);
  if (registration === undefined || !isOpen(registration)) throw new Error('a name that was taken is free');
  return registration;
}

async function useName(party: Party): Promise<void> {
  const { temporal, space } = party.process;
  const key = keyOf(party);
  const run = (input: RegistryInput, act: (attempt: Attempt) => Promise<RegistryOutput>) =>
    party.run(key.name, input, act);
  const own: { registration?: Registration } = {};
  await run({ kind: 'register' }, async (attempt) => {
    const registration = await register(party, key, attempt);
    if (registration === undefined) return { kind: 'taken' };
    own.registration = registration;
    return { kind: 'registered', generation: registration.generation.number };
  });
  await run({ kind: 'lookup' }, async () => {
    const { registration } = await space.registry.lookup(KIND, key.name, { consistency: 'strong' });
    if (registration === undefined || !isOpen(registration)) return { kind: 'free' };
    return { kind: 'found', generation: registration.generation.number };
  });
  if (own.registration === undefined) return;
  const { workflowId, generation } = own.registration;
  await run({ kind: 'unregister', generation: generation.number }, async () => {
    // of this very life, whoever has the name when the call comes again
    const how = { firstExecutionRunId: generation.firstRunId };
    const owner = temporal.client.workflow.getHandle(workflowId, undefined, how);
    await owner.terminate('gives the name back').catch((error: unknown) => {
      if (!isGone(error)) throw toPlatformError(error, workflowId);
    });
    return { kind: 'unregistered' };
  });
}

/** A name that all want: start is register, and its owner's end gives it back. */
export const registry: Column = {
  name: 'registry',
  use: async (party) => {
    while (!party.isOver) {
      await useName(party);
      await pause(REST_MS);
    }
  },
  broken: ({ operations }) => {
    const verdict = check(names, operations as History<RegistryInput, RegistryOutput>);
    return verdict.kind === 'not-linearizable' ? [verdict.words.join('; ')] : [];
  },
};
