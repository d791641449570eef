import { accountOf, heldBy, type Kill, type StoredTrial } from '../account';
import { readLedger } from '../ledger';
import type { Searched } from './books';
import { percent, until, type Stage } from './stage';
import type { Team } from './team';

export const STUDY = 'filter-1';
const SEED = 1;
const PARALLELISM = 4;
const LOOK_MS = 250;
/** The share of the trials after which a worker is killed. */
const KILL_AFTER = 0.4;

/** Kills an evaluator as soon as it holds a trial by its own lines; another one is started in its place. */
async function killOne(stage: Stage): Promise<Kill> {
  const study = stage.space.studies.at(STUDY);
  const [victim = 0] = stage.evaluators();
  await until('the evaluator holds a trial', async () => {
    const running = (await study.view()).running.map(({ number }) => number);
    return heldBy(victim, unfinished(stage), running).length > 0 ? true : undefined;
  });
  await stage.kill(victim);
  const running = (await study.view()).running.map(({ number }) => number);
  const held = heldBy(victim, readLedger(stage.ledgerFile), running);
  const trials = held.length === 1 ? `trial ${held.join()}` : `trials ${held.join(' and ')}`;
  stage.say(`kill -9 ${String(victim)}: an evaluator is gone, and with it ${trials}`);
  const pid = await stage.startEvaluator();
  stage.say(`another one is started in its place: ${String(pid)}`);
  return { pid: victim, held };
}

/** Lines of evaluations that have begun and not ended. */
function unfinished({ ledgerFile }: Stage): ReturnType<typeof readLedger> {
  const lines = readLedger(ledgerFile);
  const isEnded = (trial: number, pid: number): boolean =>
    lines.some((line) => line.event === 'end' && line.trial === trial && line.pid === pid);
  return lines.filter(({ event, trial, pid }) => event === 'start' && !isEnded(trial, pid));
}

function bestSoFar(
  best: { readonly number: number; readonly measures?: Readonly<Record<string, number>> } | undefined,
): string {
  const recall = best?.measures?.['recall'];
  return best === undefined || recall === undefined
    ? ''
    : `best trial ${String(best.number)}: recall ${percent(recall)}`;
}

/** The trainer searches; in the middle of it a worker is killed. */
export async function search(stage: Stage, { trainer }: Team): Promise<Searched> {
  const { space, trials } = stage;
  await trainer.ask('search', { study: STUDY, trials, parallelism: PARALLELISM, seed: SEED });
  const study = space.studies.at(STUDY);
  const bar = stage.bar('study');
  const kills: Kill[] = [];
  for (;;) {
    const { account, best, state } = await study.view();
    const ended = account.asked - account.running;
    bar.show(ended, trials, bestSoFar(best));
    if (state === 'finished' || state === 'stopped') break;
    if (kills.length === 0 && ended >= trials * KILL_AFTER) kills.push(await killOne(stage));
    await new Promise((wake) => setTimeout(wake, LOOK_MS));
  }
  const { account, best } = await study.finished();
  bar.end(`${String(account.complete)} of ${String(trials)} complete; ${bestSoFar(best)}`);
  const lines = readLedger(stage.ledgerFile);
  return {
    study: account,
    account: accountOf({ budget: trials, lines, study: account, store: await storedTrials(stage), kills }),
  };
}

/** All trials in the event store, as soon as it has their ends. */
async function storedTrials({ space, trials }: Stage): Promise<readonly StoredTrial[]> {
  const all = async (): Promise<readonly StoredTrial[]> =>
    (await space.studies.at(STUDY).trials({ pageSize: 500 })).items;
  return until('the event store has all trials', async () => {
    const items = await all();
    const ended = items.filter(({ state }) => state !== 'running');
    return ended.length >= trials ? items : undefined;
  }).catch(all);
}
