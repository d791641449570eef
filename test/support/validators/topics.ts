import { topicMatches } from '../../../src/domain/coordination/topic';
import type { Breach, Validator } from './validator';

// One validator for each promise of topics. A history says what was published and what each subscriber was handed, in the order in
// which one process noted it; a stored one can be judged again.

/**
 * One line of a history.
 *
 * `published`: what really is in the log. Of a durable subscriber: `began` after a position with patterns, a buffer and a number
 * of tries; `handed` a message for the so manieth time; `dealt` with it, or `dead`; `replayed`: a dead letter is to come again;
 * `counts`: what it was told of its buffer. Of a live one: `watches`, `got`, `gap`. `reported`: how a message stood with all.
 * `over`: nobody disturbed it any more, and it was waited for until it had everything.
 */
export type TopicLine =
  | { readonly line: 'published'; readonly position: number; readonly topic: string; readonly key: string }
  | {
      readonly line: 'began';
      readonly subscriber: string;
      readonly after: number;
      readonly topics: readonly string[];
      readonly buffer: number;
      readonly tries: number;
    }
  | { readonly line: 'handed'; readonly subscriber: string; readonly position: number; readonly attempt: number }
  | { readonly line: 'dealt'; readonly subscriber: string; readonly position: number }
  | { readonly line: 'dead'; readonly subscriber: string; readonly position: number }
  | { readonly line: 'replayed'; readonly subscriber: string; readonly position: number }
  | { readonly line: 'counts'; readonly subscriber: string; readonly open: number }
  | {
      readonly line: 'watches';
      readonly subscriber: string;
      readonly after: number;
      readonly topics: readonly string[];
    }
  | { readonly line: 'got'; readonly subscriber: string; readonly position: number }
  | { readonly line: 'gap'; readonly subscriber: string; readonly after: number; readonly position: number }
  | {
      readonly line: 'reported';
      readonly position: number;
      readonly subscribers: number;
      readonly delivered: number;
      readonly failed: readonly string[];
      readonly pending: readonly string[];
    }
  | { readonly line: 'over'; readonly subscriber: string };

/** What happened to the topics of one space. */
export type TopicHistory = readonly TopicLine[];

type Of<L extends TopicLine['line']> = Extract<TopicLine, { readonly line: L }>;
type Message = Of<'published'>;
type Subscriber = Of<'began'> | Of<'watches'>;

type TopicValidator = Validator<TopicHistory>;

function linesOf<L extends TopicLine['line']>(history: TopicHistory, ...kinds: readonly L[]): readonly Of<L>[] {
  return history.filter((each): each is Of<L> => (kinds as readonly string[]).includes(each.line));
}

function messagesOf(history: TopicHistory): ReadonlyMap<number, Message> {
  return new Map(linesOf(history, 'published').map((each) => [each.position, each]));
}

const isFor = ({ topics, after }: Subscriber, { topic, position }: Message): boolean =>
  position > after && topics.some((pattern) => topicMatches(pattern, topic));

/** The lines of one subscriber. */
function own(history: TopicHistory, subscriber: string): TopicHistory {
  return history.filter((each) => 'subscriber' in each && each.subscriber === subscriber);
}

const durable = (history: TopicHistory): readonly Of<'began'>[] => linesOf(history, 'began');
const live = (history: TopicHistory): readonly Of<'watches'>[] => linesOf(history, 'watches');

/** A validator that looks at one subscriber after the other. */
function ofEach<W extends Subscriber>(
  promise: string,
  says: string,
  subscribers: (history: TopicHistory) => readonly W[],
  judge: (who: W, lines: TopicHistory, history: TopicHistory) => readonly string[],
): TopicValidator {
  return {
    promise,
    says,
    judge: (history) =>
      subscribers(history).flatMap((who) =>
        judge(who, own(history, who.subscriber), history).map((what) => ({ promise, where: who.subscriber, what })),
      ),
  };
}

const isOver = (lines: TopicHistory): boolean => lines.some(({ line }) => line === 'over');

/** PUB-1, that nothing is lost. */
export const atLeastOnce = ofEach(
  'PUB-1',
  'each message is dealt with, or a dead letter',
  durable,
  (who, lines, all) => {
    if (!isOver(lines)) return [];
    const ends = new Set(linesOf(lines, 'dealt', 'dead').map(({ position }) => position));
    const due = [...messagesOf(all).values()].filter((message) => isFor(who, message));
    return due.flatMap(({ position }) =>
      ends.has(position) ? [] : [`the message at ${String(position)} never came to an end`],
    );
  },
);

/** PUB-1, the order: a message is handed out when those before it, of its topic and key, are dealt with or dead. */
export const inOrder = ofEach('PUB-1', 'in order by topic and key', durable, (who, lines, all) => {
  const messages = messagesOf(all);
  const settled = new Set<number>();
  const earlier = (of: Message): readonly Message[] =>
    [...messages.values()].filter(
      (each) => isFor(who, each) && each.topic === of.topic && each.key === of.key && each.position < of.position,
    );
  return lines.flatMap((each) => {
    if (each.line === 'dealt' || each.line === 'dead') settled.add(each.position);
    const message = each.line === 'handed' ? messages.get(each.position) : undefined;
    if (message === undefined) return [];
    const open = earlier(message).filter(({ position }) => !settled.has(position));
    return open.map(
      ({ position }) => `${String(message.position)} was handed out before ${String(position)} was dealt with`,
    );
  });
});

