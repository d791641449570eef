import { show } from '../../contracts/ids';
import { MAX_COST, MAX_SECONDS, type CostAccount, type StudyBudget } from '../../contracts/optimisation/budget';
import {
  emptyLedger,
  fund,
  reserve,
  reserveMore,
  reservedIn,
  settle,
  spendUntilNow,
  type Ledger,
} from '../economics/ledger';
import { isRecord } from '../record';

/** Money is counted in millionths, so that sums are exact. */
const MICROS = 1_000_000;
const inMicros = (cost: number): number => Math.round(cost * MICROS);
const inUnits = (micros: number): number => micros / MICROS;

/** Whether it is an amount: a finite number from 0 to MAX_COST. */
export function isCost(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_COST;
}

const isPrice = (value: unknown): value is number => isCost(value) && inMicros(value) >= 1;

/** What is wrong with the parts of a budget beside the number of trials. */
export function budgetProblems(budget: unknown): string[] {
  if (!isRecord(budget)) return [];
  const { trials: _trials, seconds, cost, costPerTrial, unreported, ...more } = budget;
  const problems = Object.keys(more).map((name) => `budget has no ${show(name)}`);
  const isTime = Number.isInteger(seconds) && (seconds as number) >= 1 && (seconds as number) <= MAX_SECONDS;
  if (seconds !== undefined && !isTime)
    problems.push(`budget.seconds is a whole number from 1 to ${String(MAX_SECONDS)}; got ${show(seconds)}`);
  for (const [name, value] of [
    ['cost', cost],
    ['costPerTrial', costPerTrial],
  ] as const)
    if (value !== undefined && !isPrice(value))
      problems.push(`budget.${name} is a number from 0.000001 to ${String(MAX_COST)}; got ${show(value)}`);
  if ((cost === undefined) !== (costPerTrial === undefined))
    problems.push('budget.cost and budget.costPerTrial, the most that one trial may cost, come together');
  if (isPrice(cost) && isPrice(costPerTrial) && costPerTrial > cost)
    problems.push(`budget.costPerTrial is at most budget.cost, ${String(cost)}; got ${String(costPerTrial)}`);
  if (unreported !== undefined && unreported !== 'charge' && unreported !== 'free')
    problems.push(`budget.unreported is charge or free; got ${show(unreported)}`);
  return problems;
}

/** The purse of a study, full; none for one without a budget of money. */
export function purseOf({ cost }: StudyBudget): Ledger | undefined {
  return cost === undefined ? undefined : fund(emptyLedger, inMicros(cost));
}

/** The purse with another budget; `undefined` when more is set aside and spent. */
export function refunded(purse: Ledger, cost: number): Ledger | undefined {
  return fund(purse, inMicros(cost));
}

/** For how many more trials money can be set aside now. */
export function affordable({ costPerTrial }: StudyBudget, purse: Ledger | undefined): number {
  if (purse === undefined || costPerTrial === undefined) return Infinity;
  return Math.floor(purse.balance / inMicros(costPerTrial));
}

/** Sets aside what a trial may cost (ECO-5); there is room for it. */
export function setAside({ costPerTrial = 0 }: StudyBudget, purse: Ledger, trial: number): Ledger {
  return reserve(purse, trial, inMicros(costPerTrial)) ?? purse;
}

/**
 * What an ended trial counts, in the user's unit: what it has said, all attempts together, else what the budget says of trials
 * that say nothing.
 * @param earlier what attempts before the last have said
 */
export function costOf(budget: StudyBudget, said: number | undefined, earlier = 0): number {
  if (said !== undefined) return inUnits(inMicros(earlier + said));
  return budget.unreported === 'free' ? earlier : Math.max(earlier, budget.costPerTrial ?? 0);
}

/**
 * Books what an ended trial has cost; the rest of what was set aside is free again.
 * @param before what was booked of it already
 */
export function paid(purse: Ledger, trial: number, cost: number, before = 0): Ledger {
  return settle(purse, trial, inMicros(cost) - inMicros(before));
}

/**
 * Books what a trial that waits has said that it cost, and frees the rest of what was set aside. One that has said nothing may
 * have spent all of it, unless the budget says otherwise: then it stays set aside.
 *
 * @param before what was booked of it when it waited before
 */
export function restedCost(
  budget: StudyBudget,
  purse: Ledger,
  trial: number,
  { said, before }: { readonly said: number | undefined; readonly before: number },
): Ledger {
  if (said === undefined && budget.unreported !== 'free') return purse;
  return spendUntilNow(purse, trial, Math.max(0, inMicros(said ?? 0) - inMicros(before)));
}

/** Sets aside again what a trial that waits may still cost. @returns `undefined` when less is free (ECO-5) */
export function setAsideAgain(
  { costPerTrial = 0 }: StudyBudget,
  purse: Ledger,
  trial: number,
  before: number,
): Ledger | undefined {
  return reserveMore(purse, trial, Math.max(0, inMicros(costPerTrial) - inMicros(before)));
}

/**
 * What an ended trial counts that has waited: each attempt says what all until then have spent.
 * @param atLeast what is known of it
 */
export function costOfRested(budget: StudyBudget, said: number | undefined, atLeast: number): number {
  const silent = budget.unreported === 'free' ? 0 : (budget.costPerTrial ?? 0);
  return inUnits(Math.max(inMicros(atLeast), inMicros(said ?? silent)));
}

/** The purse as people read it. */
export function costAccount({ cost = 0 }: StudyBudget, purse: Ledger): CostAccount {
  return {
    budget: cost,
    free: inUnits(purse.balance),
    reserved: inUnits(reservedIn(purse)),
    spent: inUnits(purse.burnt),
    overrun: inUnits(Math.max(0, purse.minted - inMicros(cost))),
  };
}

/** Why nothing more can be asked for, once nothing runs: the budget of trials or of money is spent. */
export function spentBudget(budget: StudyBudget, asked: number, purse: Ledger | undefined): string | undefined {
  if (asked >= budget.trials) return `the budget of ${String(budget.trials)} trials is spent`;
  if (purse === undefined || affordable(budget, purse) >= 1) return undefined;
  const { spent } = costAccount(budget, purse);
  return `the budget of ${String(budget.cost)} is spent: ${String(spent)} so far, and a trial may cost ${String(budget.costPerTrial)}`;
}

/** The time that a study has run: it stands still while the study is paused. */
export interface Clock {
  readonly ranMs: number;
  /** Workflow milliseconds; absent while it stands still. */
  readonly since?: number;
}

/** The clock as it goes on. */
export function started({ ranMs, since }: Clock, now: number): Clock {
  return { ranMs, since: since ?? now };
}

/** The clock as it stands still. */
export function halted({ ranMs, since = Infinity }: Clock, now: number): Clock {
  return { ranMs: ranMs + Math.max(0, now - since) };
}

/** When the time is over, in workflow milliseconds; nothing while the clock stands still or there is no such budget. */
export function endOfTime({ seconds }: StudyBudget, clock: Clock | undefined): number | undefined {
  if (seconds === undefined || clock?.since === undefined) return undefined;
  return clock.since + seconds * 1_000 - clock.ranMs;
}
