import type { GenerationEnd, Standing } from '../contracts/coordination/barrier';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { WorkflowId } from '../contracts/ids';
import { isOpenRun } from './runs';
import type { OwnSession } from './sessions';
import type { Temporal } from './temporal';

/** A word that was lost is made up for by looks, ever more rarely. */
const LOOK_MS = 2_000;
const LOOK_MS_MAX = 30_000;

/** How something is waited for in a barrier. */
export interface BarrierWait {
  readonly temporal: Temporal;
  readonly workflowId: WorkflowId;
  readonly session: OwnSession;
  /** By what name the session is told of the end. */
  readonly request: string;
  /** By `performance.now()`. */
  readonly deadline: number;
  look(): Promise<Standing>;
  /** Asks for it once more, with what is left of the time. */
  again(leftMs: number): Promise<Standing>;
  /** The time is over. @returns how it stands when nobody waits for it any more */
  giveUp(): Promise<Standing>;
}

const isOneOf = (error: unknown, ...codes: readonly string[]): boolean =>
  isPlatformError(error) && codes.includes(error.code);

/** Waits for a word of the end. @returns false when there was none in time */
async function told({ session, workflowId, request }: BarrierWait, ms: number): Promise<boolean> {
  try {
    await session.turn(workflowId, request, AbortSignal.timeout(Math.ceil(ms)));
    return true;
  } catch (error) {
    if (!isOneOf(error, 'timeout')) throw error;
    return false;
  }
}

/** Looks how it stands. One that has ended in the middle, as one that was terminated, is asked again and goes on. */
async function seen(wait: BarrierWait, wasTold: boolean): Promise<Standing> {
  try {
    const standing = await wait.look();
    if (wasTold || standing.kind !== 'waiting') return standing;
    const run = await wait.temporal.client.workflow.getHandle(wait.workflowId).describe();
    return isOpenRun(run) ? standing : { kind: 'none' };
  } catch (error) {
    if (isOneOf(error, 'barrier-not-found', 'stopped')) return { kind: 'none' };
    throw error;
  }
}

/**
 * Waits until it is over. @throws PlatformError `timeout` when it was given up, `session-in-doubt` when the session may have expired,
 * what asking again is refused with
 */
export async function waitedFor(wait: BarrierWait, first: Standing): Promise<GenerationEnd> {
  let lookMs = LOOK_MS;
  for (let standing = first; ;) {
    if (standing.kind === 'released' || standing.kind === 'broken') return standing;
    const leftMs = wait.deadline - performance.now();
    if (leftMs <= 0) return givenUp(wait);
    if (standing.kind === 'none') {
      standing = await wait.again(Math.ceil(leftMs));
      continue;
    }
    const wasTold = await told(wait, Math.min(leftMs, lookMs));
    lookMs = Math.min(2 * lookMs, LOOK_MS_MAX);
    wait.session.check();
    standing = await seen(wait, wasTold);
  }
}

async function givenUp(wait: BarrierWait): Promise<GenerationEnd> {
  const standing = await wait.giveUp().catch((error: unknown): Standing => {
    if (isOneOf(error, 'barrier-not-found', 'stopped')) return { kind: 'none' };
    throw error;
  });
  if (standing.kind === 'released' || standing.kind === 'broken') return standing;
  throw new PlatformError(refuse('timeout', `${wait.workflowId} did not let it go on in time`));
}

/** The generation that was released. @throws PlatformError `barrier-broken` with `generation`, `reason` and `because` */
export function released(end: GenerationEnd, id: string): { readonly generation: number } {
  const { generation } = end;
  if (end.kind === 'released') return { generation };
  const { reason, because } = end;
  const why = because === undefined ? reason : `${reason}: ${because}`;
  throw new PlatformError(
    refuse('barrier-broken', `generation ${String(generation)} of ${id} broke for all (${why})`, {
      details: { generation, reason, ...(because === undefined ? {} : { because }) },
    }),
  );
}
