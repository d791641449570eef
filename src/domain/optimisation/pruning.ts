import {
  COMPLETE_REPORTS,
  MAX_REPORTS,
  RUNNING_REPORTS,
  WAITING_REPORTS,
  type Delivery,
  type HalvingOptions,
  type PrunerSpec,
  type Reports,
  type StopAnswer,
  type StopQuestion,
} from '../../contracts/optimisation/pruning';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import type { StudySpec } from '../../contracts/optimisation/study';
import { curveOf, cut } from './pruners/curve';
import type { Memory, Peers, Pruner } from './pruners/pruner';
import { prunerOf } from './pruners/table';
import { isRecord } from '../record';
import { isWhole } from '../whole';

/** What a running trial has told so far. */
interface Open {
  /** The newest attempt that reported: what comes from an earlier one is ignored. */
  readonly attempt: number;
  readonly reports: Reports;
  readonly reached: number;
  /** The last step told when it was to stop: it still is until it tells a later one. */
  readonly stoppedAt?: number;
  /** It is to stop, or has, and waits for its promotion. */
  readonly waits?: true;
}

/** What a study that prunes carries of reports: columns of numbers, bounded whatever the number of trials. Plain JSON. */
export interface PruningData {
  /** By number of the running trial. */
  readonly open: Readonly<Record<string, Open>>;
  /** Of complete trials that reported: the newest that COMPLETE_REPORTS allow. */
  readonly complete: readonly Reports[];
  readonly best?: Reports;
  readonly memory: Memory;
}

/** What is asked of a study about its reports. */
export interface Pruned {
  readonly name: string;
  readonly spec: Pick<StudySpec, 'objective' | 'parallelism'> & { readonly pruner?: PrunerSpec };
  /** How many trials are complete. */
  readonly completed: number;
  readonly pruning: PruningData;
}

const NONE: Reports = { steps: [], values: [] };

/** A study before its first report. */
export const noReports: PruningData = { open: {}, complete: [], memory: { rungs: {} } };

const pruners = new WeakMap<PrunerSpec, Pruner>();

function known(spec: PrunerSpec): Pruner {
  const pruner = pruners.get(spec) ?? prunerOf(spec);
  pruners.set(spec, pruner);
  return pruner;
}

function peersOf({ name, spec, completed, pruning }: Pruned): Peers {
  const { complete, best, memory } = pruning;
  return {
    study: name,
    direction: spec.objective.direction,
    completed,
    curves: complete.map(curveOf),
    ...(best === undefined ? {} : { best: curveOf(best) }),
    memory,
  };
}

/** How many reports of one trial a study keeps while it runs. */
export function keptReports(parallelism: number): number {
  return Math.max(10, Math.min(MAX_REPORTS, Math.floor(RUNNING_REPORTS / parallelism)));
}

/**
 * Leaves out every other report until `most` are left, and counts them; the first and the last stay.
 *
 * @param isWanted what is never left out
 */
export function thin(reports: Reports, most: number, isWanted: (step: number) => boolean = () => false): Reports {
  let { steps, values, thinned = 0 } = reports;
  while (steps.length > most) {
    const last = steps.length - 1;
    const before = steps;
    const stays = (_each: unknown, at: number): boolean => at % 2 === 0 || at === last || isWanted(before[at] ?? 0);
    values = values.filter(stays);
    steps = steps.filter(stays);
    if (steps.length === before.length) break;
    thinned += before.length - steps.length;
  }
  return { steps, values, ...(thinned === 0 ? {} : { thinned }) };
}

/** What was told, and what is told now, behind it. A newer attempt tells anew from its first step on. */
function joined(before: Open | undefined, attempt: number, { steps, values, thinned = 0 }: Reports): Reports {
  const told = before?.reports ?? NONE;
  const from = before !== undefined && attempt > before.attempt ? (steps[0] ?? Infinity) : Infinity;
  const stays = told.steps.filter((step) => step < from).length;
  const last = stays === 0 ? -1 : (told.steps[stays - 1] ?? -1);
  const isNew = (_each: unknown, at: number): boolean => (steps[at] ?? 0) > last;
  const left = (told.thinned ?? 0) + thinned;
  return {
    steps: [...told.steps.slice(0, stays), ...steps.filter(isNew)],
    values: [...told.values.slice(0, stays), ...values.filter(isNew)],
    ...(left === 0 ? {} : { thinned: left }),
  };
}

