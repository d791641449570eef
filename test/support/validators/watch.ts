import { isDeepStrictEqual } from 'node:util';
import { stateAt, truthOf, type History, type Item, type Revision, type Session } from './history';
import { ofSessions, type Validator } from './validator';

// One validator for each promise of a watch, after validate/watch.go in the robustness tests of etcd. Deviations: a watch of ours
// may begin with the current set and go on after `compacted` with another, so a connection is judged in parts, each from a
// position on; and what etcd calls progress notify is a mark here.

/** What came from one position on: from the one that was asked for, or from that of a set. */
interface Part {
  /** `undefined`: nothing said yet from where. */
  readonly from: number | undefined;
  readonly startsWithSet: boolean;
  readonly came: readonly Extract<Session['came'][number], { line: 'got' | 'mark' }>[];
}

function partsOf({ after, came }: Session): readonly Part[] {
  const parts: { from: number | undefined; startsWithSet: boolean; came: Part['came'][number][] }[] = [
    { from: after, startsWithSet: false, came: [] },
  ];
  for (const each of came) {
    if (each.line === 'set') parts.push({ from: each.position, startsWithSet: true, came: [] });
    else if (each.line === 'compacted') parts.push({ from: undefined, startsWithSet: false, came: [] });
    else parts.at(-1)?.came.push(each);
  }
  return parts;
}

const text = (revision: Revision): string =>
  `${String(revision.position)} (${revision.items.map(({ key }) => key).join(', ')})`;
const sorted = (items: readonly Item[]): readonly Item[] => [...items].sort((a, b) => (a.key < b.key ? -1 : 1));
const isSame = (a: readonly Item[], b: readonly Item[]): boolean => isDeepStrictEqual(sorted(a), sorted(b));
const gotIn = ({ came }: Part): readonly Revision[] => came.filter((each) => each.line === 'got');
/** The last position up to which a part says that it has everything. */
const reachedBy = ({ came, from }: Part): number | undefined =>
  from === undefined ? undefined : Math.max(from, ...came.map(({ position }) => position));

/** Revisions after one position and up to another that a part was not handed. */
function missing(part: Part, truth: readonly Revision[], through: number): readonly Revision[] {
  const { from } = part;
  const had = new Set(gotIn(part).map(({ position }) => position));
  return truth.filter(
    ({ position }) => from !== undefined && position > from && position <= through && !had.has(position),
  );
}

/** WAT-1 */
export const ordered = ofSessions('WAT-1', 'ordered by position', (session) =>
  partsOf(session).flatMap((part) => {
    let last = part.from ?? 0;
    return part.came.flatMap((each) => {
      const before = last;
      last = Math.max(each.position, last);
      const goesBack = each.position < before || (each.line === 'got' && each.position === part.from);
      return goesBack ? [`${String(each.position)} came after ${String(before)}`] : [];
    });
  }),
);

/** WAT-2 */
export const unique = ofSessions('WAT-2', 'no event twice', (session) =>
  partsOf(session).flatMap((part) => {
    const had = new Set<string>();
    return gotIn(part).flatMap(({ position, items }) =>
      items.flatMap(({ key }) => {
        const event = `${key} at ${String(position)}`;
        if (had.has(event)) return [`${event} came twice`];
        had.add(event);
        return [];
      }),
    );
  }),
);

/** WAT-3 */
export const reliable = ofSessions('WAT-3', 'no event is left out', (session, history) => {
  const truth = truthOf(history, session.of);
  const parts = partsOf(session);
  return parts.flatMap((part, at) => {
    const isLast = at === parts.length - 1;
    const got = gotIn(part).map(({ position }) => position);
    // Who was waited for has everything there is.
    const through = isLast && session.how === 'done' ? Infinity : Math.max(0, ...got);
    const lost = missing(part, truth, through).map((revision) => `${text(revision)} never came`);
    const known = new Map(truth.map((revision) => [revision.position, revision]));
    const false_ = gotIn(part).flatMap((each) =>
      known.has(each.position) ? [] : [`${text(each)} came and never happened`],
    );
    return [...lost, ...false_];
  });
});

/** WAT-4 */
export const atomic = ofSessions('WAT-4', 'one revision is never split', (session, history) => {
  const truth = new Map(truthOf(history, session.of).map(({ position, items }) => [position, items]));
  return partsOf(session).flatMap((part) =>
    gotIn(part).flatMap(({ position, items }) => {
      const whole = truth.get(position);
      if (whole === undefined || isSame(items, whole)) return [];
      const keys = (of: readonly Item[]): string => of.map(({ key }) => key).join(', ');
      return [`${String(position)} changed ${keys(whole)}; what came of it at once is ${keys(items)}`];
    }),
  );
});

