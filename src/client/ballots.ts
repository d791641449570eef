import {
  ballotQuery,
  voteSignal,
  voteUpdate,
  type BallotView,
  type Choice,
  type VoteArgs,
} from '../contracts/coordination/ballot';
import { deadLettersQuery, replayDeadLetterUpdate, type DeadLetter } from '../contracts/entity';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { nameOf } from './handles';
import { readerOf } from './reader';
import type { CallOptions, Temporal } from './temporal';
import { pause } from './waiting';

const OPENING_MS = [25, 50, 100, 200];

/** What a voter says: a number where the rule is the median, else yes or no; an abstention everywhere. */
export type Said = Exclude<Choice, 'value'> | number;

/** What a voter may say beside its choice. */
export interface VoteOptions extends CallOptions {
  readonly reason?: string;
  /** What it measured before it voted: numbers by name. */
  readonly measured?: Readonly<Record<string, number>>;
}

/** One ballot, named by its set and proposal: `trainer@17`. */
export interface BallotHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** How it stands: votes with reasons, who is waited for, the tally once it is decided. */
  view(): Promise<BallotView>;
  /**
   * Votes and waits for the answer. The same ballot again is no error; the first one of a voter is final, but takes the
   * place of its standing vote where the rule says `standing: 'replaceable'`.
   * @throws PlatformError `not-a-voter`, `already-voted`, `ballot-closed`, `ballot-not-found`; `invalid-message`, `wrong-kind`
   *   or `value-out-of-range` for what the rule does not take
   */
  vote(voter: string, said: Said, options?: VoteOptions): Promise<void>;
  /** Votes without waiting: what cannot be counted becomes a dead letter of the ballot. */
  send(voter: string, said: Said, options?: VoteOptions): Promise<void>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Takes a dead letter back, once. */
  replay(number: number, options?: CallOptions): Promise<void>;
}

/** The ballots of a space. */
export interface Ballots {
  /** A ballot by name; nothing is sent. @throws PlatformError `invalid-id` */
  get(name: string): BallotHandle;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

function voteOf(voter: string, said: Said, { reason, measured }: VoteOptions): VoteArgs {
  return {
    voter,
    ...(typeof said === 'number' ? { choice: 'value', value: said } : { choice: said }),
    ...(reason === undefined ? {} : { reason }),
    ...(measured === undefined ? {} : { measured }),
  };
}

function handleOf(temporal: Temporal, name: Name): BallotHandle {
  const id = workflowId(temporal.space, 'ballot', name);
  /** A set answers `pending` a moment before its ballot is there: look again a few times before saying that it is not. */
  const patiently = async <T>(act: () => Promise<T>): Promise<T> => {
    for (const waitMs of OPENING_MS) {
      try {
        return await act();
      } catch (error) {
        if (!isPlatformError(error) || error.code !== 'ballot-not-found') throw error;
        await pause(waitMs);
      }
    }
    return act();
  };
  /** A ballot that has ended is closed, and says so in its own words. */
  const closed = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await patiently(act);
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'stopped') throw error;
      throw new PlatformError(refuse('ballot-closed', `the ballot ${name} is decided and closed`), error);
    }
  };
  return {
    name,
    workflowId: id,
    view: () => patiently(() => temporal.look(id, ballotQuery)),
    vote: (voter, said, options = {}) =>
      closed(() => temporal.call(id, voteUpdate, voteOf(voter, said, options), options)),
    send: (voter, said, options = {}) =>
      closed(() => temporal.tell(id, voteSignal, voteOf(voter, said, options), options)),
    deadLetters: () => temporal.look(id, deadLettersQuery),
    replay: (number, options = {}) => closed(() => temporal.call(id, replayDeadLetterUpdate, { number }, options)),
  };
}

/**
 * The ballots of a space: votes go to the ballot, lists come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createBallots(temporal: Temporal, reads: ReadModels | undefined): Ballots {
  return {
    get: (text) => handleOf(temporal, nameOf('ballot', text)),
    list: async (options = {}) => {
      return readerOf(reads).list({ ...options, space: temporal.space, kind: 'ballot' });
    },
  };
}
