import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { MAX_LAST_FAILURE, MAX_WORKERS_OUT, type WorkerOut } from '../../contracts/optimisation/worker-breaker';
import { isRecord } from '../record';
import type { StudyData, StudyStep } from './study';

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 40 && !Number.isNaN(Date.parse(value));
const isWorker = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 200;

/** Reads the name of a worker. */
export function readWorker(value: unknown): { readonly worker: string } | Refusal {
  const { worker } = isRecord(value) ? value : {};
  return isWorker(worker) ? { worker } : refuse('invalid-message', `a worker has a name; got ${show(value)}`);
}

/** Reads what a worker says that was taken out. */
export function readWorkerOut(value: unknown): WorkerOut | Refusal {
  const who = readWorker(value);
  if (isRefusal(who)) return who;
  const { since, until, failures, last } = value as Readonly<Record<string, unknown>>;
  if (!isInstant(since) || !isInstant(until) || !Number.isInteger(failures) || typeof last !== 'string')
    return refuse('invalid-message', `a worker is out with since, until, failures and last; got ${show(value)}`);
  return { ...who, since, failures: failures as number, last: last.slice(0, MAX_LAST_FAILURE), until };
}

const others = ({ workersOut = [] }: StudyData, worker: string): readonly WorkerOut[] =>
  workersOut.filter((each) => each.worker !== worker);

/** A worker was taken out; of more than MAX_WORKERS_OUT the newest are told. */
export function workerBroken(state: StudyData, out: WorkerOut): StudyStep {
  const workersOut = [...others(state, out.worker), out].slice(-MAX_WORKERS_OUT);
  return { state: { ...state, workersOut }, events: [{ type: 'study.workerBroken', data: { ...out } }], asked: [] };
}

/** A worker takes trials again. */
export function workerMended(before: StudyData, { worker }: { readonly worker: string }): StudyStep {
  const left = others(before, worker);
  const { workersOut = [], ...rest } = before;
  if (left.length === workersOut.length) return { state: before, events: [], asked: [] };
  const state = left.length === 0 ? rest : { ...rest, workersOut: left };
  return { state, events: [{ type: 'study.workerMended', data: { worker } }], asked: [] };
}
