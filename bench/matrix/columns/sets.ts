import { pause } from '../../../src/client/waiting';
import type { Column } from '../column';
import type { Attempt } from '../party';
import { versionsBroken, type VersionOutput } from './versions';

const SET = 'settings';
const REST_MS = 250;
const SPEEDS = 1_000_000;

/** A set of variables, of which all change the one that needs no ballot. It is the same in all rows. */
export const sets: Column = {
  name: 'sets',
  isShared: true,
  use: async (party) => {
    const set = party.process.space.variables.at(SET);
    let seen = 0;
    while (!party.isOver) {
      const base = seen;
      const speed = Math.floor(party.random() * SPEEDS);
      const propose = async (how: Attempt): Promise<VersionOutput> => {
        const verdict = await set.propose({ speed }, { basedOn: base, ...how }).verdict;
        if (verdict.kind === 'accepted')
          return { kind: 'written', version: verdict.version, value: String(speed), base };
        const isStale = verdict.kind === 'refused' && verdict.reasons.every(({ code }) => code === 'stale-base');
        if (isStale) return { kind: 'stale' };
        throw new Error(`not a verdict of a free variable: ${JSON.stringify(verdict)}`);
      };
      if (base > 0) await party.run(SET, { kind: 'propose' }, propose, true);
      await party.run(SET, { kind: 'read' }, async (): Promise<VersionOutput> => {
        const { version, values } = await set.read();
        seen = version;
        return { kind: 'read', version, value: String(values['speed']) };
      });
      await pause(REST_MS);
    }
  },
  broken: async (evidence) => {
    const { history, open, version } = await evidence.space.variables.at(SET).view();
    const numbers = history.map((each) => each.version);
    const isWhole = numbers.every((each, at) => at === 0 || each === (numbers[at - 1] ?? 0) + 1);
    const made = history.map(({ proposal }) => proposal).filter((number) => number > 0);
    return [
      ...versionsBroken(evidence),
      ...(isWhole && numbers.at(-1) === version ? [] : [`versions ${numbers.join()}, current ${String(version)}`]),
      ...(new Set(made).size === made.length ? [] : ['a proposal was committed twice']),
      ...(open.length === 0 ? [] : [`${String(open.length)} proposals are not decided`]),
    ];
  },
};
