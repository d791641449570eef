import { proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { EntityInput } from '../../src/contracts/entity';
import type { StoreActivities } from '../../src/contracts/envelope';
import { refuse } from '../../src/contracts/errors';
import { studyQuery, type StudyDeletion } from '../../src/contracts/optimisation/study';
import { timeText } from '../../src/domain/causality/hybrid-clock';
import { ofQuery, toFailure } from '../kernel/failure';

/**
 * The last run of a study that is deleted: has the name while the log is told, so that nobody else gets it meanwhile. A life of
 * its own, later than all that it speaks of.
 *
 * It fails on purpose: what has failed gives its name back, so that a new study may begin before this run is removed, too.
 */
export async function tellDeletion({ space, kind, name, queues, init }: EntityInput): Promise<never> {
  const { by, ...ids } = (init as StudyDeletion).deletion;
  const gone = `the study ${name} was deleted`;
  setHandler(studyQuery, () => {
    throw ofQuery('study-not-found', gone);
  });
  const { appendEvents } = proxyActivities<StoreActivities>({
    taskQueue: queues.store,
    startToCloseTimeout: 10_000,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 10_000 },
    summary: 'tell the store that the study is deleted',
  });
  const { startTime } = workflowInfo();
  const time = startTime.toISOString();
  const hlc = timeText({ ms: startTime.getTime(), counter: 0 }, workflowInfo().workflowId);
  const event = { ...ids, sequence: 1, time, hlc, type: 'study.deleted', data: { by } };
  await appendEvents({ space, kind, name, generation: String(startTime.getTime()), events: [event] });
  throw toFailure(refuse('study-not-found', gone));
}
