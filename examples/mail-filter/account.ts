import type { LedgerLine } from './ledger';

/** A trial as the event store has it. */
export interface StoredTrial {
  readonly number: number;
  readonly state: string;
  readonly endedAt?: string;
  /** Host and process id of who evaluated it. */
  readonly worker?: string;
}

/** Whence an account is made. */
export interface Books {
  readonly budget: number;
  /** What the evaluators wrote themselves. */
  readonly lines: readonly LedgerLine[];
  /** What the study says of its trials. */
  readonly study: { readonly asked: number; readonly running: number; readonly complete: number };
  /** All its trials in the event store. */
  readonly store: readonly StoredTrial[];
  readonly kills: readonly Kill[];
}

/** A worker that was killed, and the trials that it had begun and that the study still waited for. */
export interface Kill {
  readonly pid: number;
  readonly held: readonly number[];
}

/** What went on, counted from the evaluators' own lines and compared with the study and the event store. */
export interface Account {
  /** Trials begun, by the evaluators' own lines. */
  readonly begun: number;
  /** Trials with an end, by the same lines. */
  readonly ended: number;
  /** Complete trials in the event store. */
  readonly stored: number;
  /** Evaluations begun for a trial that had been begun before. */
  readonly evaluatedAgain: number;
  /** Trials that killed workers held and could not hand over. */
  readonly inFlight: number;
  /** Trials that never came to an end, and evaluations that ended and did not count. */
  readonly lost: number;
  /** Trials that still run when the study has ended. */
  readonly zombie: number;
  readonly overBudget: number;
  /** By how much the study and the event store differ on complete trials. */
  readonly differing: number;
  /** Evaluations begun after a result of their trial was accepted. */
  readonly repeatedAfterAcceptance: number;
}

/** The numbers that must be zero. */
const FAULTS = ['lost', 'zombie', 'overBudget', 'repeatedAfterAcceptance', 'differing'] as const;

/** Whether nothing was lost or done without need. */
export function isClean(account: Account): boolean {
  return FAULTS.every((fault) => account[fault] === 0) && account.evaluatedAgain <= account.inFlight;
}

/** The trials of a killed worker: begun by its own lines, and running for the study after its death. */
export function heldBy(pid: number, lines: readonly LedgerLine[], running: readonly number[]): readonly number[] {
  const begun = new Set(lines.filter((line) => line.event === 'start' && line.pid === pid).map(({ trial }) => trial));
  return running.filter((trial) => begun.has(trial));
}

/** Closes the account of a study that has ended. Pure. */
export function accountOf({ budget, lines, study, store, kills }: Books): Account {
  const starts = lines.filter(({ event }) => event === 'start');
  const begun = new Set(starts.map(({ trial }) => trial));
  const ended = new Set(lines.filter(({ event }) => event === 'end').map(({ trial }) => trial));
  const trials = new Map(store.map((trial) => [trial.number, trial]));
  const isComplete = (number: number): boolean => trials.get(number)?.state === 'complete';
  const again = starts.filter(({ trial }, at) => starts.findIndex((other) => other.trial === trial) < at);
  // A result that was on its way when its worker died did arrive: that trial was not in flight.
  const inFlight = kills.flatMap(({ pid, held }) =>
    held.filter((number) => trials.get(number)?.worker?.endsWith(`/${String(pid)}`) !== true),
  );
  const asked = Array.from({ length: budget }, (_each, at) => at + 1);
  const stored = [...trials.keys()].filter(isComplete).length;
  return {
    begun: begun.size,
    ended: ended.size,
    stored,
    evaluatedAgain: again.length,
    inFlight: inFlight.length,
    lost:
      asked.filter((number) => !trials.has(number)).length + [...ended].filter((trial) => !isComplete(trial)).length,
    zombie: study.running + store.filter(({ state }) => state === 'running').length,
    overBudget: Math.max(0, Math.max(begun.size, study.asked, store.length) - budget),
    differing: Math.abs(study.complete - stored),
    repeatedAfterAcceptance: again.filter(({ trial, at }) => at > (trials.get(trial)?.endedAt ?? at)).length,
  };
}
