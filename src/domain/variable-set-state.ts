import type { Electorate, Rule, Subject, Tally } from '../contracts/coordination/ballot';
import type { NewEvent } from '../contracts/envelope';
import type { Values } from '../contracts/variable';
import {
  KEPT_PROPOSALS,
  KEPT_VERSIONS,
  type Adoption,
  type ProposalRecord,
  type SetLease,
  type SetView,
  type VariableSetSpec,
  type Version,
} from '../contracts/variable-set';
import { jsonBytes } from './mailbox';
import { changesBetween, defaultValues, type Constraints } from './variable-set';

/** A proposal that waits for its ballot; `expires` is when the set decides without the ballot, in milliseconds. */
export interface OpenProposal extends ProposalRecord {
  readonly expires: number;
  /** Workflow id of the agent that proposed: the decision goes to it as a message. */
  readonly notify?: string;
}

/** The state of a set's entity. Plain JSON. */
export interface SetState {
  readonly definition: string;
  readonly hash: string;
  readonly spec: VariableSetSpec;
  readonly version: number;
  readonly values: Values;
  readonly since: string;
  readonly interested: readonly string[];
  readonly open: readonly OpenProposal[];
  readonly recent: readonly ProposalRecord[];
  readonly history: readonly Version[];
  readonly adoption: Adoption;
  /** Versions whose announcement is under way. */
  readonly announcing: readonly number[];
  readonly lastProposal: number;
  readonly lease?: SetLease;
  /** The newest token of a lease. */
  readonly leased?: number;
}

/** A definition as the bundle knows it: data, hash and the functions the data names. */
export interface KnownDefinition {
  readonly spec: VariableSetSpec;
  readonly hash: string;
  readonly constraints: Constraints;
}

/** A ballot to be opened for a proposal. */
export interface BallotOrder {
  readonly proposal: number;
  readonly subject: Subject;
  readonly electorate: Electorate;
  readonly rule: Rule;
  readonly deadlineMs: number;
}

/** A version to be announced to agents. */
export interface AnnouncementOrder {
  readonly version: number;
  readonly values: Values;
  readonly agents: readonly string[];
  readonly deadline: string;
}

/** What a decision of a set leaves: everything of it or nothing. */
export interface SetStep {
  readonly state: SetState;
  readonly events: readonly NewEvent[];
  readonly ballot?: BallotOrder;
  readonly announce?: AnnouncementOrder;
}

const KEPT_BYTES = 128 * 1024;
/** A tally names every voter: the state would be mostly tallies. */
const KEPT_TALLIES = 5;
/** Announcements under way at once: a slow one does not hold up the next, many slow ones do not pile up. */
const MAX_ANNOUNCING = 4;

/** The ISO-8601 text of an instant in milliseconds since 1970. */
export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** A set at version 1: the defaults of its definition. */
export function newSet(known: KnownDefinition, now: number): SetStep {
  const { spec, hash } = known;
  const values = defaultValues(spec);
  const at = isoOf(now);
  return {
    state: {
      definition: spec.name,
      hash,
      spec,
      version: 1,
      values,
      since: at,
      interested: [],
      open: [],
      recent: [],
      history: [{ version: 1, values, at, proposal: 0 }],
      adoption: { version: 1, acknowledged: {}, laggards: [], done: true },
      announcing: [],
      lastProposal: 0,
    },
    events: [{ type: 'set.created', data: { definition: spec.name, hash, values, version: 1 } }],
  };
}

/** The newest of a list, at most `max` and at most as many as fit into the bytes kept; the newest always stays. */
export function newest<T>(list: readonly T[], max: number): readonly T[] {
  let bytes = 0;
  let first = list.length;
  for (let at = list.length - 1; at >= Math.max(0, list.length - max); at--) {
    bytes += jsonBytes(list[at]) ?? KEPT_BYTES;
    if (bytes > KEPT_BYTES && first < list.length) break;
    first = at;
  }
  return list.slice(first);
}

/** Makes values the next version (VAR-1) and announces it. Who has read an older one keeps its mark. */
export function commit(
  state: SetState,
  next: { readonly proposal: number; readonly values: Values; readonly spec: VariableSetSpec; readonly hash: string },
  now: number,
): SetStep {
  const version = state.version + 1;
  const at = isoOf(now);
  const { values, proposal, spec, hash } = next;
  const changes = changesBetween(state.values, values, Object.keys(spec.variables));
  const committed: SetState = {
    ...state,
    spec,
    hash,
    version,
    values,
    since: at,
    history: newest([...state.history, { version, values, at, proposal }], KEPT_VERSIONS),
    adoption: { version, acknowledged: state.adoption.acknowledged, laggards: [], done: state.interested.length === 0 },
  };
  const announced = announceNewest(committed, now);
  return {
    ...announced,
    events: [{ type: 'set.committed', data: { version, proposal, changes, values } }, ...announced.events],
  };
}

/** Begins the announcement of the newest version, unless it is under way, done, or too many are under way. */
function announceNewest(state: SetState, now: number): SetStep {
  const { version, values, adoption, announcing, interested } = state;
  if (adoption.done || announcing.includes(version) || announcing.length >= MAX_ANNOUNCING)
    return { state, events: [] };
  return {
    state: { ...state, announcing: [...announcing, version] },
    events: [],
    announce: { version, values, agents: interested, deadline: isoOf(now + state.spec.announceMs) },
  };
}

