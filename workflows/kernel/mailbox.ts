import type { Waiting } from '../../src/contracts/entity';
import type { Refusal } from '../../src/contracts/errors';
import { jsonBytes } from '../../src/domain/mailbox';
import type { Overload } from './decider';

/** How a command ends for its caller. */
export type Outcome =
  { readonly ok: true; readonly reply: unknown } | { readonly ok: false; readonly refusal: Refusal };

/** A command in flight, and those who wait for its outcome. */
export interface Asked {
  outcome?: Outcome;
  readonly callers: ((outcome: Outcome) => void)[];
}

/** A message in the mailbox. A command has a caller who waits for its outcome. */
export interface Job extends Waiting {
  settle?(outcome: Outcome): void;
}

/** What became of a notice that arrived: `displaced` are the ones that had to go. */
export type Taken =
  | { readonly kind: 'taken' }
  | { readonly kind: 'full' }
  | { readonly kind: 'displaced'; readonly jobs: readonly Job[] };

/** The bounded queue of one entity: in order of arrival, notices and commands alike. */
export interface Mailbox {
  readonly length: number;
  readonly isFull: boolean;
  /** Commands that wait. */
  readonly commands: number;
  readonly jobs: readonly Job[];
  has(id: string): boolean;
  find(test: (job: Job) => boolean): Job | undefined;
  next(): Job | undefined;
  put(job: Job): void;
  /** Puts a notice by the policy for overload: `park` lets as many again wait aside. */
  putNotice(job: Job, overload: Overload): Taken;
  replace(job: Job, by: Job): void;
  clear(): readonly Job[];
}

/** A job with the length of its message as JSON. */
interface Item {
  readonly job: Job;
  readonly bytes: number;
}

const itemOf = (job: Job): Item => ({ job, bytes: jsonBytes(job.message) ?? 0 });

/**
 * Makes a mailbox of at most `max` messages and `maxBytes` of them, with what waited over a renewal. The bytes are bounded
 * because all that waits must fit into the input of the next run.
 */
export function createMailbox(carried: readonly Waiting[], max: number, maxBytes: number): Mailbox {
  let items: Item[] = carried.map(itemOf);
  let head = 0;
  let bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const ids = new Set(carried.map((job) => job.message.id));
  const length = (): number => items.length - head;
  const push = (item: Item): void => {
    items.push(item);
    bytes += item.bytes;
    ids.add(item.job.message.id);
  };
  const left = ({ job, bytes: size }: Item): Job => {
    bytes -= size;
    ids.delete(job.message.id);
    return job;
  };
  const waiting = (): Job[] => items.slice(head).map((item) => item.job);
  const hasRoom = (item: Item, most: number): boolean => length() < most && bytes + item.bytes <= maxBytes;
  return {
    get length() {
      return length();
    },
    get isFull() {
      return length() >= max || bytes >= maxBytes;
    },
    get commands() {
      return waiting().filter((job) => job.via === 'command').length;
    },
    get jobs() {
      return waiting();
    },
    has: (id) => ids.has(id),
    find: (test) => waiting().find(test),
    next() {
      const item = items[head];
      if (item === undefined) return undefined;
      head += 1;
      if (head > 256 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return left(item);
    },
    put(job) {
      push(itemOf(job));
    },
    putNotice(job, overload) {
      const item = itemOf(job);
      const most = overload === 'park' ? 2 * max : max;
      const jobs: Job[] = [];
      while (!hasRoom(item, most)) {
        const at = overload === 'drop-oldest' ? waiting().findIndex((each) => each.via === 'notice') : -1;
        const [oldest] = at < 0 ? [] : items.splice(head + at, 1);
        if (oldest === undefined) break;
        jobs.push(left(oldest));
      }
      if (!hasRoom(item, most)) return { kind: 'full' };
      push(item);
      return jobs.length === 0 ? { kind: 'taken' } : { kind: 'displaced', jobs };
    },
    replace(job, by) {
      const at = items.findIndex((item, index) => index >= head && item.job === job);
      const before = items[at];
      if (before === undefined) return;
      left(before);
      const item = itemOf(by);
      items[at] = item;
      bytes += item.bytes;
      ids.add(by.message.id);
    },
    clear() {
      const all = waiting();
      items = [];
      head = 0;
      bytes = 0;
      ids.clear();
      return all;
    },
  };
}
