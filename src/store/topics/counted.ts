import { sql } from 'kysely';
import { parseTopic, PUBLISHED } from '../../contracts/coordination/topic';
import type { CloudEvent } from '../../contracts/envelope';
import type { Work } from '../database';

/** The topic of an event that is a published message; `undefined` for any other. */
export function topicOf({ type, data }: Pick<CloudEvent, 'type' | 'data'>): string | undefined {
  if (type !== PUBLISHED) return undefined;
  const topic = parseTopic(data['topic']);
  return typeof topic === 'string' ? topic : undefined;
}

/** Counts messages by topic, in the transaction that stores them. */
export async function countTopics(
  work: Work,
  space: string,
  stored: readonly { readonly position: number; readonly topic: string | null }[],
): Promise<void> {
  const counts = new Map<string, { messages: number; last: number }>();
  for (const { position, topic } of stored) {
    if (topic === null) continue;
    const { messages, last } = counts.get(topic) ?? { messages: 0, last: 0 };
    counts.set(topic, { messages: messages + 1, last: Math.max(last, position) });
  }
  if (counts.size === 0) return;
  await work
    .insertInto('topics')
    .values([...counts].map(([name, { messages, last }]) => ({ space, name, messages, last_position: last })))
    .onConflict((conflict) =>
      conflict.columns(['space', 'name']).doUpdateSet({
        messages: sql<number>`topics.messages + excluded.messages`,
        last_position: sql<number>`greatest(topics.last_position, excluded.last_position)`,
      }),
    )
    .execute();
}