/** What is known of a trial with reports that came later. @returns nothing when they are of an attempt that was replaced */
export function withReports({ open }: PruningData, { trial, attempt, reports }: Delivery): Reports | undefined {
  const before = open[String(trial)];
  return before !== undefined && attempt < before.attempt ? undefined : joined(before, attempt, reports);
}

/**
 * Takes what an attempt delivered, and judges its reports one after the other when the pruner carries what it learns. Pure.
 * @returns nothing when the attempt was replaced
 */
export function deliver(study: Pruned, delivery: Delivery): PruningData | undefined {
  const { pruning, spec } = study;
  const { trial, attempt } = delivery;
  const before = pruning.open[String(trial)];
  const all = withReports(pruning, delivery);
  if (all === undefined || spec.pruner === undefined) return all === undefined ? undefined : pruning;
  const pruner = known(spec.pruner);
  let { memory } = pruning;
  let { reached = 0, stoppedAt, waits } = before ?? {};
  const fresh = Math.min(delivery.reports.steps.length, all.steps.length);
  if (pruner.nextRung !== undefined && fresh > 0 && waits !== true) {
    const curve = curveOf(all);
    const peers = peersOf(study);
    for (let length = all.steps.length - fresh + 1; length <= all.steps.length; length++) {
      const said = pruner.judge({ number: trial, curve: cut(curve, length), reached }, { ...peers, memory });
      ({ memory, reached } = said.learnt ?? { memory, reached });
      if (!said.stop) continue;
      stoppedAt = all.steps.at(-1);
      waits = said.waits;
      break;
    }
  }
  const reports = thin(all, keptReports(spec.parallelism));
  const open = {
    attempt,
    reports,
    reached,
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    ...(waits === undefined ? {} : { waits }),
  };
  return { ...pruning, memory, open: { ...pruning.open, [String(trial)]: open } };
}

/** Whether an attempt should stop, by what it has told and tells with the question. Pure; changes nothing. */
export function answerStop(study: Pruned, question: StopQuestion): StopAnswer {
  const { pruning, spec } = study;
  const { trial, fresh } = question;
  const all = withReports(pruning, question);
  if (all === undefined || spec.pruner === undefined) return { stop: false };
  const pruner = known(spec.pruner);
  const peers = peersOf(study);
  const { reached = 0, stoppedAt = -1, reports, waits } = pruning.open[String(trial)] ?? {};
  if (pruner.nextRung !== undefined) {
    const rung = pruner.nextRung({ number: trial, reached }, peers);
    const stop = waits === true || (reports?.steps.at(-1) ?? 0) <= stoppedAt;
    return { stop, ...(rung === undefined ? {} : { rung }) };
  }
  const curve = curveOf(all);
  const lengths = Array.from({ length: Math.min(fresh, all.steps.length) }, (_each, at) => all.steps.length - at);
  return {
    stop: lengths.some((length) => pruner.judge({ number: trial, curve: cut(curve, length), reached }, peers).stop),
  };
}

/** The step at which a trial is judged next, for an attempt that begins. */
export function firstRung(study: Pruned, number: number): number | undefined {
  const { spec, pruning } = study;
  const pruner = spec.pruner && known(spec.pruner);
  const reached = promotionOf(spec.pruner) === undefined ? 0 : (pruning.open[String(number)]?.reached ?? 0);
  return pruner?.nextRung?.({ number, reached }, peersOf(study));
}

/** Halving that promotes; nothing for another pruner. */
export function promotionOf(pruner: PrunerSpec | undefined): HalvingOptions | undefined {
  return pruner?.kind === 'halving' && pruner.promote === true ? pruner : undefined;
}

/** The rung at which a trial was told to wait; nothing for one that was not. */
export function waitsAt({ open }: PruningData, trial: number): number | undefined {
  const { waits, reached = 0 } = open[String(trial)] ?? {};
  return waits === true ? reached - 1 : undefined;
}

