import type { CounterSpec } from '../contracts/coordination/counter';
import { isRefusal, PlatformError } from '../contracts/errors';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { parseCounterSpec } from '../domain/coordination/counter';
import { counterHandle, type CounterHandle, type CountersShared } from './counter-handle';
import { nameOf } from './handles';
import { createLastSeen } from './last-seen';
import { readerOf } from './reader';
import { createStripes, type StripedCounterHandle } from './striped-counter';
import type { Temporal } from './temporal';
import { createTurns } from './turns';

/** The counters of a space. */
export interface Counters {
  /**
   * A counter by name; nothing is sent. What it is made of counts for its first use, and is checked by later ones.
   * @throws PlatformError `invalid-id`, `invalid-definition`
   */
  at(name: string, spec?: Omit<CounterSpec, 'stripes'>): CounterHandle;
  /** A counter of so many parts, for more changes than one workflow takes: no bound, no start, and its reads are sums. */
  at(name: string, spec: { readonly stripes: number }): StripedCounterHandle;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/**
 * The counters of a space: changes and strong reads go to the counter, lists come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createCounters(temporal: Temporal, reads: ReadModels | undefined): Counters {
  const shared: CountersShared = { temporal, turns: createTurns(), seen: createLastSeen<number>() };
  function at(name: string, spec?: CounterSpec): CounterHandle & StripedCounterHandle {
    const known = spec === undefined ? undefined : parseCounterSpec(spec);
    if (isRefusal(known)) throw new PlatformError(known);
    const parsed = nameOf('counter', name);
    const handle =
      known?.stripes === undefined
        ? counterHandle(shared, parsed, known)
        : createStripes(shared, parsed, known.stripes);
    // Which of the two it is the overloads say.
    return handle as CounterHandle & StripedCounterHandle;
  }
  return {
    at,
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'counter' }),
  };
}
