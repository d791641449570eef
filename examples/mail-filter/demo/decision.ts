import type { Verdict } from 'mabeam';
import { STUDY } from './search';
import { settingsLine, type Team } from './team';
import { short, until, type Stage } from './stage';

type Decided = Exclude<Verdict, { readonly kind: 'pending' }>;

/** What the voters said, with their reasons. */
function tellVotes({ say }: Stage, { tally }: Decided): void {
  for (const { voter, choice, reason = '' } of tally?.casts ?? [])
    say(`${voter.padEnd(24)}${choice.padEnd(5)}${reason}`);
}

/** How a proposal was decided. */
export function tellDecision(stage: Stage, decided: Decided): void {
  tellVotes(stage, decided);
  if (decided.kind === 'accepted') {
    stage.say(`accepted: version ${String(decided.version)}`);
    return;
  }
  for (const { code, message } of decided.reasons) stage.say(`refused: ${code}, ${message}`);
}

/** The proposal that the trainer makes of its study, and how it is decided. */
export async function trainerProposes(stage: Stage, { set }: Team): Promise<Decided> {
  const record = await until('the trainer proposes', async () => {
    const { open, recent } = await set.view();
    return [...open, ...recent].find(({ proposal }) => proposal.evidence?.study?.endsWith(STUDY) === true);
  });
  const { proposer, changes, because } = record.proposal;
  stage.say(`${proposer} proposes ${settingsLine(changes)}`);
  if (because !== undefined) stage.say(`because ${because}`);
  const decided = await set.decided(record.number);
  tellDecision(stage, decided);
  return decided;
}

/** Somebody wants to stop more spam, whatever it costs. */
export async function carelessProposal(stage: Stage, { set }: Team, threshold: number): Promise<Decided> {
  const { values, version } = await set.read();
  stage.say(`somebody proposes threshold ${short(values.threshold)} → ${short(threshold)}`);
  const decided = await set
    .propose({ threshold }, { basedOn: version, because: 'stop more spam', proposer: 'somebody' })
    .decided();
  tellDecision(stage, decided);
  return decided;
}
