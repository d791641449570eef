import type { Alert } from '../contracts/alerts';
import {
  COORDINATION_EVENTS,
  COORDINATION_KINDS,
  MAX_LOOKED,
  type Blocking,
  type CoordinationKind,
  type CoordinationView,
} from '../contracts/coordination/reader';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { StoredEvent } from '../contracts/event-store';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import {
  ballotParties,
  barrierParties,
  blockingOf,
  electionParties,
  lockParties,
} from '../domain/coordination/blocking';
import { fewAtOnce } from '../domain/few-at-once';
import { ALERT_TYPES, alertOf } from '../domain/health/alerts';
import type { Ballots } from './ballots';
import type { Barriers } from './barriers';
import type { Elections } from './elections';
import type { Locks, Semaphores } from './locks';
import { pagesOf, readerOf } from './reader';

const AT_ONCE = 8;
/** Of these nobody waits. */
const IDLE = ['free', 'vacant', 'decided'];

/** What a watch tells: first what there is, then what happens. */
export type Watched =
  { readonly kind: 'there'; readonly row: Row } | { readonly kind: 'happened'; readonly stored: StoredEvent };

/** All that agents and processes agree by, for readers. */
export interface Coordination {
  /** What there is of all kinds, or of one, from the read model; all of it is as new as `position`, or newer. */
  list(options?: {
    readonly kind?: CoordinationKind;
    readonly status?: string;
  }): Promise<{ readonly items: readonly Row[]; readonly position: number }>;
  /** What is there, then every change of it from that position on. Gap-free. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<Watched>;
  /** Who is at a thing, from the thing itself. @throws PlatformError `ballot-not-found`; a lock that nobody uses is free */
  show(kind: CoordinationKind, name: string): Promise<CoordinationView>;
  /**
   * What blocks a party (a session, the workflow id of an agent) or a thing (`lock:nightly`): who is ahead, whom those wait for,
   * and the circle if there is one. Found in the read model, looked at in the things themselves, one after another: not a cut
   * through one instant.
   */
  blocks(of: string): Promise<Blocking>;
  /** What somebody should look at, oldest first: events with a reason and a page that says what to do. Gap-free and resumable. */
  alerts(options?: {
    readonly after?: number;
    readonly signal?: AbortSignal;
    readonly onCaughtUp?: (position: number) => void;
  }): AsyncIterable<Alert>;
}

/** What is looked at. */
interface Watching {
  readonly locks: Locks;
  readonly semaphores: Semaphores;
  readonly elections: Elections;
  readonly barriers: Barriers;
  readonly ballots: Ballots;
}

/** The readers' view of a space. */
export function createCoordination(
  space: string,
  { locks, semaphores, elections, barriers, ballots }: Watching,
  reads: ReadModels | undefined,
): Coordination {
  const looks: Readonly<Record<CoordinationKind, (name: string) => Promise<CoordinationView>>> = {
    lock: async (name) => lockParties('lock', name, await locks.at(name).view()),
    semaphore: async (name) => lockParties('semaphore', name, await semaphores.at(name, 1).view()),
    election: async (name) => electionParties(name, await elections.at(name).view()),
    barrier: async (name) => barrierParties(name, await barriers.requests(name).view()),
    ballot: async (name) => ballotParties(name, await ballots.get(name).view()),
  };
  const list: Coordination['list'] = async ({ kind, status } = {}) => {
    const items: Row[] = [];
    let position = Infinity;
    for (const each of kind === undefined ? COORDINATION_KINDS : [kind]) {
      const of = { space, kind: each, ...(status === undefined ? {} : { status }) };
      const pageOf = async (request: Omit<PageRequest, 'space'>): Promise<Page<Row>> => {
        const page = await readerOf(reads).list({ ...request, ...of });
        position = Math.min(position, page.position);
        return page;
      };
      for await (const page of pagesOf(pageOf)) items.push(...page);
    }
    return { items, position };
  };
  const known = (kind: string): kind is CoordinationKind => COORDINATION_KINDS.some((each) => each === kind);
  return {
    list,
    watch: async function* ({ signal } = {}) {
      const { items, position } = await list();
      for (const row of items) yield { kind: 'there', row };
      const how = signal === undefined ? {} : { signal };
      for await (const stored of readerOf(reads).feed({ space, after: position, types: COORDINATION_EVENTS, ...how }))
        yield { kind: 'happened', stored };
    },
    show: async (kind, name) => {
      if (known(kind)) return looks[kind](name);
      throw new PlatformError(
        refuse('invalid-request', `a kind is ${COORDINATION_KINDS.join(' | ')}; got ${String(kind)}`),
      );
    },
    blocks: async (of) => {
      const [kind = '', ...rest] = of.split(':');
      const rows = (await list()).items.filter(({ status }) => !IDLE.includes(status));
      const looked = rows.slice(0, MAX_LOOKED);
      const isListed = looked.some((row) => `${row.kind}:${row.name}` === of);
      const own = known(kind) && !isListed ? [await looks[kind](rest.join(':'))] : [];
      const things: CoordinationView[] = [...own];
      await fewAtOnce(looked, AT_ONCE, async (row) => {
        try {
          things.push(await looks[row.kind as CoordinationKind](row.name));
        } catch (error) {
          // it has ended since it was listed
          if (!isPlatformError(error) || !/-not-found$|^stopped$/.test(error.code)) throw error;
        }
      });
      const blocking = blockingOf(of, things);
      return rows.length > MAX_LOOKED ? { ...blocking, isPartial: true } : blocking;
    },
    alerts: async function* ({ after = 0, ...more } = {}) {
      for await (const stored of readerOf(reads).feed({ space, after, types: ALERT_TYPES, ...more })) {
        const alert = alertOf(stored);
        if (alert !== undefined) yield alert;
      }
    },
  };
}