/** Records an agent's mark. @returns the event, unless the agent had this version or a newer one. */
function mark(state: SetState, agent: string, version: number, at: string): SetStep {
  if ((state.adoption.acknowledged[agent]?.version ?? 0) >= version) return { state, events: [] };
  const acknowledged = { ...state.adoption.acknowledged, [agent]: { version, at } };
  const laggards =
    version >= state.version ? state.adoption.laggards.filter((each) => each !== agent) : state.adoption.laggards;
  return {
    state: { ...state, adoption: { ...state.adoption, acknowledged, laggards } },
    events: [{ type: 'set.adopted', data: { version, agent, at } }],
  };
}

/**
 * Takes what an announcement brought (VAR-5): marks who has it, lists who is late if it was the newest version, and
 * begins the announcement of a newer one that had to wait. Ends by the deadline: a dead agent never blocks it.
 */
export function announced(
  state: SetState,
  version: number,
  result: { readonly acknowledged: Readonly<Record<string, number>> },
  now: number,
): SetStep {
  const events: NewEvent[] = [];
  let next: SetState = { ...state, announcing: state.announcing.filter((each) => each !== version) };
  for (const [agent, has] of Object.entries(result.acknowledged)) {
    if (!next.interested.includes(agent)) continue;
    const marked = mark(next, agent, has, isoOf(now));
    next = marked.state;
    events.push(...marked.events);
  }
  if (version === next.version) {
    const laggards = next.interested.filter((agent) => (next.adoption.acknowledged[agent]?.version ?? 0) < version);
    next = { ...next, adoption: { ...next.adoption, laggards, done: true } };
    const acknowledged = next.interested.length - laggards.length;
    events.push({ type: 'set.announced', data: { version, acknowledged, laggards } });
  }
  const more = announceNewest(next, now);
  return { ...more, events: [...events, ...more.events] };
}

/** An agent declares or ends its interest. Who subscribes has read the current version by that (VAR-5: pull at start). */
export function subscribe(state: SetState, agent: string, interested: boolean, now: number): SetStep {
  if (!interested) {
    const acknowledged = Object.fromEntries(
      Object.entries(state.adoption.acknowledged).filter(([name]) => name !== agent),
    );
    const others = (names: readonly string[]): readonly string[] => names.filter((each) => each !== agent);
    const adoption = { ...state.adoption, acknowledged, laggards: others(state.adoption.laggards) };
    return { state: { ...state, interested: others(state.interested), adoption }, events: [] };
  }
  const known = state.interested.includes(agent) ? state.interested : [...state.interested, agent];
  return mark({ ...state, interested: known }, agent, state.version, isoOf(now));
}

/** What a looker-on sees. */
export function setView(state: SetState): SetView {
  const { announcing: _announcing, lastProposal: _last, leased: _leased, open, ...rest } = state;
  return { ...rest, open: open.map(({ expires: _expires, notify: _notify, ...record }) => record) };
}

/** The record of a proposal that is open or still kept. */
export function proposalRecord(state: SetState, number: number): ProposalRecord | null {
  const { open, recent } = setView(state);
  return [...open, ...recent].find((each) => each.number === number) ?? null;
}

/** Keeps a decided proposal among the recent ones. Only the last few keep their tally here; the store has all of them. */
export function withDecided(state: SetState, record: ProposalRecord): SetState {
  const { recent } = state;
  const older = recent.slice(0, Math.max(0, recent.length - KEPT_TALLIES + 1)).map(withoutTally);
  return {
    ...state,
    open: state.open.filter((each) => each.number !== record.number),
    recent: newest([...older, ...recent.slice(older.length), record], KEPT_PROPOSALS),
  };
}

function withoutTally(record: ProposalRecord): ProposalRecord {
  if (record.verdict.kind === 'pending' || record.verdict.tally === undefined) return record;
  const { tally: _stored, ...verdict } = record.verdict;
  return { ...record, verdict };
}

/** The data of a `set.decided` event. */
export function decidedEvent(record: ProposalRecord, ballot?: string): NewEvent {
  const { verdict, number } = record;
  const tally: Tally | undefined = verdict.kind === 'pending' ? undefined : verdict.tally;
  return {
    type: 'set.decided',
    data: {
      proposal: number,
      verdict: verdict.kind,
      ...(verdict.kind === 'accepted' ? { version: verdict.version } : {}),
      ...(verdict.kind === 'refused' ? { reasons: verdict.reasons } : {}),
      ...(tally === undefined ? {} : { tally }),
      ...(ballot === undefined ? {} : { ballot }),
    },
  };
}

/** What was decided between two states on proposals that waited for a ballot: whom to tell, and which ballots are moot. */
export function decidedBetween(
  before: SetState,
  after: SetState,
): readonly { readonly proposal: number; readonly verdict: ProposalRecord['verdict']; readonly notify?: string }[] {
  const stillOpen = new Set(after.open.map((each) => each.number));
  return before.open
    .filter((each) => !stillOpen.has(each.number))
    .flatMap(({ number, notify }) => {
      const verdict = after.recent.find((record) => record.number === number)?.verdict;
      return verdict === undefined ? [] : [{ proposal: number, verdict, ...(notify === undefined ? {} : { notify }) }];
    });
}
