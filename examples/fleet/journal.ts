/** One piece of work: something is put on a shelf, once. */
export interface Job {
  readonly id: string;
  readonly shelf: string;
  /** Whose it is; whoever has nothing else to do does it as well. */
  readonly worker: string;
}

interface AtBarrier<K> {
  readonly kind: K;
  readonly worker: string;
  readonly round: number;
  readonly generation: number;
}

/** What the warehouse writes down, in order. Everything that is judged in the end stands here. */
export type Entry =
  | { readonly kind: 'elected'; readonly worker: string; readonly term: number }
  | {
      readonly kind: 'planned';
      readonly worker: string;
      readonly term: number;
      readonly round: number;
      readonly jobs: readonly Job[];
    }
  | {
      readonly kind: 'written';
      readonly worker: string;
      readonly token: number;
      readonly round: number;
      readonly job: string;
      readonly shelf: string;
    }
  | { readonly kind: 'refused'; readonly worker: string; readonly what: string; readonly why: string }
  | AtBarrier<'arrived'>
  | AtBarrier<'passed'>
  | AtBarrier<'broken'>;

/** The entries of these kinds, in order. */
export function entriesOf<K extends Entry['kind']>(
  journal: readonly Entry[],
  ...kinds: readonly K[]
): readonly Extract<Entry, { readonly kind: K }>[] {
  return journal.filter((entry): entry is Extract<Entry, { readonly kind: K }> =>
    (kinds as readonly string[]).includes(entry.kind),
  );
}

/** What the warehouse answers about the present round. */
export interface RoundView {
  /** 0 before the first. */
  readonly round: number;
  /** So many are to be done. */
  readonly of: number;
  /** What is not done yet. */
  readonly open: readonly Job[];
  /** Everybody has gone through the barrier of the last round. */
  readonly isOver: boolean;
}
