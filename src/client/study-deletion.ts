import { DEFAULT_CALL_MS, type EntityInput } from '../contracts/entity';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { Name } from '../contracts/ids';
import { DELETION_MEMO, studyQuery, type StudyDeletion, type StudyState } from '../contracts/optimisation/study';
import { defaultOwner } from '../contracts/root-supervisor';
import { queueOf } from '../contracts/task-queues';
import type { NamedRuns } from './handles';
import { isOpenRun, reach } from './runs';
import type { CallOptions } from './temporal';
import { pause } from './waiting';

const AGAIN_MS = 100;

/** The newest run under the study's name. */
interface Newest {
  readonly runId: string;
  readonly startedAt: Date;
  readonly isOpen: boolean;
  /** Whether it was begun to tell the log of a deletion, and whether it did. */
  readonly isWord: boolean;
  readonly hasTold: boolean;
}

const isMissing = (failure: PlatformError): boolean => failure.code === 'study-not-found';

/** Acts, with what is not there as an answer. */
async function found<T>(of: NamedRuns, deadline: number, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await reach(of.temporal.client, of.workflowId, deadline, act);
  } catch (error) {
    if (isPlatformError(error) && isMissing(error)) return undefined;
    throw error;
  }
}

async function newestOf(of: NamedRuns, deadline: number, run?: string): Promise<Newest | undefined> {
  const { client } = of.temporal;
  const seen = await found(of, deadline, () => client.workflow.getHandle(of.workflowId, run).describe());
  if (seen === undefined) return undefined;
  const { runId, startTime, status, memo } = seen;
  const isWord = memo?.[DELETION_MEMO] === true;
  return { runId, startedAt: startTime, isOpen: isOpenRun(seen), isWord, hasTold: isWord && status.name === 'FAILED' };
}

/** How a study with an open run stands; `undefined` when it has ended meanwhile. */
async function stateOf({ temporal, workflowId }: NamedRuns): Promise<StudyState | undefined> {
  try {
    return (await temporal.look(workflowId, studyQuery)).state;
  } catch (error) {
    if (isPlatformError(error) && (error.code === 'stopped' || isMissing(error))) return undefined;
    throw error;
  }
}

/** Begins the run that tells the log; one that another call has begun is as good. */
async function beginWord(of: NamedRuns, how: CallOptions, deadline: number): Promise<void> {
  const { temporal, workflowId, name } = of;
  const { space, queues, client } = temporal;
  const { sender = 'user:sdk', correlationId, requestId = globalThis.crypto.randomUUID() } = how;
  const more = correlationId === undefined ? {} : { correlationId };
  const init: StudyDeletion = { deletion: { by: sender, causationId: requestId, ...more } };
  const owner = defaultOwner(space, 'study');
  const input: EntityInput<StudyDeletion> = { space, kind: 'study', name: name as Name, owner, queues, init };
  try {
    await reach(client, workflowId, deadline, () =>
      client.workflow.start('studyWorkflow', {
        workflowId,
        taskQueue: queueOf(input),
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `study ${name} is deleted`,
        memo: { [DELETION_MEMO]: true },
      }),
    );
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'already-exists') throw error;
  }
}

/** Waits until a run is over, however it ends. */
async function isOver(of: NamedRuns, runId: string, deadline: number): Promise<void> {
  const { client } = of.temporal;
  await reach(client, of.workflowId, deadline, () => client.workflow.getHandle(of.workflowId, runId).result()).catch(
    (error: unknown) => {
      if (isPlatformError(error) && (error.code === 'timeout' || error.code === 'temporal-unavailable')) throw error;
    },
  );
}

/** Waits for the end of a run that is open. @throws PlatformError `study-runs` for a study that has not ended */
async function awaitEnd(of: NamedRuns, { runId, isWord }: Newest, deadline: number): Promise<void> {
  const state = isWord ? undefined : await stateOf(of);
  if (state !== undefined && state !== 'finished' && state !== 'stopped') {
    const text = `${of.name} has not ended; stop it first: mabeam study stop ${of.name}`;
    throw new PlatformError(refuse('study-runs', text));
  }
  // its last events are on their way to the store
  await isOver(of, runId, deadline);
}

/** Has the log know that the study is deleted. @returns the run that said so; `undefined` when all is done already */
async function told(of: NamedRuns, how: CallOptions, deadline: number): Promise<Newest | undefined> {
  for (let hasSeen = false; ;) {
    const run = await newestOf(of, deadline);
    if (run?.hasTold === true) return run;
    // another call has told, and removed what there was
    if (run === undefined && hasSeen) return undefined;
    if (run === undefined && !(await of.isKnown()))
      throw new PlatformError(refuse('study-not-found', `there is no study ${of.name}: it was deleted, or never was`));
    hasSeen ||= run?.isWord === true;
    if (run?.isOpen === true) await awaitEnd(of, run, deadline);
    else await beginWord(of, how, deadline);
  }
}

/** The ids of all runs under the study's name that are no later than its deletion. */
async function runsUntil(of: NamedRuns, word: Newest, deadline: number): Promise<readonly string[]> {
  const { client } = of.temporal;
  return reach(client, of.workflowId, deadline, async () => {
    const list: string[] = [];
    for await (const { runId, startTime } of client.workflow.list({ query: `WorkflowId = '${of.workflowId}'` }))
      if (startTime <= word.startedAt) list.push(runId);
    return list;
  });
}

/**
 * Has the server remove the histories, that of the deletion itself last: until then a repeated call finds where to go on. It keeps
 * the order and does it when it has time. Lists of the server are late, so they are believed when they know the newest of these runs.
 */
async function removeRuns(of: NamedRuns, word: Newest, deadline: number): Promise<void> {
  const { client } = of.temporal;
  const remove = (runId: string): Promise<unknown> =>
    found(of, deadline, () =>
      client.workflowService.deleteWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { workflowId: of.workflowId, runId },
      }),
    );
  for (;;) {
    const listed = await runsUntil(of, word, deadline);
    if (listed.includes(word.runId)) {
      for (const runId of listed.filter((each) => each !== word.runId)) await remove(runId);
      await remove(word.runId);
      return;
    }
    // another call may have done it
    if ((await newestOf(of, deadline, word.runId)) === undefined) return;
    if (Date.now() + AGAIN_MS > deadline) {
      throw new PlatformError(refuse('timeout', `the server does not list the runs of ${of.name}; repeat it`));
    }
    await pause(AGAIN_MS);
  }
}

/**
 * Deletes a study that has ended: first the log is told, by a run that has its name meanwhile, then the server is told to remove
 * the histories of all its runs. What was cut off anywhere is completed by repeating the call.
 */
export async function deleted(of: NamedRuns, how: CallOptions): Promise<void> {
  const deadline = Date.now() + (how.timeoutMs ?? DEFAULT_CALL_MS);
  const word = await told(of, how, deadline);
  if (word !== undefined) await removeRuns(of, word, deadline);
}
