import type { Waiting } from '../../src/contracts/entity';
import type { Refusal } from '../../src/contracts/errors';
import type { Overload } from './decider';

/** How a command ends for its caller. */
export type Outcome =
  { readonly ok: true; readonly reply: unknown } | { readonly ok: false; readonly refusal: Refusal };

/** A message in the mailbox. A command has a caller who waits for its outcome. */
export interface Job extends Waiting {
  settle?(outcome: Outcome): void;
}

/** What became of a notice that arrived: `displaced` is the one that had to go. */
export type Taken = { readonly kind: 'taken' } | { readonly kind: 'full' } | { readonly kind: 'displaced'; job: Job };

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

/** Makes a mailbox of at most `max` messages, with what waited over a renewal. */
export function createMailbox(carried: readonly Waiting[], max: number): Mailbox {
  let jobs: Job[] = [...carried];
  let head = 0;
  const ids = new Set(carried.map((job) => job.message.id));
  const length = (): number => jobs.length - head;
  const put = (job: Job): void => {
    jobs.push(job);
    ids.add(job.message.id);
  };
  const waiting = (): Job[] => jobs.slice(head);
  return {
    get length() {
      return length();
    },
    get isFull() {
      return length() >= max;
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
      const job = jobs[head];
      if (job === undefined) return undefined;
      head += 1;
      if (head > 256 && head * 2 > jobs.length) {
        jobs = jobs.slice(head);
        head = 0;
      }
      ids.delete(job.message.id);
      return job;
    },
    put,
    putNotice(job, overload) {
      if (length() < (overload === 'park' ? 2 * max : max)) {
        put(job);
        return { kind: 'taken' };
      }
      const at = overload === 'drop-oldest' ? waiting().findIndex((each) => each.via === 'notice') : -1;
      const oldest = at < 0 ? undefined : jobs[head + at];
      if (oldest === undefined) return { kind: 'full' };
      jobs.splice(head + at, 1);
      ids.delete(oldest.message.id);
      put(job);
      return { kind: 'displaced', job: oldest };
    },
    replace(job, by) {
      const at = jobs.indexOf(job, head);
      if (at < 0) return;
      jobs[at] = by;
      ids.delete(job.message.id);
      ids.add(by.message.id);
    },
    clear() {
      const all = waiting();
      jobs = [];
      head = 0;
      ids.clear();
      return all;
    },
  };
}
