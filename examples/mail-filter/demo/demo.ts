import { STREAM_MAILS } from '../mails';
import { tellAccount } from './books';
import { carelessProposal, trainerProposes } from './decision';
import { search } from './search';
import { until, whole, type Stage } from './stage';
import { adopted, serve, settingsLine, shareOut, startTeam, told, type Team } from './team';

/** People say what the first mails were; nobody learns from the next, on which the guards measure. */
const FIRST = 1_000;
const RECENT = 500;
const LATER = FIRST + RECENT;
const CARELESS = 0.5;
const KILLED = 'filter-2';

/** The first mails, with the defaults; then people say what they were, and the filters may learn from them. */
async function firstMails(stage: Stage, team: Team): Promise<void> {
  stage.chapter(`The first ${whole(FIRST)} mails, with the defaults`);
  const { values, version } = await team.set.read();
  stage.say(`version ${String(version)}: ${settingsLine(values)}`);
  const bar = stage.bar('mails');
  bar.end(told(await serve(team, { from: 0, to: FIRST }, bar)));
  const because = `people have said what the first ${whole(FIRST)} mails are`;
  const verdict = await team.set
    .propose({ learnt: FIRST }, { basedOn: version, because, proposer: 'people' })
    .decided();
  if (verdict.kind !== 'accepted') throw new Error('the filters may not learn');
  const who = await adopted(team, verdict.version);
  stage.say(`${because}: version ${String(verdict.version)}, and ${who} have learnt from them`);
}

/** One agent is killed, and runs no code when it dies: its supervisor finds that out and starts it anew. */
async function anAgentDies(stage: Stage, { supervisor }: Team): Promise<void> {
  stage.chapter('A filter dies');
  const generation = async (): Promise<number | undefined> =>
    (await supervisor.view()).children.find(({ id, status }) => id === KILLED && status === 'running')?.generation;
  const before = await generation();
  await stage.terminate(KILLED);
  stage.say(`${KILLED} is terminated in the server: it can tell nobody`);
  await until(`${KILLED} runs again`, async () => {
    const now = await generation();
    return now !== undefined && now !== before ? now : undefined;
  });
  const { decisions } = await supervisor.view();
  for (const { text } of decisions.slice(-3)) stage.say(`mail-team: ${text}`);
}

/** The same later mails under what was live and what is live. */
async function laterMails(stage: Stage, team: Team, before: number): Promise<void> {
  stage.chapter(`${whole(STREAM_MAILS - LATER)} later mails, before and after`);
  const { history, values, version } = await team.set.view();
  const settings = history.find((each) => each.version === before)?.values;
  if (settings === undefined) throw new Error(`version ${String(before)} is no longer known`);
  const old = stage.bar(`version ${String(before)}`);
  const asked = { settings: settings as never };
  old.end(
    told(
      await shareOut(team, { from: LATER, to: STREAM_MAILS }, old, (filter, batch) =>
        filter.ask('compare', { ...asked, ...batch }),
      ),
    ),
  );
  const now = stage.bar(`version ${String(version)}`);
  now.end(told(await serve(team, { from: LATER, to: STREAM_MAILS }, now)));
  stage.say(`live: ${settingsLine(values)}`);
}

/**
 * The main job, from the defaults to the answer why: a study finds better settings while a worker is killed, guards measure
 * before they vote, filters adopt what is decided. @returns whether nothing was lost, repeated or forgotten
 */
export async function demo(stage: Stage): Promise<boolean> {
  stage.chapter('A team of agents and a live mail filter');
  for (const [what, address] of Object.entries(stage.addresses)) stage.say(`${what.padEnd(14)}${address}`);
  const team = await startTeam(stage);
  stage.say(
    `${'agents'.padEnd(14)}trainer, filter-1, filter-2, filter-3, three guards, below the supervisor mail-team`,
  );

  await firstMails(stage, team);
  await anAgentDies(stage, team);
  const { version } = await team.set.read();

  stage.chapter(`The trainer searches: ${String(stage.trials)} trials on two worker processes`);
  const [searched] = await Promise.all([
    search(stage, team),
    serve(team, { from: FIRST, to: LATER }, { show: () => undefined, end: () => undefined }),
  ]);

  stage.chapter('The account');
  const isClean = tellAccount(stage, searched);

  stage.chapter('The decision');
  const decided = await trainerProposes(stage, team);
  if (decided.kind !== 'accepted') return false;
  stage.say(`${await adopted(team, decided.version)} serve with it`);

  await laterMails(stage, team, version);

  stage.chapter('A proposal that would lose mail');
  const refused = await carelessProposal(stage, team, CARELESS);

  stage.chapter('Why is the threshold what it is?');
  await until('the store has the decision', async () => {
    const why = await stage.space.why('mail-filter', 'threshold');
    return why.version === decided.version && why.refused.length > 0 ? why : undefined;
  });
  stage.say('$ mabeam why mail-filter threshold');
  for (const line of (await stage.mabeam('why', 'mail-filter', 'threshold')).trimEnd().split('\n')) stage.say(line);
  return isClean && refused.kind === 'refused';
}
