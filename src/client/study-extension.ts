import { continuationQuery, DEFAULT_CALL_MS, type Snapshot } from '../contracts/entity';
import { isPlatformError, isRefusal, PlatformError, refuse } from '../contracts/errors';
import { extendStudyUpdate, type StudyExtended, type StudyExtension } from '../contracts/optimisation/study';
import { reopenStudy } from '../domain/optimisation/reopening';
import { fundsOf } from '../domain/optimisation/steering';
import type { StudyData } from '../domain/optimisation/study';
import { toPlatformError } from './failures';
import type { NamedRuns } from './handles';
import { isOpenRun } from './runs';
import type { CallOptions } from './temporal';
import { pause } from './waiting';

const AGAIN_MS = 100;
const READ_MS = 15_000;

const cannot = (name: string, why: string): PlatformError =>
  new PlatformError(refuse('cannot-extend', `${why}; start another with its trials: mabeam study copy ${name} <new>`));

/**
 * Has a study that has ended go on; whether it was this call that did it the study itself says.
 * @returns how it stands when there is nothing to go on with
 */
async function goOn(of: NamedRuns, extension: StudyExtension): Promise<StudyExtended | undefined> {
  const { temporal, workflowId, name } = of;
  const { client } = temporal;
  const newest = await client.workflow.getHandle(workflowId).describe();
  if (isOpenRun(newest)) return undefined;
  const { runId, status, type } = newest;
  if (status.name !== 'COMPLETED') throw cannot(name, `${name} did not end by itself: ${status.name.toLowerCase()}`);
  const ask = () => client.workflow.getHandle(workflowId, runId).query(continuationQuery);
  const input = await client.withDeadline(Date.now() + READ_MS, ask);
  if (input?.snapshot === undefined) throw cannot(name, `${name} has left nothing to go on with`);
  const snapshot = input.snapshot as Snapshot<StudyData>;
  const state = reopenStudy(snapshot.state, extension);
  if (isRefusal(state)) throw new PlatformError(state);
  if (state === 'same') return { ...fundsOf(snapshot.state), state: snapshot.state.state };
  await temporal.goOn(workflowId, type, { ...input, snapshot: { ...snapshot, state, effects: [] } }, runId);
  return undefined;
}

/** Turns what the server says into the study's own words. */
async function inWords(of: NamedRuns, error: unknown): Promise<PlatformError> {
  const failure = isPlatformError(error) ? error : toPlatformError(error, of.workflowId);
  if (failure.code !== 'study-not-found' || !(await of.isKnown().catch(() => false))) return failure;
  return cannot(of.name, `the history of ${of.name} is gone`);
}

/**
 * More budget: of a study that runs at once, of one that has ended by a new run of the same workflow id that goes on where it
 * ended. Calls at the same time make one run; repeating is safe.
 */
export async function extended(of: NamedRuns, extension: StudyExtension, how: CallOptions): Promise<StudyExtended> {
  const deadline = Date.now() + (how.timeoutMs ?? DEFAULT_CALL_MS);
  for (;;) {
    let failure: PlatformError;
    try {
      return (await of.temporal.call(of.workflowId, extendStudyUpdate, extension, how)).value;
    } catch (error) {
      failure = await inWords(of, error);
      if (failure.code !== 'stopped') throw failure;
    }
    try {
      const done = await goOn(of, extension);
      if (done !== undefined) return done;
    } catch (error) {
      const why = await inWords(of, error);
      // another call was first: it takes this one, too
      if (why.code !== 'already-exists') throw why;
    }
    // what runs is evaluated to its end, or its events are on their way to the store
    if (Date.now() + AGAIN_MS > deadline) throw failure;
    await pause(AGAIN_MS);
  }
}