/** A trial rests: its reports are thinned, and those that came with its outcome are among them. */
export function rested(pruning: PruningData, trial: number, reports: Reports | undefined): PruningData {
  const { [String(trial)]: before, ...others } = pruning.open;
  if (before === undefined) return pruning;
  const open = { ...before, reports: thin(reports ?? before.reports, WAITING_REPORTS) };
  return { ...pruning, open: { ...others, [String(trial)]: open } };
}

/** A trial goes on with another attempt: what comes from earlier ones is ignored from here on. */
export function goneOn(pruning: PruningData, trial: number, attempt: number): PruningData {
  const { [String(trial)]: before, ...others } = pruning.open;
  const { reports = NONE, reached = 0 } = before ?? {};
  return { ...pruning, open: { ...others, [String(trial)]: { attempt, reports, reached } } };
}

/** Keeps what a complete trial told, to compare others with. */
function compared({ spec, pruning }: Pruned, reports: Reports, isBest: boolean): PruningData {
  const last = reports.steps.at(-1);
  // one that promotes compares at its rungs alone
  if (promotionOf(spec.pruner) !== undefined) return pruning;
  if (last === undefined) return isBest ? { ...pruning, best: reports } : pruning;
  let complete = [...pruning.complete, reports];
  let count = complete.reduce((sum, { steps }) => sum + steps.length, 0);
  while (count > COMPLETE_REPORTS && complete.length > 1) {
    count -= complete[0]?.steps.length ?? 0;
    complete = complete.slice(1);
  }
  const { memory } = pruning;
  const resource = memory.resource ?? (spec.pruner && known(spec.pruner).resourceOf?.(last));
  const fixed = resource === undefined ? memory : { ...memory, resource };
  return { ...pruning, complete, memory: fixed, ...(isBest ? { best: reports } : {}) };
}

/** A trial has ended: what it told is kept when it is complete. */
export function closeReports(
  study: Pruned,
  trial: number,
  reports: Reports,
  ended: { readonly isComplete: boolean; readonly isBest: boolean },
): PruningData {
  const { [String(trial)]: _ended, ...open } = study.pruning.open;
  const pruning = { ...study.pruning, open };
  return ended.isComplete ? compared({ ...study, pruning }, reports, ended.isBest) : pruning;
}

/** The bracket of a trial when brackets are studies of their own to the sampler; nothing when it learns from all. */
export function bracketsOf({ name, spec, pruning }: Pruned): ((trial: number) => number) | undefined {
  const pruner = spec.pruner && known(spec.pruner);
  const { bracketOf } = pruner ?? {};
  return bracketOf && ((trial) => bracketOf(trial, { study: name, memory: pruning.memory }));
}

const BYTES = 24;

/** The length of it as JSON, nearly: a report takes BYTES at most, but for the longest numbers. */
export function pruningBytes({ open, complete, best, memory }: PruningData): number {
  const of = (list: readonly Reports[]): number => list.reduce((sum, { steps }) => sum + 40 + BYTES * steps.length, 0);
  const rungs = Object.values(memory.rungs).reduce((sum, values) => sum + 20 + BYTES * values.length, 0);
  const standing = Object.values(memory.standings ?? {}).reduce(
    (sum, { trials }) => sum + 40 + BYTES * trials.length,
    0,
  );
  return (
    of(complete) + of(Object.values(open).map(({ reports }) => reports)) + of(best ? [best] : []) + rungs + standing
  );
}

const isReported = (value: unknown): boolean =>
  Number.isFinite(value) || value === 'NaN' || value === 'Infinity' || value === '-Infinity';

/** Parses reports. @returns `invalid-message` that says what is wrong */
export function readReports(value: unknown): Reports | Refusal {
  const { steps, values, thinned = 0 } = isRecord(value) ? value : {};
  const isGood =
    Array.isArray(steps) &&
    Array.isArray(values) &&
    steps.length === values.length &&
    steps.length <= MAX_REPORTS &&
    isWhole(thinned, 0, Infinity) &&
    steps.every((step, at) => isWhole(step, at === 0 ? 0 : (steps[at - 1] as number) + 1, Infinity)) &&
    values.every(isReported);
  return isGood
    ? (value as Reports)
    : refuse(
        'invalid-message',
        `reports are at most ${String(MAX_REPORTS)} ascending steps and as many values; got ${show(value)}`,
      );
}
