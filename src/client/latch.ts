import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { candidacy, type CandidacyOptions, type ElectionEvent } from './candidacy';
import type { ElectionHandle } from './election-handle';
import type { Leadership } from './leadership';
import type { Sessions } from './sessions';

/** Hears what becomes of a latch. What it throws is dropped. */
export type ElectionListener = (event: ElectionEvent) => void;

/** Leads an election whenever it can, until it is closed. */
export interface Latch {
  readonly name: string;
  /** Whether this process leads, as far as it can know: false as soon as the connection is doubtful (ELE-3). */
  readonly isLeader: boolean;
  /** The lead that it has, or had last; ask it for the term, and before each act. */
  readonly leadership: Leadership | undefined;
  /** Calls with what becomes of it from now on. @returns what takes the listener away */
  onChange(listener: ElectionListener): () => void;
  /** Resolves when it campaigns no more: it was closed, its session has ended, or `refused`. */
  readonly closed: Promise<void>;
  /** Why it was refused, by what no other try would change. */
  readonly refused: PlatformError | undefined;
  /** Resigns, or withdraws. Safe to repeat. */
  close(): Promise<void>;
}

/** Opens a latch: it campaigns from now on. */
export function createLatch(election: ElectionHandle, sessions: Sessions, options: CandidacyOptions): Latch {
  const closing = new AbortController();
  const { signal } = closing;
  const listeners = new Set<ElectionListener>();
  let leadership: Leadership | undefined;
  let refused: PlatformError | undefined;
  const tell = (event: ElectionEvent): void => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch {
        // a listener's own affair
      }
    }
  };
  const { everyMs } = options;
  const observing = async (): Promise<void> => {
    for await (const seen of election.observe({ signal, ...(everyMs === undefined ? {} : { everyMs }) })) {
      tell({ kind: 'observed', ...seen });
    }
  };
  const campaigning = async (): Promise<void> => {
    try {
      for await (const event of candidacy({ election, sessions, signal, ...options })) {
        if (event.kind === 'elected') ({ leadership } = event);
        tell(event);
      }
    } catch (error) {
      refused = isPlatformError(error) ? error : new PlatformError(refuse('internal', String(error)), error);
    }
    closing.abort();
  };
  const closed = Promise.all([campaigning(), observing()]).then(() => undefined);
  return {
    name: election.name,
    get isLeader() {
      return leadership?.isLeader === true;
    },
    get leadership() {
      return leadership;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    closed,
    get refused() {
      return refused;
    },
    close: () => {
      closing.abort();
      return closed;
    },
  };
}
