import { until, type Harness } from '../kernel/harness';
import { numbers } from '../store/disturbed';
import { LONG_MS } from './clients/chance';
import type { History } from './history';
import type { Recorder } from './recorder';

/** Of the clients' choices: the first has this one, the others those after it. */
export const SEED = 20_261_130;
/** Who acts from the beginning. */
export const CLIENTS = ['one', 'two', 'three', 'four'] as const;
/** Who begins while the worker stands. */
export const LATE = 'late';
/** How long a call is waited for meanwhile. */
const HELD_MS = 150;

/** What one client does. */
export type Act = (client: string, random: () => number) => Promise<void>;

/** All clients at once. */
export function together(act: Act): Promise<unknown> {
  return Promise.all(CLIENTS.map((client, at) => act(client, numbers(SEED + at))));
}

/** How often each kind of answer was heard. */
export function answersOf(history: History<unknown, { readonly kind: string }>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of history) {
    const kind = outcome.kind === 'returned' ? outcome.output.kind : 'unknown';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Those of some kinds of answers that were never heard. */
export function unheardOf(
  history: History<unknown, { readonly kind: string }>,
  kinds: readonly string[],
): readonly string[] {
  const answers = answersOf(history);
  return kinds.filter((kind) => (answers[kind] ?? 0) === 0);
}

/** Clients of a real server, whose worker stops and starts. */
export interface Disturbance {
  /** How long a call is waited for just now. Whoever begins with little patience does first what can be given up. */
  patienceMs(): number;
  /**
   * All clients at once; the worker stops in the midst of it. One more begins while it stands, so that calls are given up
   * however fast the others were: the worker starts when that one has gone on after its first call.
   *
   * @param afterwards what else happens to them as soon as the worker is there again
   */
  disturbed<I, O>(recorder: Recorder<I, O>, act: Act, afterwards?: () => Promise<void>): Promise<void>;
}

/** Disturbs the clients of a harness. */
export function disturbing(harness: () => Pick<Harness, 'holdWorkflows'>): Disturbance {
  let isHeld = false;
  return {
    patienceMs: () => (isHeld ? HELD_MS : LONG_MS),
    disturbed: async (recorder, act, afterwards = () => Promise.resolve()) => {
      let isOver = false;
      const clients = together(act).finally(() => {
        isOver = true;
      });
      await until('some operations', () => (isOver || recorder.history().length >= 12 ? true : undefined));
      isHeld = true;
      const start = await harness().holdWorkflows();
      const late = act(LATE, numbers(SEED + CLIENTS.length));
      const callsOfLate = (): number => recorder.history().filter(({ client }) => client === LATE).length;
      await until('the late client goes on', () => (callsOfLate() >= 2 ? true : undefined)).finally(() => {
        isHeld = false;
        return start();
      });
      await Promise.all([clients, late, afterwards()]);
    },
  };
}
