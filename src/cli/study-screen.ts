import { isRefusal } from '../contracts/errors';
import type { StoredEvent } from '../contracts/event-store';
import type { Attributes } from '../contracts/optimisation/attributes';
import type { FinishedStudy, StudyView, Trial } from '../contracts/optimisation/study';
import { workerOutText, type WorkerOut } from '../contracts/optimisation/worker-breaker';
import { short } from './output';

const BAR = 30;
const SHOWN_RUNNING = 12;
const SHOWN_ENDED = 6;
const SHOWN_WAITING = 4;
const SHOWN_OUT = 3;
const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** What a person wrote, without what would steer a terminal. */
export const harmless = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/g, '?');

/** The measures of a trial, four digits each. */
export const measured = ({ measures = {} }: Pick<Trial, 'measures'>): string =>
  Object.entries(measures)
    .map(([name, value]) => `${harmless(name)}=${short(value)}`)
    .join(' ');

/** What is noted of a study or a trial, in a line. */
export const attributesText = (attributes: Attributes): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}=${harmless(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(', ');

function elapsed(ms: number): string {
  if (ms < MINUTE) return `${(Math.max(0, ms) / SECOND).toFixed(1)} s`;
  return ms < 2 * HOUR ? `${String(Math.round(ms / MINUTE))} min` : `${(ms / HOUR).toFixed(1)} h`;
}

/** How much of the budget has ended, as a bar. */
function progress(ended: number, budget: number): string {
  const full = Math.min(BAR, Math.floor((ended / Math.max(1, budget)) * BAR));
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** The best trial in a line. */
export function bestText(best: Trial | undefined): string {
  if (best === undefined) return 'none yet';
  const noted = best.attributes === undefined ? '' : `  ${attributesText(best.attributes).slice(0, 200)}`;
  return `trial ${String(best.number)}  ${measured(best)}  ${harmless(JSON.stringify(best.configuration))}${noted}`;
}

function runningText(trial: Trial, now: number): string {
  const { number, askedAt, lease, worker } = trial;
  const who = lease === undefined ? (worker ?? '') : `${lease.client} (attempt ${String(lease.attempt)})`;
  const step = stepText(trial) === '' ? '' : `  ${stepText(trial)}`;
  const age = elapsed(now - Date.parse(askedAt)).padStart(7);
  return `trial ${String(number).padEnd(6)} ${age}${step}${who === '' ? '' : `  ${harmless(who)}`}`;
}

/** What a trial told last. */
function stepText({ lastReport }: Trial): string {
  return lastReport === undefined ? '' : `step ${String(lastReport.step)}: ${String(lastReport.value)}`;
}

function restingText(trial: Trial): string {
  const since = trial.waits?.at(-1)?.from ?? '';
  return `trial ${String(trial.number).padEnd(6)} waits since ${since}  ${stepText(trial)}`;
}

function endedText(trial: Trial): string {
  const { number, state, worker, attempts, refusal, askedAt } = trial;
  const endedAt = trial.endedAt ?? trial.waits?.at(-1)?.from ?? askedAt;
  const took = elapsed(Date.parse(endedAt) - Date.parse(askedAt)).padStart(7);
  const again = attempts > 1 ? `  attempt ${String(attempts)}` : '';
  const told = state === 'waiting' ? stepText(trial) : measured(trial);
  const what = refusal === undefined ? told : `${refusal.code}: ${refusal.message}`;
  const parts = [`trial ${String(number).padEnd(6)} ${took}`, state.padEnd(9), harmless(what), harmless(worker ?? '')];
  return `${parts.filter((part) => part !== '').join('  ')}${again}`;
}

const LABEL = 10;

/** Lines below one name, of which so many are shown. */
function block(name: string, lines: readonly string[], most: number): readonly string[] {
  const more = lines.length - most;
  const shown = [...lines.slice(0, most), ...(more > 0 ? [`${String(more)} more`] : [])];
  return shown.map((line, at) => `${(at === 0 ? name : '').padEnd(LABEL)}${line}`);
}

/** A worker that is out, in a line. */
export const outText = (out: WorkerOut): string => harmless(workerOutText(out));

/** A study that is watched, as lines of a screen. */
export function screenOf(name: string, view: StudyView, now: number): readonly string[] {
  const { account, state, best, running, recent, reason, waitingFor, workersOut = [] } = view;
  const { budget, complete, pruned, failed, cancelled, begunAgain, late } = account;
  const ended = complete + pruned + failed + cancelled;
  const { waiting: resting = [] } = view;
  const counts = Object.entries({
    complete,
    pruned,
    failed,
    cancelled,
    running: account.running,
    waiting: account.waiting ?? 0,
  })
    .filter(([what, count]) => count > 0 || what === 'complete')
    .map(([what, count]) => `${String(count)} ${what}`);
  const again = begunAgain + late === 0 ? '' : `; ${String(begunAgain)} begun again, ${String(late)} late`;
  return [
    `${name}  ${state}  ${progress(ended, budget)}  ${String(ended)} of ${String(budget)}`,
    ...block('account', [`${counts.join(', ')}${again}`], 1),
    ...block('best', [bestText(best)], 1),
    ...(reason === undefined ? [] : block('because', [harmless(reason)], 1)),
    ...(waitingFor === undefined ? [] : block('waiting', [harmless(waitingFor)], 1)),
    ...block('out', workersOut.map(outText), SHOWN_OUT),
    ...block(
      'running',
      running.map((trial) => runningText(trial, now)),
      SHOWN_RUNNING,
    ),
    ...block('at rungs', [...resting].reverse().slice(0, SHOWN_WAITING).map(restingText), SHOWN_WAITING),
    ...block('last', [...recent].reverse().slice(0, SHOWN_ENDED).map(endedText), SHOWN_ENDED),
  ];
}

/** How a study has ended, in a line. */
export function outcomeText({ study, state, reason, best, account }: FinishedStudy): string {
  const { complete, asked } = account;
  return `${study} ${state}: ${harmless(reason)}; ${String(complete)} of ${String(asked)} complete; best ${bestText(best)}`;
}

const isTrial = (value: unknown): value is Trial =>
  typeof value === 'object' && value !== null && 'number' in value && 'state' in value;

/** The one line of an event of a study. */
export function eventText({ event }: StoredEvent): string {
  const { type, time, data } = event;
  const { trial, trials, reason, worker, since, member, refusal } = data;
  const what = type.replace(/^study\./, '');
  const of = isTrial(trial)
    ? endedText(trial)
    : Array.isArray(trials)
      ? `trials ${trials.map((each) => String((each as Trial).number)).join(', ')}`
      : typeof member === 'string'
        ? harmless(`${member}: ${isRefusal(refusal) ? refusal.message : ''}`)
        : typeof reason === 'string'
          ? harmless(reason)
          : typeof worker !== 'string'
            ? ''
            : since === undefined
              ? harmless(worker)
              : outText(data as unknown as WorkerOut);
  return `${time}\t${what}\t${of}`;
}