/** WAT-5 */
export const resumable = ofSessions('WAT-5', 'goes on from the last position', (session, history) => {
  const { after, came } = session;
  const [begins] = came;
  if (after === undefined || begins === undefined) return [];
  if (begins.line === 'set')
    return [`after ${String(after)} came the whole set, and nobody said that anything is gone`];
  const [part] = partsOf(session);
  const [first] = part === undefined ? [] : gotIn(part);
  if (first === undefined) return [];
  if (first.position <= after) return [`${String(first.position)} came, which is not after ${String(after)}`];
  const next = truthOf(history, session.of).find(({ position }) => position > after);
  const isNext = next === undefined || first.position === next.position;
  return isNext ? [] : [`after ${String(after)} came ${String(first.position)}; the next is ${text(next)}`];
});

/** WAT-6 */
export const bookmarkable = ofSessions('WAT-6', 'a mark means that all up to it came', (session, history) => {
  const truth = truthOf(history, session.of);
  return partsOf(session).flatMap((part) =>
    part.came.flatMap((mark, at) => {
      if (mark.line !== 'mark') return [];
      const before = { ...part, came: part.came.slice(0, at) };
      const late = part.came.slice(at + 1).filter((each) => each.line === 'got' && each.position <= mark.position);
      return [
        ...missing(before, truth, mark.position).map(
          (each) => `the mark ${String(mark.position)} came before ${text(each)}`,
        ),
        ...late.map(({ position }) => `${String(position)} came after the mark ${String(mark.position)}`),
      ];
    }),
  );
});

/** How far has certainly, and how far has possibly been removed by then. */
function removedBy(history: History, at: number): { readonly surely: number; readonly maybe: number } {
  const lines = history.slice(0, at);
  const most = (line: 'trimming' | 'trimmed'): number =>
    Math.max(0, ...lines.flatMap((each) => (each.line === line ? [each.through] : [])));
  return { surely: most('trimmed'), maybe: most('trimming') };
}

/** WAT-7 */
export const compacted = ofSessions('WAT-7', 'what is gone is said, never passed over', (session, history) => {
  const { after, came, began, how } = session;
  const breaches: string[] = [];
  const [first] = came;
  if (after !== undefined && after < removedBy(history, began).surely) {
    if (first === undefined && how === 'done') breaches.push(`nothing came after ${String(after)}, which is gone`);
    if (first !== undefined && first.line !== 'compacted') {
      breaches.push(`after ${String(after)}, which is gone, came ${first.line} ${String(first.position)}`);
    }
  }
  came.forEach((each, index) => {
    if (each.line !== 'compacted') return;
    const upTo = reachedBy(
      partsOf({ ...session, came: came.slice(0, index) }).at(-1) ?? { from: after, startsWithSet: false, came: [] },
    );
    if (upTo !== undefined && upTo >= removedBy(history, each.at).maybe) {
      breaches.push(`it was said that something is gone, and nothing after ${String(upTo)} is`);
    }
  });
  return breaches;
});

/** WAT-8 */
export const setFirst = ofSessions('WAT-8', 'the current set first, then every change', (session, history) => {
  const truth = truthOf(history, session.of);
  const { after, came, how } = session;
  const breaches: string[] = [];
  const needsSet = (at: number): boolean => (at === 0 ? after === undefined : came[at - 1]?.line === 'compacted');
  came.forEach((each, at) => {
    if (needsSet(at) && each.line !== 'set') breaches.push(`${each.line} ${String(each.position)} came before the set`);
    if (each.line !== 'set') return;
    const real = [...stateAt(truth, each.position)].map(([key, value]) => ({ key, value }));
    if (!isSame(each.items, real)) {
      const keys = (of: readonly Item[]): string =>
        sorted(of)
          .map(({ key }) => key)
          .join(', ') || 'nothing';
      breaches.push(
        `the set at ${String(each.position)} is ${keys(each.items)}; it was ${keys(real)}, or with other values`,
      );
    }
  });
  if (how === 'done' && needsSet(came.length)) breaches.push('no set came');
  return breaches;
});

/** All promises of a watch that a history can break. */
export const WATCH: readonly Validator[] = [
  ordered,
  unique,
  reliable,
  atomic,
  resumable,
  bookmarkable,
  compacted,
  setFirst,
];
