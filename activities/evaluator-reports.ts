import { PlatformError, refuse } from '../src/contracts/errors';
import { show } from '../src/contracts/ids';
import {
  MAX_REPORTS,
  type Delivery,
  type Reported,
  type Reporting,
  type Reports,
  type StopAnswer,
  type StopQuestion,
} from '../src/contracts/optimisation/pruning';
import { encoded } from '../src/domain/optimisation/pruners/curve';
import { thin } from '../src/domain/optimisation/pruning';

/** The first delivery between rungs, after the attempt began; each next one when twice as much time is over. */
const FIRST_DELIVERY_MS = 10_000;

/** The study, as an attempt speaks to it. Each call may fail: it is tried again with the next question. */
export interface StudyPort {
  deliver(delivery: Delivery): Promise<void>;
  ask(question: StopQuestion): Promise<StopAnswer>;
}

/** What an attempt needs to report. */
export interface ReporterDeps {
  readonly trial: number;
  readonly attempt: number;
  /** How the study wants it; absent for one that does not prune. */
  readonly reporting?: Reporting;
  /** What the attempt before had reported until its checkpoint, and not delivered. */
  readonly before?: Reports;
  readonly study: StudyPort;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Told of a call that failed. */
  readonly failed: (error: unknown) => void;
}

/**
 * The reports of one attempt on their way to its study.
 *
 * A report costs nothing by itself: it waits. With a question, asked at most each `everyMs`, what waits is shown to the study,
 * which answers and remembers nothing. What waits is delivered, at the price of some events, when it has reached a rung, and
 * between rungs ever more seldom; the rest goes with the outcome. When too many wait, some between rungs are left out and counted.
 */
export class Reporter {
  readonly #deps: ReporterDeps;
  #steps: number[] = [];
  #values: Reported[] = [];
  #thinned = 0;
  #last = -1;
  /** Reports that were not asked about. */
  #fresh = 0;
  /** The first at each rung: they are never left out. */
  readonly #atRungs = new Set<number>();
  #rung: number | undefined;
  #marked: number | undefined;
  /** The rung at which was delivered last: the study did not take it as reached when it names it again. */
  #tried: number | undefined;
  #askedAt: number;
  readonly #began: number;
  #deliverAfterMs = FIRST_DELIVERY_MS;
  #answer = false;
  #asking: Promise<boolean> | undefined;

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
    this.#keep(deps.before ?? { steps: [], values: [] });
    this.#fresh = this.#steps.length;
    this.#last = this.#steps.at(-1) ?? -1;
    this.#rung = deps.reporting?.rung;
    this.#began = deps.now();
    this.#askedAt = this.#began;
  }

  /** What is reported and not delivered yet. */
  get waiting(): Reports | undefined {
    return this.#steps.length === 0 ? undefined : this.#shown();
  }

  /** Remembers a value. A step at or below the last one changes nothing. @throws PlatformError `invalid-message` */
  report(step: number, value: number): void {
    if (!Number.isSafeInteger(step) || step < 0 || typeof value !== 'number') {
      const text = `a report is a step from 0 and a number; got ${show(step)} and ${show(value)}`;
      throw new PlatformError(refuse('invalid-message', text));
    }
    if (step <= this.#last) return;
    this.#last = step;
    this.#fresh += 1;
    if (this.#isAtRung() && this.#marked !== this.#rung) {
      this.#marked = this.#rung;
      this.#atRungs.add(step);
    }
    this.#steps.push(step);
    this.#values.push(encoded(value));
    const most = this.#deps.reporting?.keep ?? MAX_REPORTS;
    if (this.#steps.length > most) this.#keep(thin(this.#shown(), most, (each) => this.#atRungs.has(each)));
  }

  /** Whether the study wants the attempt to end; the last answer when it was asked a short while ago. Never fails. */
  shouldStop(): Promise<boolean> {
    const { reporting, now } = this.#deps;
    if (reporting === undefined || this.#fresh === 0) return Promise.resolve(this.#answer);
    const isTime = now() - this.#askedAt >= reporting.everyMs;
    const isAtNewRung = this.#isAtRung() && this.#rung !== this.#tried;
    if (!isTime && !isAtNewRung) return Promise.resolve(this.#answer);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  #shown(): Reports {
    const thinned = this.#thinned > 0 ? { thinned: this.#thinned } : {};
    return { steps: [...this.#steps], values: [...this.#values], ...thinned };
  }

  #keep({ steps, values, thinned = 0 }: Reports): void {
    this.#steps = [...steps];
    this.#values = [...values];
    this.#thinned = thinned;
  }

  #isAtRung(): boolean {
    return this.#rung !== undefined && this.#last >= this.#rung;
  }

  async #ask(): Promise<boolean> {
    const { trial, attempt, study, now, failed } = this.#deps;
    try {
      const isTime = now() - this.#began >= this.#deliverAfterMs;
      if (this.#isAtRung() || isTime) {
        this.#tried = this.#rung;
        const reports = this.#shown();
        await study.deliver({ trial, attempt, reports });
        this.#taken(reports);
        while (now() - this.#began >= this.#deliverAfterMs) this.#deliverAfterMs *= 2;
      }
      const fresh = this.#fresh;
      const { stop, rung } = await study.ask({ trial, attempt, reports: this.#shown(), fresh });
      this.#fresh -= fresh;
      this.#rung = rung;
      this.#answer = stop;
    } catch (error) {
      failed(error);
    }
    this.#askedAt = now();
    return this.#answer;
  }

  /** What was delivered waits no more; what came meanwhile does. */
  #taken(delivered: Reports): void {
    const last = delivered.steps.at(-1) ?? -1;
    const taken = this.#steps.filter((step) => step <= last).length;
    this.#steps.splice(0, taken);
    this.#values.splice(0, taken);
    this.#thinned -= delivered.thinned ?? 0;
    for (const step of this.#atRungs) if (step <= last) this.#atRungs.delete(step);
  }
}
