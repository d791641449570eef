import {
  MAX_KEY,
  MAX_PATTERNS,
  MAX_PUBLISHED_BYTES,
  parsePattern,
  parseTopic,
} from '../../contracts/coordination/topic';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { jsonBytes } from '../mailbox';

const ONE_WORD = '[^.]+';
const WORDS = `${ONE_WORD}(\\.${ONE_WORD})*`;

function sourceOf(pattern: string): string {
  const words = pattern.split('.').map((word) => (word === '**' ? WORDS : word === '*' ? ONE_WORD : word));
  return words.join('\\.');
}

/**
 * The patterns of a subscriber as one regular expression, for this language and for Postgres alike: patterns are made of letters
 * that mean themselves, `*` and dots. A pattern without a star matches the topic of its name alone.
 */
export function topicSource(patterns: readonly string[]): string {
  return `^(${patterns.map(sourceOf).join('|')})$`;
}

/** Whether a topic is one of those that a pattern means. */
export function topicMatches(pattern: string, topic: string): boolean {
  return new RegExp(topicSource([pattern])).test(topic);
}

/** The patterns of a subscriber in one form: sorted, each once. @returns `invalid-id`, or `invalid-request` for none or too many */
export function patternsOf(patterns: readonly string[]): readonly string[] | Refusal {
  if (patterns.length < 1 || patterns.length > MAX_PATTERNS) {
    return refuse('invalid-request', `a subscriber has 1 to ${String(MAX_PATTERNS)} patterns; got ${show(patterns)}`);
  }
  for (const each of patterns) {
    const parsed = parsePattern(each);
    if (typeof parsed !== 'string') return parsed;
  }
  return [...new Set(patterns)].sort();
}

/** What is wrong with a message that is to be published; `undefined` when nothing is. */
export function unpublishable(topic: unknown, key: unknown, data: unknown): Refusal | undefined {
  const parsed = parseTopic(topic);
  if (typeof parsed !== 'string') return parsed;
  if (typeof key !== 'string' || key.length > MAX_KEY) {
    return refuse('invalid-request', `a key is a text of at most ${String(MAX_KEY)} characters; got ${show(key)}`);
  }
  const bytes = jsonBytes(data);
  if (bytes === undefined) return refuse('invalid-request', `a message is JSON; got ${show(data)}`);
  if (bytes <= MAX_PUBLISHED_BYTES) return undefined;
  const text = `a message has at most ${String(MAX_PUBLISHED_BYTES)} bytes; got ${String(bytes)}`;
  return refuse('message-too-large', text);
}
