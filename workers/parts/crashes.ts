import { PlatformError, refuse } from '../../src/contracts/errors';
import type { SupervisorFlags, SupervisorNote } from '../../src/contracts/supervisor';
import type { ProcessEnd } from './child-process';
import { ProcessFailure } from './role';

/** How a process ended, and whether it had not been ready yet. */
export interface ChildOutcome extends ProcessEnd {
  readonly isStart: boolean;
}

type Budget = Pick<SupervisorFlags, 'intensity' | 'periodSeconds'>;

const told = (outcome: ChildOutcome | undefined): string =>
  outcome === undefined
    ? 'ended'
    : `${outcome.isStart ? 'could not be started: it ended' : 'ended'} with ${outcome.how}`;

/** What ends everything because a process could not be started for the first time: that process has said why. */
export function startFailure(id: string, outcome: ChildOutcome | undefined): ProcessFailure {
  return new ProcessFailure(`${id} ${told(outcome)}; its log above says why`, outcome?.code ?? 1);
}

/** Keeps account of crashes, and puts them into words. */
export class Crashes {
  readonly #budget: Budget;
  #seen: readonly { readonly id: string; readonly at: number }[] = [];
  #gaveUp: PlatformError | undefined;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Set once the rule has given up. */
  get gaveUp(): PlatformError | undefined {
    return this.#gaveUp;
  }

  /** @returns such as `worker ended with SIGKILL; started again, 1 of 5 in 60 s` */
  restarted(
    id: string,
    outcome: ChildOutcome | undefined,
    { restarts, intensity, periodSeconds }: Extract<SupervisorNote, { kind: 'restarting' }>,
    atMs: number,
  ): string {
    this.#count(id, atMs);
    return `${id} ${told(outcome)}; started again, ${String(restarts)} of ${String(intensity)} in ${String(periodSeconds)} s`;
  }

  giveUp(id: string, outcome: ChildOutcome | undefined, atMs: number): void {
    this.#count(id, atMs);
    const { intensity, periodSeconds } = this.#budget;
    const often = new Map<string, number>();
    for (const crash of this.#seen) often.set(crash.id, (often.get(crash.id) ?? 0) + 1);
    const times = (count: number): string => `${String(count)} time${count === 1 ? '' : 's'}`;
    const crashes = [...often].map(([name, count]) => `${name} ended ${times(count)}`).join(', ');
    const words = outcome?.lastWords ?? '';
    const details = { process: id, crashes: Object.fromEntries(often), intensity, periodSeconds, lastWords: words };
    const text = [
      `${crashes} within ${String(periodSeconds)} s, and ${String(intensity)} restarts are allowed: mabeam dev gives up`,
      `${id} ${told(outcome)}, its last words: ${words === '' ? 'none' : words}`,
      'correct what its log above says, then start again: the state is kept',
    ].join('; ');
    this.#gaveUp = new PlatformError(refuse('supervisor-failed', text, { details }));
  }

  #count(id: string, at: number): void {
    const since = at - this.#budget.periodSeconds * 1_000;
    this.#seen = [...this.#seen.filter((crash) => crash.at >= since), { id, at }];
  }
}
