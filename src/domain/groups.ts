import type { NewEvent } from '../contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../contracts/errors';
import {
  MAX_MEMBERSHIPS,
  MAX_METADATA_BYTES,
  MAX_TAGS,
  type GroupChange,
  type Joined,
  type JoinRequest,
  type Left,
  type Marks,
  type Member,
  type Memberships,
  type Metadata,
} from '../contracts/groups';
import { parseLabel, show } from '../contracts/ids';
import { canonicalJson } from './canonical-json';
import { jsonBytes } from './mailbox';
import { isRecord } from './record';

function parseTags(value: unknown): readonly string[] | Refusal {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_TAGS) {
    return refuse('invalid-message', `tags are a list of at most ${String(MAX_TAGS)}; got ${show(value)}`);
  }
  for (const tag of value) {
    const parsed = parseLabel('a tag', tag);
    if (isRefusal(parsed)) return parsed;
  }
  return [...new Set(value as string[])].sort();
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) || isText(value);
/** Neither U+0000 nor half a character: a database can compare it. */
const isText = (value: unknown): value is string => typeof value === 'string' && !/[\u0000\p{Surrogate}]/u.test(value);

function parseMetadata(value: unknown): Metadata | Refusal {
  if (value === undefined) return {};
  if (!isRecord(value)) return refuse('invalid-message', `metadata is an object; got ${show(value)}`);
  const odd = Object.entries(value).find(([key, each]) => !isText(key) || !isScalar(each));
  if (odd !== undefined) {
    const text = `metadata holds texts, numbers, true and false; got ${show(odd[1])} as ${show(odd[0])}`;
    return refuse('invalid-message', text);
  }
  if ((jsonBytes(value) ?? Infinity) > MAX_METADATA_BYTES) {
    return refuse('message-too-large', `metadata has at most ${String(MAX_METADATA_BYTES)} bytes as JSON`);
  }
  return value as Metadata;
}

/**
 * A request to join as it may come from anywhere. Tags are sorted, each once.
 * @returns `invalid-id` for a name or a tag, `invalid-message`, `message-too-large`
 */
export function parseJoin(value: unknown): (JoinRequest & Required<Marks>) | Refusal {
  const { group, tags, metadata } = isRecord(value) ? value : {};
  const name = parseLabel('a group', group);
  if (isRefusal(name)) return name;
  const parsed = { tags: parseTags(tags), metadata: parseMetadata(metadata) };
  if (isRefusal(parsed.tags)) return parsed.tags;
  if (isRefusal(parsed.metadata)) return parsed.metadata;
  return { group: name, tags: parsed.tags, metadata: parsed.metadata };
}

/** A request to leave. @returns `invalid-id` */
export function parseLeave(value: unknown): { readonly group: string } | Refusal {
  const name = parseLabel('a group', isRecord(value) ? value['group'] : undefined);
  return isRefusal(name) ? name : { group: name };
}

/** What a join or a leave makes of the groups of an agent; nothing is said of what changes nothing. */
export interface Belonging<R> {
  readonly groups: Memberships;
  readonly reply: R;
  readonly events: readonly NewEvent[];
}

/** A name such as `constructor` is a name like any other. */
const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(of, key) ? of[key] : undefined;
const marksOf = ({ tags = [], metadata = {} }: Marks): Required<Marks> => ({ tags, metadata });
const sameMarks = (a: Marks, b: Marks): boolean => canonicalJson(marksOf(a)) === canonicalJson(marksOf(b));

/** Joins, or changes the marks of a membership. Pure. @returns `limit-reached` beyond MAX_MEMBERSHIPS */
export function join(groups: Memberships, { group, ...marks }: JoinRequest): Belonging<Joined> | Refusal {
  const before = own(groups, group);
  if (before !== undefined && sameMarks(before, marks))
    return { groups, reply: { group, kind: 'already' }, events: [] };
  if (before === undefined && Object.keys(groups).length >= MAX_MEMBERSHIPS) {
    return refuse('limit-reached', `an agent belongs to at most ${String(MAX_MEMBERSHIPS)} groups at once`);
  }
  return {
    groups: { ...groups, [group]: marksOf(marks) },
    reply: { group, kind: before === undefined ? 'joined' : 'updated' },
    events: [{ type: 'agent.joined', data: { group, ...marksOf(marks) } }],
  };
}

