import type { SpaceHealth, TakenOut } from '../contracts/health';
import { workflowId, type Name } from '../contracts/ids';
import { studyQuery, type StudyView } from '../contracts/optimisation/study';
import { MAX_COOL_DOWN_MS, workerOutText } from '../contracts/optimisation/worker-breaker';
import type { ReadModels } from '../contracts/read-models';
import { glance } from './glance';
import { spaceHealth, type HealthOptions, type Waited } from './health';
import { readerOf } from './reader';
import type { Temporal } from './temporal';

/** Studies that are looked at for whom they wait for, and how long each may take to say so. */
const MAX_STUDIES = 20;
const LOOK_MS = 3_000;

interface Seen {
  readonly name: string;
  readonly view: StudyView;
}

/** The running studies of a space that answer, by the read model; none when that does not answer. */
async function runningStudies(temporal: Temporal, reads: ReadModels | undefined): Promise<readonly Seen[]> {
  const request = { space: temporal.space, kind: 'study', status: 'running', pageSize: MAX_STUDIES } as const;
  const { items } = await readerOf(reads)
    .list(request)
    .catch(() => ({ items: [] }));
  const seen = await Promise.allSettled(
    items.map(async ({ name }): Promise<Seen> => {
      const id = workflowId(temporal.space, 'study', name as Name);
      return { name, view: await glance(temporal.client, id, studyQuery, LOOK_MS) };
    }),
  );
  return seen.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** Workers that a study was told of and that may still be there: one that has said nothing since its rest was over has ended. */
function outIn({ name: study, view: { workersOut = [] } }: Seen): readonly TakenOut[] {
  return workersOut
    .filter(({ until }) => Date.parse(until) > Date.now() - MAX_COOL_DOWN_MS)
    .map((out) => ({ ok: false, detail: workerOutText(out), worker: out.worker, study }));
}

async function waitedFor(temporal: Temporal, reads: ReadModels | undefined): Promise<Waited> {
  const studies = await runningStudies(temporal, reads);
  const wanted = studies.flatMap(({ view: { account, spec } }) =>
    account.running > 0 && spec.evaluator !== undefined ? [spec.evaluator] : [],
  );
  return { evaluators: [...new Set(wanted)], takenOut: studies.flatMap(outIn) };
}

/** How a space is, with the queues of the evaluators that its studies wait for. @see spaceHealth */
export function healthOfSpace(
  temporal: Temporal,
  reads: ReadModels | undefined,
  options: Omit<HealthOptions, 'waited'> = {},
): Promise<SpaceHealth> {
  return spaceHealth(temporal, reads, { ...options, waited: () => waitedFor(temporal, reads) });
}
