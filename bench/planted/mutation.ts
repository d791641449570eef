/** A small wrong change of a source, and the test that must see it. */
export interface Mutation {
  /** The promise that is broken, and what tells this one from others: `LCK-2 tokens from one`. */
  readonly id: string;
  /** The bug of another project that it repeats, as `owner/name#number`. */
  readonly thread?: string;
  readonly file: string;
  /** Stands there once. */
  readonly right: string;
  readonly wrong: string;
  readonly project: 'unit' | 'contract' | 'workflow';
  readonly test: string;
  /** Part of the title of the test that must fail. */
  readonly title: string;
}

/** Where mutations are planted, and what is run. */
type Place = Pick<Mutation, 'file' | 'test'> & Partial<Pick<Mutation, 'project'>>;
type Change = readonly [id: string, right: string, wrong: string, title: string, thread?: string];

/** Mutations of one file that one test file sees. */
export function plantedIn({ file, test, project = 'unit' }: Place, changes: readonly Change[]): readonly Mutation[] {
  return changes.map(([id, right, wrong, title, thread]) => ({
    ...{ id, file, right, wrong, project, test, title },
    ...(thread === undefined ? {} : { thread }),
  }));
}

/** The promise that it breaks, and what is broken. */
export function partsOf({ id }: Pick<Mutation, 'id'>): { readonly promise: string; readonly what: string } {
  const [promise = '', ...what] = id.split(' ');
  return { promise, what: what.join(' ') };
}

/** How often what is to be wrong stands in the source: once, or the mutation means nothing. */
export const timesIn = (text: string, { right }: Pick<Mutation, 'right'>): number => text.split(right).length - 1;

/** The source with the change. @throws when what is to be wrong does not stand there once */
export function mutated(text: string, mutation: Mutation): string {
  const { id, file, right, wrong } = mutation;
  const times = timesIn(text, mutation);
  if (times !== 1) throw new Error(`${id}: ${file} has ${String(times)} times ${right}`);
  return text.split(right).join(wrong);
}
