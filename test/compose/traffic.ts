import { pause, type Facade } from './facade';

const SET = 'mail-filter';
const EVERY_MS = 400;
const MAILS = 100;

/** A writer that commits versions of the set all the time, one after another. */
export interface Writer {
  /** Ends it. @returns the versions that were acknowledged, in order */
  stop(): Promise<readonly number[]>;
}

/** Proposes on a free variable, on the version it read, again and again; each proposal keeps its key until it is answered. */
export function startWriter(facade: Facade, space: string): Writer {
  const versions: number[] = [];
  const over = { yet: false };
  const path = `/v1/spaces/${space}/variableSets/${SET}`;
  const loop = (async () => {
    for (let n = 0; !over.yet; n++) {
      const { version } = await facade.get(path).catch(() => ({ version: undefined }));
      if (typeof version === 'number') {
        const body = {
          proposer: 'writer',
          changes: { learnt: 1 + (n % MAILS) },
          basedOn: version,
          because: `write ${String(n)}`,
        };
        const answer = await facade.post(`${path}/proposals`, body);
        if (answer.status !== 201) throw new Error(`the writer was refused: ${JSON.stringify(answer)}`);
        versions.push(answer.body['version'] as number);
      }
      await pause(EVERY_MS);
    }
  })();
  loop.catch(() => undefined); // it is looked at when the writer is stopped
  return {
    stop: async () => {
      over.yet = true;
      await loop;
      return versions;
    },
  };
}

/** What a study of the mail filter must add up to, whatever was killed. @throws naming the first thing that does not */
export async function audit(facade: Facade, space: string, study: string, budget: number): Promise<string> {
  const view = await facade.get(`/v1/spaces/${space}/studies/${study}`);
  const account = view['account'] as Readonly<Record<string, number>>;
  const { asked, running, complete = 0, failed = 0, cancelled = 0, begunAgain = 0, late = 0 } = account;
  if (asked !== budget || running !== 0) throw new Error(`asked ${String(asked)} of ${String(budget)}`);
  if (complete + failed + cancelled !== budget)
    throw new Error(`the account does not balance: ${JSON.stringify(account)}`);
  const trials = await facade.all(`/v1/spaces/${space}/studies/${study}/trials`);
  const numbers = trials.map((trial) => Number(trial['number'])).sort((a, b) => a - b);
  if (numbers.some((number, at) => number !== at + 1) || numbers.length !== budget) {
    throw new Error(`the store has ${String(numbers.length)} trials of ${String(budget)}`);
  }
  const open = trials.filter((trial) => trial['state'] === 'running').length;
  if (open > 0) throw new Error(`${String(open)} trials never ended in the store`);
  return `${String(asked)} asked, ${String(complete)} complete, ${String(failed)} failed, ${String(begunAgain)} begun again, ${String(late)} late, 0 lost, 0 over budget`;
}

/** Versions without a gap, each with one proposal. @throws when one is missing or came twice */
export async function auditVersions(facade: Facade, space: string, acknowledged: readonly number[]): Promise<string> {
  const { version } = await facade.get(`/v1/spaces/${space}/variableSets/${SET}`);
  if (acknowledged.some((each, at) => each !== at + 2) || version !== acknowledged.length + 1) {
    throw new Error(`${String(acknowledged.length)} commits were acknowledged, the set is at ${String(version)}`);
  }
  const proposals = await facade.all(`/v1/spaces/${space}/variableSets/${SET}/proposals`);
  const stored = proposals.filter((each) => each['verdict'] === 'accepted').map((each) => Number(each['version']));
  if (new Set(stored).size !== acknowledged.length || stored.length !== acknowledged.length) {
    throw new Error(`the store has ${String(stored.length)} of ${String(acknowledged.length)} commits`);
  }
  return `${String(acknowledged.length)} commits acknowledged, versions 2 to ${String(version)} without a gap, each in the store once`;
}