/** PUB-2: whoever listens live gets each message once and in order, or a gap in its place. */
export const gapIsSaid = ofEach('PUB-2', 'what is left out is said', live, (who, lines, all) => {
  const breaches: string[] = [];
  const got: number[] = [];
  let last = who.after;
  for (const each of lines) {
    if (each.line === 'gap') last = Math.max(last, each.position);
    if (each.line !== 'got') continue;
    if (each.position <= last) breaches.push(`${String(each.position)} came after ${String(last)}`);
    last = Math.max(last, each.position);
    got.push(each.position);
  }
  const gaps = linesOf(lines, 'gap');
  const isLeftOut = ({ position }: Message): boolean =>
    !got.includes(position) && !gaps.some((gap) => position > gap.after && position <= gap.position);
  const through = isOver(lines) ? Infinity : last;
  const due = [...messagesOf(all).values()].filter((each) => isFor(who, each) && each.position <= through);
  return [
    ...breaches,
    ...due.filter(isLeftOut).map(({ position }) => `${String(position)} is missing, and no gap says so`),
  ];
});

/** PUB-3: nothing from before the named position, nothing that no pattern means, nothing that was never published. */
export const takesEffect: TopicValidator = {
  promise: 'PUB-3',
  says: 'takes effect at the named position, for the topics of its patterns',
  judge: (history) => {
    const messages = messagesOf(history);
    return linesOf(history, 'began', 'watches').flatMap((who) =>
      linesOf(own(history, who.subscriber), 'handed', 'got').flatMap(({ position }) => {
        const message = messages.get(position);
        if (message !== undefined && isFor(who, message)) return [];
        return [{ promise: 'PUB-3', where: who.subscriber, what: `${String(position)} is none of its messages` }];
      }),
    );
  },
};

/** PUB-4: what a slow subscriber has open at once is bounded. That the others go on is for the test to see. */
export const bounded = ofEach('PUB-4', 'a slow subscriber has a bounded buffer', durable, (who, lines) =>
  linesOf(lines, 'counts').flatMap(({ open }) =>
    open <= who.buffer ? [] : [`${String(open)} messages are open, at most ${String(who.buffer)} may be`],
  ),
);

/** PUB-5: a report names each subscriber of the message once. */
export const addsUp: TopicValidator = {
  promise: 'PUB-5',
  says: 'a report counts every subscriber once',
  judge: (history) => {
    const messages = messagesOf(history);
    return linesOf(history, 'reported').flatMap(({ position, subscribers, delivered, failed, pending }) => {
      const message = messages.get(position);
      const due = linesOf(history, 'began').filter((who) => message !== undefined && isFor(who, message));
      const told = delivered + failed.length + pending.length;
      const isWhole =
        subscribers === due.length &&
        told === subscribers &&
        new Set([...failed, ...pending]).size === told - delivered;
      const what = `${String(delivered)} and ${[...failed, ...pending].join(', ')} of ${String(subscribers)}; it has ${String(due.length)}`;
      return isWhole ? [] : [{ promise: 'PUB-5', where: `the message at ${String(position)}`, what }];
    });
  },
};

/** PUB-6: a message is a dead letter after the stated number of tries, not before and not later; a replay begins anew. */
export const deadAfterTries = ofEach(
  'PUB-6',
  'dead letters after the stated number of tries',
  durable,
  (who, lines) => {
    const tries = new Map<number, number>();
    const ended = new Set<number>();
    return lines.flatMap((each): readonly string[] => {
      if (each.line !== 'handed' && each.line !== 'dealt' && each.line !== 'dead' && each.line !== 'replayed')
        return [];
      const { position } = each;
      const had = tries.get(position) ?? 0;
      if (each.line === 'handed') {
        tries.set(position, had + 1);
        if (ended.has(position)) return [`${String(position)} came again after its end`];
        return had + 1 > who.tries ? [`${String(position)} was tried ${String(had + 1)} times`] : [];
      }
      if (each.line === 'replayed') {
        tries.set(position, 0);
        ended.delete(position);
        return [];
      }
      ended.add(position);
      return each.line === 'dead' && had !== who.tries
        ? [`${String(position)} is dead after ${String(had)} tries`]
        : [];
    });
  },
);

/** All promises of topics that a history can break. */
export const TOPICS: readonly TopicValidator[] = [
  atLeastOnce,
  inOrder,
  gapIsSaid,
  takesEffect,
  bounded,
  addsUp,
  deadAfterTries,
];

/** What a history breaks. */
export function breachesOf(history: TopicHistory): readonly Breach[] {
  return TOPICS.flatMap(({ judge }) => judge(history));
}
