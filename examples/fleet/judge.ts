import { entriesOf, type Entry, type Job } from './journal';

/** What was to come about. */
export interface Order {
  readonly rounds: number;
  readonly workers: readonly string[];
}

/** Who led in which term, and which rounds it planned. */
export interface Term {
  readonly term: number;
  readonly worker: string;
  readonly rounds: readonly number[];
}

/** What came about, and each promise that was broken, as a sentence. */
export interface Verdict {
  readonly rounds: number;
  readonly jobs: number;
  readonly doneOnce: number;
  readonly refused: number;
  readonly broken: number;
  readonly terms: readonly Term[];
  readonly breaches: readonly string[];
}

/** LCK-1, LCK-2: each job once, and what is done on a shelf is done with tokens that never fall. */
function ofJobs(journal: readonly Entry[], jobs: readonly Job[]): readonly string[] {
  const written = entriesOf(journal, 'written');
  const wrong = jobs.flatMap(({ id }) => {
    const done = written.filter(({ job }) => job === id);
    if (done.length === 1) return [];
    const by = done.map(({ worker, token }) => `${worker} with token ${String(token)}`).join(', then by ');
    return [
      done.length === 0 ? `job ${id} was never done` : `job ${id} was done ${String(done.length)} times: by ${by}`,
    ];
  });
  const newest = new Map<string, number>();
  const old = written.flatMap(({ job, shelf, worker, token }) => {
    const seen = newest.get(shelf) ?? 0;
    newest.set(shelf, Math.max(seen, token));
    if (token >= seen) return [];
    return [`${worker} wrote job ${job} with token ${String(token)} after ${String(seen)} had been on ${shelf}`];
  });
  return [...wrong, ...old];
}

/** ELE-1: one leader per term, terms that rise, one plan per round. */
function ofLeaders(journal: readonly Entry[]): readonly string[] {
  const breaches: string[] = [];
  const leaders = new Map<number, string>();
  for (const { term, worker } of entriesOf(journal, 'elected', 'planned')) {
    const other = leaders.get(term) ?? worker;
    if (other !== worker) breaches.push(`${other} and ${worker} both led in term ${String(term)}`);
    leaders.set(term, other);
  }
  const planners = new Map<number, string>();
  let newest = 0;
  for (const { round, term, worker } of entriesOf(journal, 'planned')) {
    if (term < newest) breaches.push(`${worker} planned in term ${String(term)} after term ${String(newest)}`);
    newest = Math.max(newest, term);
    const other = planners.get(round);
    if (other !== undefined) breaches.push(`round ${String(round)} was planned twice: by ${other}, then by ${worker}`);
    planners.set(round, worker);
  }
  return breaches;
}

/** BAR-1: who goes on goes on after all have arrived at that very generation, and after the work. */
function ofBarriers(journal: readonly Entry[], { rounds, workers }: Order): readonly string[] {
  const breaches: string[] = [];
  const arrived = new Set<string>();
  const over = new Set<number>();
  const passed = new Set<string>();
  for (const entry of journal) {
    if (entry.kind === 'arrived') arrived.add(`${entry.worker} ${String(entry.round)} ${String(entry.generation)}`);
    if (entry.kind === 'written' && over.has(entry.round))
      breaches.push(`${entry.worker} wrote job ${entry.job} when its round was over`);
    if (entry.kind !== 'passed') continue;
    const { round, generation, worker } = entry;
    const missing = workers.filter((each) => !arrived.has(`${each} ${String(round)} ${String(generation)}`));
    if (missing.length > 0) breaches.push(`${worker} left round ${String(round)} before ${missing.join(', ')} came`);
    over.add(round);
    passed.add(`${worker} ${String(round)}`);
  }
  const late = workers.filter((worker) => !passed.has(`${worker} ${String(rounds)}`));
  if (late.length > 0) breaches.push(`${late.join(', ')} did not come to the end`);
  return breaches;
}

/** Judges what the warehouse has written down. */
export function judge(journal: readonly Entry[], order: Order): Verdict {
  const plans = entriesOf(journal, 'planned');
  const jobs = [...new Map(plans.flatMap((plan) => plan.jobs).map((job) => [job.id, job])).values()];
  const written = entriesOf(journal, 'written');
  const terms = new Map<number, Term>();
  for (const { term, worker } of entriesOf(journal, 'elected', 'planned')) {
    const rounds = plans.filter((plan) => plan.term === term && plan.worker === worker).map(({ round }) => round);
    terms.set(term, { term, worker, rounds });
  }
  const broken = entriesOf(journal, 'broken').map(({ round, generation }) => `${String(round)} ${String(generation)}`);
  return {
    rounds: new Set(entriesOf(journal, 'passed').map(({ round }) => round)).size,
    jobs: jobs.length,
    doneOnce: jobs.filter(({ id }) => written.filter(({ job }) => job === id).length === 1).length,
    refused: entriesOf(journal, 'refused').length,
    broken: new Set(broken).size,
    terms: [...terms.values()].sort((a, b) => a.term - b.term),
    breaches: [...ofJobs(journal, jobs), ...ofLeaders(journal), ...ofBarriers(journal, order)],
  };
}
