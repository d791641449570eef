import { KEPT_TRIES, type Try } from '../../contracts/optimisation/tries';
import { isRecord } from '../record';

const isInstant = (value: unknown): value is string => typeof value === 'string' && !Number.isNaN(Date.parse(value));

function readTry(value: unknown): readonly Try[] {
  if (!isRecord(value)) return [];
  const { attempt, worker, begunAt, seenAt, threw } = value;
  const isGood = Number.isInteger(attempt) && typeof worker === 'string' && worker.length <= 200;
  if (!isGood || !isInstant(begunAt) || !isInstant(seenAt)) return [];
  return [{ attempt: attempt as number, worker, begunAt, seenAt, ...(threw === true ? { threw } : {}) }];
}

/** Reads what attempts of a trial left of themselves, the newest KEPT_TRIES. What is not as expected is passed over: it is told for people. */
export function readTries(value: unknown): readonly Try[] {
  return Array.isArray(value) ? value.slice(-KEPT_TRIES).flatMap(readTry) : [];
}
