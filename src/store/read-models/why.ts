import { PlatformError, refuse } from '../../contracts/errors';
import type { ProposalRow, Why } from '../../contracts/read-models';
import type { Work } from '../database';
import { lifeOf } from './proposals';
import { studyNamed, trialsNamed } from './trials';

const MAX_TRIALS = 100;
const MAX_CHANGES = 100;
const MAX_REFUSED = 20;
const REFUSED_LOOKED_AT = 1_000;

interface Place {
  readonly edition: number;
  readonly space: string;
  readonly set: string;
  readonly generation: number;
}

async function proposalNumbered(work: Work, place: Place, number: number): Promise<ProposalRow | undefined> {
  const key = `${place.space}:${place.set}~${String(place.generation)}#${String(number)}`;
  const row = await work
    .selectFrom('rm_proposals')
    .select('record')
    .where('edition', '=', place.edition)
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.record;
}

async function evidenceTrials(work: Work, place: Place, proposal: ProposalRow | undefined): Promise<Why['trials']> {
  const { study, trials = [] } = proposal?.evidence ?? {};
  if (proposal === undefined || study === undefined) return [];
  const name = studyNamed(study);
  const of = { space: place.space, study: name, at: proposal.proposedAt };
  const found = await trialsNamed(work, place.edition, of, trials.slice(0, MAX_TRIALS));
  return found.map((trial) => ({ ...trial, study: name }));
}

/** For each agent the first version that it took from this one on. */
async function adoptionOf(work: Work, place: Place, version: number): Promise<Why['adoption']> {
  const rows = await work
    .selectFrom('rm_adoptions')
    .select(['agent', 'version', 'at'])
    .where('edition', '=', place.edition)
    .where('space', '=', place.space)
    .where('set_name', '=', place.set)
    .where('generation', '=', place.generation)
    .where('version', '>=', version)
    .distinctOn('agent')
    .orderBy('agent')
    .orderBy('version')
    .execute();
  return rows;
}

async function versionsAfter(work: Work, place: Place, after: number, but: number): Promise<Why['changedSince']> {
  const rows = await work
    .selectFrom('rm_versions')
    .select(['version', 'changes'])
    .where('edition', '=', place.edition)
    .where('space', '=', place.space)
    .where('set_name', '=', place.set)
    .where('generation', '=', place.generation)
    .where('version', '>', after)
    .where('version', '!=', but)
    .orderBy('version', 'desc')
    .limit(MAX_CHANGES)
    .execute();
  return rows.reverse();
}

async function refusedSince(
  work: Work,
  place: Place,
  position: number,
  variable: string,
): Promise<readonly ProposalRow[]> {
  const rows = await work
    .selectFrom('rm_proposals')
    .select('record')
    .where('edition', '=', place.edition)
    .where('space', '=', place.space)
    .where('set_name', '=', place.set)
    .where('generation', '=', place.generation)
    .where('verdict', '=', 'refused')
    .where('decided_position', '>', position)
    .orderBy('decided_position', 'desc')
    .limit(REFUSED_LOOKED_AT)
    .execute();
  return rows
    .map((each) => each.record)
    .filter((each) => each.changes.some((change) => change.variable === variable))
    .slice(0, MAX_REFUSED);
}

/**
 * Builds the chain: live value → decision (tally with reasons) → proposal → evidence trials → adoption → what was
 * committed since the evidence was measured → refused proposals on the variable since.
 *
 * @throws PlatformError `variable-set-not-found`, or `unknown-variable` for one that never had a value
 */
export async function whyIs(
  work: Work,
  at: { readonly edition: number; readonly position: number },
  { space, set, variable }: { readonly space: string; readonly set: string; readonly variable: string },
): Promise<Why> {
  const generation = await lifeOf(work, at.edition, space, 'variables', set);
  if (generation === undefined) {
    const text = `the store knows no variable set ${set} in the space ${space}`;
    throw new PlatformError(refuse('variable-set-not-found', text));
  }
  const place: Place = { edition: at.edition, space, set, generation };
  const change = await work
    .selectFrom('rm_changes')
    .select(['version', 'at', 'proposal', 'position', 'after'])
    .where('edition', '=', place.edition)
    .where('space', '=', space)
    .where('set_name', '=', set)
    .where('generation', '=', generation)
    .where('variable', '=', variable)
    .orderBy('version', 'desc')
    .executeTakeFirst();
  if (change === undefined) {
    const text = `the variable ${JSON.stringify(variable)} of the set ${set} never had a value`;
    throw new PlatformError(refuse('unknown-variable', text));
  }
  const proposal = change.proposal === 0 ? undefined : await proposalNumbered(work, place, change.proposal);
  const measuredOn = proposal?.evidence?.measuredOn ?? proposal?.basedOn ?? change.version;
  return {
    set,
    variable,
    value: change.after,
    version: change.version,
    since: change.at,
    ...(proposal === undefined ? {} : { proposal }),
    trials: await evidenceTrials(work, place, proposal),
    adoption: await adoptionOf(work, place, change.version),
    changedSince: await versionsAfter(work, place, measuredOn, change.version),
    refused: await refusedSince(work, place, change.position, variable),
    position: at.position,
  };
}
