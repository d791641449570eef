import type { ColumnType, Generated } from 'kysely';
import type { CloudEvent } from '../contracts/envelope';
import type { GroupChange, Metadata } from '../contracts/groups';
import type { ProposalRow, Row } from '../contracts/read-models';
import type { Trial } from '../contracts/optimisation/study';
import type { GroupSettings } from '../contracts/subscription';
import type { Value, Values } from '../contracts/variable';
import type { Change } from '../contracts/variable-set';

/** A column of JSON: written as text, read as the value. `json`, not `jsonb`, because that one refuses U+0000 in texts. */
type Json<T> = ColumnType<T, string, string>;

/** The log: one row per event, positions drawn under the append lock. */
export interface EventsTable {
  position: Generated<number>;
  stream: string;
  sequence: number;
  space: string;
  type: string;
  /** SHA-256 of the canonical event: tells a repetition from a conflict. */
  hash: string;
  /** Milliseconds; when it was stored, not when it happened. */
  stored_at: number;
  event: Json<CloudEvent>;
  /** Of a message that was published: its topic. */
  topic: string | null;
  /** Of a message that a process published: by it a repetition is known. */
  request_id: string | null;
}

/** Topics that were ever published to. */
export interface TopicsTable {
  space: string;
  name: string;
  messages: number;
  last_position: number;
}

/** What is known of a stream beyond its events; it outlives their truncation. */
export interface StreamsTable {
  stream: string;
  space: string;
  /** Highest sequence ever appended. */
  version: number;
  /** Events kept. */
  events: number;
  /** Sequences below are truncated. */
  first_kept: number;
  last_position: number;
}

/** What must not be swallowed: another event under a used sequence, or numbers of a stream that never came. */
export interface IncidentsTable {
  id: Generated<number>;
  at: number;
  stream: string;
  kind: 'conflict' | 'hole';
  sequence: number;
  hash: string;
  event: Json<CloudEvent | null>;
}

/** Where readers with a name are. Retention holds before the least of them. */
export interface CheckpointsTable {
  name: string;
  position: number;
  updated_at: number;
}

/** The highest position that retention has removed, of the whole log. */
export interface TruncationsTable {
  space: string;
  through: number;
  at: number;
}

/** Which edition of the read models answers. A rebuild makes the next one beside it. */
export interface EditionsTable {
  edition: number;
  position: number;
  is_live: boolean;
  /** Built from a log that was not whole: up to here it may differ from the edition before it. 0 when it was whole. */
  lossy_through: Generated<number>;
}

interface Keyed {
  edition: number;
  key: string;
  space: string;
  generation: number;
}
export interface RowsTable extends Keyed {
  kind: string;
  name: string;
  status: string;
  has_ended: boolean;
  record: Json<RowRecord>;
}
/** A line of a list and what the registry needs beside it. */
export interface RowRecord extends Omit<Row, 'kind'> {
  readonly kind: string;
  readonly generation: number;
  readonly firstRunId: string;
  readonly hasEnded: boolean;
}
export interface ProposalsTable extends Keyed {
  set_name: string;
  number: number;
  verdict: string;
  decided_position: number;
  record: Json<ProposalRow>;
}
export interface TrialsTable extends Keyed {
  study: string;
  number: number;
  record: Json<Trial>;
}
interface OfSet {
  edition: number;
  space: string;
  set_name: string;
  generation: number;
  version: number;
  at: string;
}
export interface VersionsTable extends OfSet {
  proposal: number;
  position: number;
  changes: Json<readonly Change[]>;
  content: Json<Values>;
}
export interface ChangesTable extends OfSet {
  variable: string;
  proposal: number;
  position: number;
  after: Json<Value | null>;
}
export interface AdoptionsTable extends OfSet {
  agent: string;
}
/** Who belongs to which group. */
export interface MembersTable {
  edition: number;
  space: string;
  group_name: string;
  agent: string;
  generation: number;
  position: number;
  /** ISO-8601 */
  since: string;
  /** `,a,b,`: each tag between commas, so that it can be looked for. */
  tags: string;
  metadata: Json<Metadata>;
}
/** What a watch goes on from: the changes of one group by one event. Kept as long as the events of the space. */
export interface MemberChangesTable {
  edition: number;
  space: string;
  position: number;
  group_name: string;
  changes: Json<readonly GroupChange[]>;
}

/** A persistent subscription: the server keeps its position. */
export interface GroupsTable {
  space: string;
  name: string;
  settings: Json<GroupSettings>;
  /** The checkpoint: what is at or below it was settled. Retention holds before it. */
  position: number;
  /** Everything up to here that the group gets has, or had, a delivery. */
  scanned: number;
  /** The truncation that overtook the group last; it was told. */
  lost_through: number;
  /** Why it hands out nothing; null while it does. */
  stopped: string | null;
  /** Milliseconds, by the clock of the database. */
  created_at: number;
  /** Of a subscriber of topics: the expression that its topics match; its messages come in order by topic and key. */
  topics: string | null;
  /** The position after which it gets messages. */
  began: Generated<number>;
  /** Why nothing is delivered to it for now: it is not there. */
  away: string | null;
  /** Milliseconds, by the clock of the database. */
  away_until: Generated<number>;
}
/** What a group has handed out or parked; acknowledged and skipped events leave. */
export interface DeliveriesTable {
  space: string;
  group_name: string;
  position: number;
  state: 'waiting' | 'held' | 'parked';
  attempts: number;
  /** Milliseconds, by the clock of the database; held or waiting: from then on it is handed out again; parked: since. */
  due_at: number;
  /** Of the hand-out that may be answered; empty when there is none. */
  receipt: string;
  reason: string;
  /** Parked events are kept beside the log, so that retention need not wait for them. */
  event: ColumnType<CloudEvent | null, string | null, string | null>;
  /** Of a subscriber of topics: of equal ones only the first is handed out. */
  order_key: Generated<string>;
  /** How often a consumer gave it back with an answer, or it was replayed: what it is asked next is a new request. */
  given_back: Generated<number>;
}

/** The database as kysely sees it. */
export interface Tables {
  events: EventsTable;
  streams: StreamsTable;
  incidents: IncidentsTable;
  checkpoints: CheckpointsTable;
  truncations: TruncationsTable;
  editions: EditionsTable;
  rm_rows: RowsTable;
  rm_proposals: ProposalsTable;
  rm_trials: TrialsTable;
  rm_versions: VersionsTable;
  rm_changes: ChangesTable;
  rm_adoptions: AdoptionsTable;
  rm_members: MembersTable;
  rm_member_changes: MemberChangesTable;
  groups: GroupsTable;
  deliveries: DeliveriesTable;
  topics: TopicsTable;
}
