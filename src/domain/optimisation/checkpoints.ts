import { refuse, type Refusal } from '../../contracts/errors';
import { MAX_CHECKPOINT_BYTES, type Interval } from '../../contracts/optimisation/lineage';
import type { Trial, TrialOutcome } from '../../contracts/optimisation/study';
import { jsonBytes } from '../mailbox';

/** Of each member of a population the newest checkpoint of a complete trial: what a trial may begin with. Plain JSON. */
export type Checkpoints = readonly {
  readonly member: number;
  readonly trial: number;
  readonly checkpoint: unknown;
  readonly bytes: number;
}[];

const bytesOf = (value: unknown): number => jsonBytes(value) ?? 0;

/** What the checkpoints take, nearly. */
export function checkpointBytes(checkpoints: Checkpoints = []): number {
  return checkpoints.reduce((sum, { bytes }) => sum + bytes + 50, 0);
}

/** The checkpoints when a trial has ended: one of a member takes the place of the member's last. */
export function keepCheckpoint(
  before: Checkpoints | undefined,
  { number, lineage, state, checkpoint }: Trial,
): { readonly checkpoints?: Checkpoints } {
  if (lineage === undefined || state !== 'complete') return before === undefined ? {} : { checkpoints: before };
  const { member } = lineage;
  const others = (before ?? []).filter((each) => each.member !== member);
  return { checkpoints: [...others, { member, trial: number, checkpoint, bytes: bytesOf(checkpoint) }] };
}

/** A trial as a study shows it among many. */
export function withoutCheckpoint({ checkpoint: _saved, ...trial }: Trial): Trial {
  return trial;
}

/** What an evaluator begins with; nothing for a trial without a lineage. */
export function intervalOf(checkpoints: Checkpoints | undefined, { lineage }: Trial): { readonly interval?: Interval } {
  if (lineage === undefined) return {};
  const { from } = lineage;
  const parent = checkpoints?.find(({ trial }) => trial === from);
  return { interval: parent === undefined ? {} : { from: parent.trial, checkpoint: parent.checkpoint } };
}

/**
 * Why an outcome cannot be gone on from: nothing when it can, or nobody does.
 * @returns `no-checkpoint` when there is none, `invalid-message` when it is too large
 */
export function checkpointProblem(
  running: readonly Trial[],
  { trial, pruned, checkpoint }: TrialOutcome,
): Refusal | undefined {
  const isMember = running.some(({ number, lineage }) => number === trial && lineage !== undefined);
  if (!isMember || pruned === true) return undefined;
  if (checkpoint === undefined || checkpoint === null) {
    const text = `trial ${String(trial)} is an interval of training: before it answers, its evaluator saves a checkpoint that the next one resumes from`;
    return refuse('no-checkpoint', text);
  }
  const bytes = bytesOf(checkpoint);
  if (bytes <= MAX_CHECKPOINT_BYTES) return undefined;
  const text = `a checkpoint that another trial goes on from has at most ${String(MAX_CHECKPOINT_BYTES)} bytes as JSON; got ${String(bytes)}: keep it elsewhere and save a reference`;
  return refuse('invalid-message', text);
}
