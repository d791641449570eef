import {
  ballotQuery,
  voteSignal,
  voteUpdate,
  type BallotRequest,
  type BallotView,
  type Choice,
  type Rule,
  type Tally,
  type VoteArgs,
  type WhatIf,
} from '../contracts/coordination/ballot';
import { deadLettersQuery, replayDeadLetterUpdate, type DeadLetter } from '../contracts/entity';
import { isPlatformError, isRefusal, PlatformError, refuse } from '../contracts/errors';
import { proposalOf, workflowId, type Name, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { initOf } from '../domain/coordination/asked';
import { openingRefusal } from '../domain/coordination/opening';
import { whatIf } from '../domain/coordination/what-if';
import { nameOf } from './handles';
import { readerOf } from './reader';
import type { CallOptions, Temporal } from './temporal';
import { pause } from './waiting';

const OPENING_MS = [25, 50, 100, 200];

/** What a voter says: a number under a median, options where one is chosen, the best first, else yes or no; or an abstention. */
export type Said = Exclude<Choice, 'value' | 'ranking'> | number | readonly string[];

/** What a voter may say beside its choice. */
export interface VoteOptions extends CallOptions {
  readonly reason?: string;
  /** What it measured before it voted: numbers by name. */
  readonly measured?: Readonly<Record<string, number>>;
}

/** What a caller says beside the question that it opens a ballot on. */
export type OpenOptions = Pick<CallOptions, 'requestId' | 'sender'>;

/** One ballot, named by its set and proposal, `trainer@17`, or as somebody opened it. */
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
  /**
   * What it would have decided under another rule: from its record alone, the same electorate and the same votes. What is left out
   * of the rule is as it was. `open` where that depends on voters who were not heard.
   * @throws PlatformError `ballot-not-found`, `not-decided`, `unknown-rule`, `invalid-rule` where its votes mean nothing under it
   */
  whatIf(rule: Partial<Rule>): Promise<WhatIf>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** Takes a dead letter back, once. */
  replay(number: number, options?: CallOptions): Promise<void>;
}

/** The ballots of a space. */
export interface Ballots {
  /**
   * Opens a ballot that no variable set asks for: yes or no, one of several options, or a number, perhaps in rounds. Its decision is
   * a record and changes nothing by itself. A name is decided once: opened again it is `already-exists`. Safe to repeat with a
   * `requestId`.
   * @throws PlatformError `unknown-rule`, `invalid-electorate`, `invalid-rule`, `invalid-message`, `invalid-id`, `already-exists`
   */
  open(name: string, request: BallotRequest, options?: OpenOptions): Promise<BallotHandle>;
  /** A ballot by name; nothing is sent. @throws PlatformError `invalid-id` */
  get(name: string): BallotHandle;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

function choiceOf(said: Said): Pick<VoteArgs, 'choice' | 'value' | 'ranking'> {
  if (typeof said === 'number') return { choice: 'value', value: said };
  return typeof said === 'string' ? { choice: said } : { choice: 'ranking', ranking: said };
}

function voteOf(voter: string, said: Said, { reason, measured }: VoteOptions): VoteArgs {
  return {
    voter,
    ...choiceOf(said),
    ...(reason === undefined ? {} : { reason }),
    ...(measured === undefined ? {} : { measured }),
  };
}

function handleOf(temporal: Temporal, name: Name, recorded: RecordedTally): BallotHandle {
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
    whatIf: async (rule) => {
      const tally = await tallyOf(temporal, name, recorded);
      const answer = whatIf(tally, { ...tally.rule, ...rule });
      if (isRefusal(answer)) throw new PlatformError(answer);
      return answer;
    },
    deadLetters: () => temporal.look(id, deadLettersQuery),
    replay: (number, options = {}) => closed(() => temporal.call(id, replayDeadLetterUpdate, { number }, options)),
  };
}

/** The record that a set has of a ballot: of one that it counted by itself, because all votes were standing. */
export type RecordedTally = (set: string, proposal: number) => Promise<Tally | undefined>;

/** The record of a decided ballot: its own, or that of its set. */
async function tallyOf(temporal: Temporal, name: Name, recorded: RecordedTally): Promise<Tally> {
  const of = proposalOf(name);
  const id = workflowId(temporal.space, 'ballot', name);
  const view = await temporal.look(id, ballotQuery).catch(async (error: unknown) => {
    const isGone = isPlatformError(error) && error.code === 'ballot-not-found';
    const tally = isGone && of !== undefined ? await recorded(of.set, of.proposal) : undefined;
    if (tally === undefined) throw error;
    return { tally };
  });
  if (view.tally !== undefined) return view.tally;
  throw new PlatformError(refuse('not-decided', `the ballot ${name} is open: it has no record yet`));
}

async function open(temporal: Temporal, text: string, request: BallotRequest, how: OpenOptions): Promise<Name> {
  const name = nameOf('ballot', text);
  if (proposalOf(name) !== undefined)
    throw new PlatformError(refuse('invalid-id', `${name} is the name of a ballot that a variable set opens`));
  const { requestId, sender } = how;
  const init = initOf(name, { ...(sender === undefined ? {} : { opener: sender }), ...request });
  const refusal = openingRefusal(init);
  if (refusal !== undefined) throw new PlatformError(refusal);
  await temporal.start({
    workflowType: 'ballotWorkflow',
    kind: 'ballot',
    name,
    init,
    summary: `ballot on ${request.title}`,
    taken: 'fail',
    once: true,
    ...(requestId === undefined ? {} : { requestId }),
  });
  return name;
}

/**
 * The ballots of a space: votes go to the ballot, lists come from the read model.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 * @param recorded what sets know of ballots that have no workflow of their own
 */
export function createBallots(
  temporal: Temporal,
  reads: ReadModels | undefined,
  recorded: RecordedTally = () => Promise.resolve(undefined),
): Ballots {
  return {
    open: async (text, request, options = {}) =>
      handleOf(temporal, await open(temporal, text, request, options), recorded),
    get: (text) => handleOf(temporal, nameOf('ballot', text), recorded),
    list: async (options = {}) => {
      return readerOf(reads).list({ ...options, space: temporal.space, kind: 'ballot' });
    },
  };
}
