import type { VariableSetHandle } from '../../../../src/client/variable-sets';
import type { VariableSetInput, VariableSetOutput } from '../models/variable-set';
import type { Recorder } from '../recorder';
import { isLate, LONG_MS, oneOf, type Use } from './chance';

type Read = Extract<VariableSetOutput, { readonly kind: 'values' }>;
type Propose = Extract<VariableSetInput, { readonly kind: 'propose' }>;

/** What a client does with a set. An error that `isLate` leaves open what was done. */
export interface SetDoor {
  read(): Promise<Read>;
  propose(proposal: Propose, withinMs: number): Promise<VariableSetOutput>;
}

/** The variables that clients change; the others keep their defaults. */
const SHOWN = ['learningRate', 'hashBits'] as const;

/** A set of a real server that commits at once. */
export function doorTo(set: VariableSetHandle): SetDoor {
  return {
    read: async () => {
      const { version, values } = await set.read();
      return { kind: 'values', version, values: Object.fromEntries(SHOWN.map((name) => [name, values[name] ?? 0])) };
    },
    propose: async ({ basedOn, changes, request }, timeoutMs) => {
      const how = { basedOn, timeoutMs, ...(request === undefined ? {} : { requestId: request }) };
      const verdict = await set.propose(changes, how).verdict;
      if (verdict.kind === 'accepted') return { kind: 'accepted', version: verdict.version };
      const isStale = verdict.kind === 'refused' && verdict.reasons.every(({ code }) => code === 'stale-base');
      if (isStale) return { kind: 'stale', currentVersion: verdict.currentVersion };
      throw new Error(`not a verdict of a free set: ${JSON.stringify(verdict)}`);
    },
  };
}

/**
 * One client that reads and proposes at random, on the version it saw last. A proposal of which it heard nothing is sometimes
 * repeated with its request, some are sent twice at once.
 *
 * @param patienceMs how long it waits for a verdict
 */
export async function useSet(
  door: SetDoor,
  recorder: Recorder<VariableSetInput, VariableSetOutput>,
  how: Use & {
    readonly key: string;
    /** What it has seen before it begins. */
    readonly version: number;
    /** Its request ids begin with it. */
    readonly request: string;
  },
): Promise<void> {
  const { client, key, rounds, random, patienceMs } = how;
  let seen = how.version;
  const note = (output: VariableSetOutput | undefined): void => {
    if (output === undefined || output.kind === 'lost') return;
    seen = output.kind === 'stale' ? output.currentVersion : output.version;
  };
  const read = async (): Promise<void> =>
    note(await recorder.run({ client, key, input: { kind: 'read' } }, () => door.read()));
  const propose = async (input: Propose, ms: number): Promise<boolean> => {
    const output = await recorder.run({ client, key, input }, () => door.propose(input, ms), isLate);
    note(output);
    return output !== undefined;
  };
  for (let round = 1; round <= rounds; round += 1) {
    const learningRate = oneOf(random, [0.1, 0.2, 0.3, 0.4]);
    const changes = random() < 0.5 ? { learningRate } : { learningRate, hashBits: oneOf(random, [12, 13, 14]) };
    const proposal: Propose = { kind: 'propose', basedOn: seen, changes };
    const named: Propose = { ...proposal, request: `${how.request}/${String(round)}` };
    // with little patience it does only what can be given up
    const chance = patienceMs() < LONG_MS ? 0.5 + random() / 2 : random();
    if (chance < 0.35) await read();
    else if (chance < 0.5) await Promise.all([propose(named, LONG_MS), propose(named, LONG_MS)]);
    else if (chance < 0.75) await propose(proposal, patienceMs());
    else if (!(await propose(named, patienceMs()))) await propose(named, LONG_MS);
  }
  await read();
}