/** Leaves. Pure. */
export function leave(groups: Memberships, group: string): Belonging<Left> {
  if (own(groups, group) === undefined) return { groups, reply: { group, kind: 'absent' }, events: [] };
  const { [group]: _left, ...rest } = groups;
  return { groups: rest, reply: { group, kind: 'left' }, events: [{ type: 'agent.left', data: { group } }] };
}

/** The groups that a definition declares, as requests. @returns what is wrong with them */
export function declared(
  groups: readonly string[] | Readonly<Record<string, Marks>> | undefined,
): readonly (JoinRequest & Required<Marks>)[] | Refusal {
  const asked: readonly object[] = Array.isArray(groups)
    ? (groups as readonly string[]).map((group) => ({ group }))
    : Object.entries((groups ?? {}) as Readonly<Record<string, Marks>>).map(([group, marks]) => ({ ...marks, group }));
  if (asked.length > MAX_MEMBERSHIPS)
    return refuse('limit-reached', `it declares more than ${String(MAX_MEMBERSHIPS)} groups`);
  const parsed: (JoinRequest & Required<Marks>)[] = [];
  for (const each of asked) {
    const request = parseJoin(each);
    if (isRefusal(request)) return request;
    parsed.push(request);
  }
  return parsed;
}

/** An event of an agent, as far as groups go. */
export interface AgentEvent {
  readonly name: string;
  readonly generation: number;
  readonly position: number;
  /** ISO-8601 */
  readonly time: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is known of an agent: its newest life, whether that is over, and what it belongs to. */
export interface AgentLife {
  readonly generation: number;
  readonly hasEnded: boolean;
  readonly members: Readonly<Record<string, Member>>;
}

type Departure = Extract<GroupChange, { kind: 'left' }>['why'];

function leftAll(life: AgentLife | undefined, position: number, why: Departure): readonly GroupChange[] {
  return Object.values(life?.members ?? {}).map((member) => ({ kind: 'left', member: { ...member, position }, why }));
}

/** What one word of a life changes: at most one membership. */
function heard(life: AgentLife, event: AgentEvent): GroupChange | undefined {
  const { position, time, generation } = event;
  if (event.type === 'agent.joined') {
    const asked = parseJoin(event.data);
    if (isRefusal(asked)) return undefined;
    const before = own(life.members, asked.group);
    if (before !== undefined && sameMarks(before, asked)) return undefined;
    const member = { agent: event.name, generation, since: before?.since ?? time, position, ...asked };
    return { kind: before === undefined ? 'joined' : 'updated', member };
  }
  const { group } = event.data;
  const member = event.type === 'agent.left' && typeof group === 'string' ? own(life.members, group) : undefined;
  return member === undefined ? undefined : { kind: 'left', member: { ...member, position }, why: 'left' };
}

const END: Readonly<Record<string, Departure>> = { 'entity.ended': 'ended', 'entity.lost': 'lost' };

/**
 * What an event means for the groups of its agent. Pure. News of an older life changes nothing; a newer life begins without any
 * group; a life that is over joins nothing, whatever still comes of it.
 */
export function foldLife(
  life: AgentLife | undefined,
  event: AgentEvent,
): { readonly life: AgentLife; readonly changes: readonly GroupChange[] } {
  if (life !== undefined && event.generation < life.generation) return { life, changes: [] };
  const isNew = life === undefined || event.generation > life.generation;
  const now: AgentLife = isNew ? { generation: event.generation, hasEnded: false, members: {} } : life;
  const replaced = isNew ? leftAll(life, event.position, 'replaced') : [];
  if (now.hasEnded) return { life: now, changes: replaced };
  const why = own(END, event.type);
  if (why !== undefined) {
    const changes = [...replaced, ...leftAll(now, event.position, why)];
    return { life: { ...now, hasEnded: true, members: {} }, changes };
  }
  const change = heard(now, event);
  if (change === undefined) return { life: now, changes: replaced };
  const { [change.member.group]: _before, ...others } = now.members;
  const members = change.kind === 'left' ? others : { ...others, [change.member.group]: change.member };
  return { life: { ...now, members }, changes: [...replaced, change] };
}
