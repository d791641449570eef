import { sql } from 'kysely';
import type { CloudEvent, OutboxBatch } from '../contracts/envelope';
import type { AppendResult, ExpectedVersion } from '../contracts/event-store';
import { PlatformError, refuse } from '../contracts/errors';
import type { Database, Work } from './database';
import { plainText, repetitionHash, streamOf, toCloudEvent } from './envelope';
import { countTopics, topicOf } from './topics/counted';
import { WAKE_CHANNEL } from './wake';

/** Taken by every append until its commit is visible; see append-rationale.md. Two numbers that mean nothing else. */
const APPEND_LOCK = [0x6d61, 0x6265] as const;
const MAX_BATCH = 1_000;

interface Incoming {
  readonly sequence: number;
  readonly event: CloudEvent;
  readonly hash: string;
}

interface Stream {
  readonly version: number;
  readonly events: number;
  readonly first_kept: number;
}

function check(batch: OutboxBatch): void {
  const wrong = (text: string): PlatformError => new PlatformError(refuse('invalid-request', text));
  if (!/^[0-9A-Za-z.-]{1,64}$/.test(batch.generation)) throw wrong(`a generation has letters, digits, "." and "-"`);
  if (batch.events.length > MAX_BATCH) throw wrong(`a batch has at most ${String(MAX_BATCH)} events`);
  let before: number | undefined;
  for (const { sequence } of batch.events) {
    const isNext = before === undefined ? sequence >= 1 : sequence === before + 1;
    if (!Number.isSafeInteger(sequence) || !isNext) {
      throw wrong(`sequences of a batch follow each other from 1 on; got ${String(sequence)} after ${String(before)}`);
    }
    before = sequence;
  }
}

/** Takes the log's lock for this transaction: no other append draws a position until its commit is visible. */
export async function lockLog(work: Work): Promise<void> {
  await sql`select pg_advisory_xact_lock(${APPEND_LOCK[0]}::int, ${APPEND_LOCK[1]}::int)`.execute(work);
}

function mismatch(expected: ExpectedVersion, stream: Stream | undefined): boolean {
  switch (expected) {
    case 'any':
      return false;
    case 'no-stream':
      return stream !== undefined;
    case 'stream-exists':
      return stream === undefined;
    default:
      return (stream?.version ?? 0) !== expected;
  }
}

async function report(
  work: Work,
  kind: 'conflict' | 'hole',
  stream: string,
  what: { readonly sequence: number; readonly hash: string; readonly event: CloudEvent | null },
): Promise<void> {
  const { sequence, hash, event } = what;
  await work
    .insertInto('incidents')
    .values({ at: Date.now(), stream, kind, sequence, hash, event: JSON.stringify(event) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function insert(work: Work, batch: OutboxBatch, stream: string, fresh: readonly Incoming[]): Promise<number> {
  const at = Date.now();
  const rows = fresh.map(({ sequence, event, hash }) => ({
    stream,
    sequence,
    space: batch.space,
    type: plainText(event.type),
    hash,
    stored_at: at,
    event: JSON.stringify(event),
    topic: topicOf(event) ?? null,
    request_id: null,
  }));
  const stored = await work.insertInto('events').values(rows).returning(['position', 'topic']).execute();
  await countTopics(work, batch.space, stored);
  return Math.max(...stored.map((row) => row.position));
}

/** Those that are not stored yet, or the first whose number is taken by another event. */
async function compare(
  work: Work,
  stream: string,
  known: Stream | undefined,
  incoming: readonly Incoming[],
): Promise<{ readonly fresh: readonly Incoming[] } | { readonly conflict: Incoming }> {
  const [first] = incoming;
  if (known === undefined || first === undefined || first.sequence > known.version) return { fresh: incoming };
  const stored = await work
    .selectFrom('events')
    .select(['sequence', 'hash'])
    .where('stream', '=', stream)
    .where('sequence', '>=', first.sequence)
    .where('sequence', '<', first.sequence + incoming.length)
    .execute();
  const hashes = new Map(stored.map((row) => [row.sequence, row.hash]));
  const fresh: Incoming[] = [];
  for (const each of incoming) {
    const hash = hashes.get(each.sequence);
    if (hash === undefined ? each.sequence >= known.first_kept : hash !== each.hash) {
      if (hash !== undefined) return { conflict: each };
      fresh.push(each);
    }
  }
  return { fresh };
}

async function appendIn(
  work: Work,
  batch: OutboxBatch,
  incoming: readonly Incoming[],
  expected: ExpectedVersion,
): Promise<AppendResult> {
  const stream = streamOf(batch);
  await lockLog(work);
  const known = await work
    .selectFrom('streams')
    .select(['version', 'events', 'first_kept'])
    .where('stream', '=', stream)
    .executeTakeFirst();
  const compared = await compare(work, stream, known, incoming);
  if ('conflict' in compared) {
    await report(work, 'conflict', stream, compared.conflict);
    return { kind: 'conflict', sequence: compared.conflict.sequence };
  }
  const { fresh } = compared;
  const [first] = fresh;
  const last = incoming.at(-1)?.sequence;
  if (first === undefined && last !== undefined) return { kind: 'repeated', version: last };
  if (mismatch(expected, known)) return { kind: 'wrong-version', actual: known?.version ?? 0 };
  const version = known?.version ?? 0;
  if (first === undefined || last === undefined) return { kind: 'repeated', version };
  if (first.sequence > version + 1) {
    await report(work, 'hole', stream, {
      sequence: version + 1,
      hash: `before ${String(first.sequence)}`,
      event: null,
    });
  }
  const position = await insert(work, batch, stream, fresh);
  const next = Math.max(version, last);
  await work
    .insertInto('streams')
    .values({ stream, space: batch.space, version: next, events: fresh.length, first_kept: 1, last_position: position })
    .onConflict((conflict) =>
      conflict.column('stream').doUpdateSet({
        version: next,
        events: (known?.events ?? 0) + fresh.length,
        last_position: position,
      }),
    )
    .execute();
  return { kind: 'appended', version: last };
}

/**
 * Appends a batch in one transaction (EVT-1, EVT-2). The log's lock is held from before the first position is drawn until
 * the commit is visible, so positions become visible in order (EVT-3).
 *
 * Conflicts, and numbers that were skipped, are kept in `incidents`: both are reported, neither is swallowed.
 */
export async function append(
  { db, kind, wakes }: Database,
  batch: OutboxBatch,
  expected: ExpectedVersion,
): Promise<AppendResult> {
  check(batch);
  const incoming = batch.events.map((each): Incoming => {
    const event = toCloudEvent(batch, each);
    // Of the event as it came: a later version of the envelope must still know a repetition.
    return { sequence: each.sequence, event, hash: repetitionHash(each) };
  });
  // `read committed`, whatever the database's default: what is read after the lock must see what the last holder wrote.
  const appending = db.transaction().setIsolationLevel('read committed');
  const result = await appending.execute(async (work) => {
    const done = await appendIn(work, batch, incoming, expected);
    if (done.kind === 'appended') await notify(work, kind);
    return done;
  });
  if (result.kind === 'appended') wakes.fire();
  return result;
}

/** Wakes the readers of other processes when this transaction commits. */
export async function notify(work: Work, kind: Database['kind']): Promise<void> {
  if (kind === 'postgres') await sql`select pg_notify(${WAKE_CHANNEL}, '')`.execute(work);
}
