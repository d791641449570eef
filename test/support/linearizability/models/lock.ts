import type { Model } from '../model';
import { givenTo, granted, heldOf, holding, learned, mayBeGone, type Grants, type Named, type Size } from './grants';

/** Who waits, in the order of arrival. */
interface Wait {
  readonly request: string;
  readonly units: number;
}

/** A lock: what it has granted, whose turn has come, who waits, and which requests are over for good. */
export interface LockState {
  /** With those whose turn has come: nobody else can have what is theirs. */
  readonly grants: Grants;
  /** Whose turn has come, and who has not taken it up. */
  readonly offered: readonly string[];
  readonly queue: readonly Wait[];
  /** Requests of sessions that have expired. */
  readonly gone: readonly string[];
}

/**
 * `units` of the capacity; all of them unless said. Who `waits` is queued, and asks again when its turn has come. `expire` and `pass` are
 * the server's own acts, noted by whoever knows when they may have been at the earliest: the session of a request has expired; a
 * turn that nobody took up has passed on, or a wait was too long. Their outcome is unknown as long as nobody was told.
 */
export type LockInput =
  | { readonly kind: 'acquire'; readonly request?: string; readonly units?: number; readonly waits?: boolean }
  | { readonly kind: 'release'; readonly token: number }
  | { readonly kind: 'withdraw' | 'expire' | 'pass'; readonly request: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'look' };
/** `taken`: refused at once. `withdrawn`: the request is over, whatever it had. */
export type LockOutput =
  | { readonly kind: 'granted'; readonly token: number }
  | { readonly kind: 'held'; readonly tokens: readonly number[] }
  | { readonly kind: 'broken'; readonly count: number }
  | { readonly kind: 'queued' | 'taken' | 'withdrawn' | 'released' | 'not-holder' | 'expired' | 'passed' | 'free' };

type Acquire = Extract<LockInput, { readonly kind: 'acquire' }>;

/** A lock of so many units; of a grant of several units each may have a token of its own. */
interface Kind {
  readonly capacity: number;
  readonly sizeOf: (units: number) => Size;
}

/** The turn of who is first comes as soon as there is room; nobody goes past who waits (LCK-4, LCK-8). */
function settled(kind: Kind, state: LockState): readonly LockState[] {
  const [first, ...queue] = state.queue;
  if (first === undefined || heldOf(state.grants) + first.units > kind.capacity) return [state];
  const offered = [...state.offered, first.request];
  return granted(state.grants, null, first.request, kind.sizeOf(first.units)).flatMap((grants) =>
    settled(kind, { ...state, grants, offered, queue }),
  );
}

/** A grant that is over, and its request with it: asked again, it is another one. */
const over = (grants: Grants, at: number): Grants =>
  grants.map((each, index) => (index === at ? { ...each, isHeld: false, request: null } : each));

/** Whatever a request has: a grant, a turn, or a place in the queue. */
function without(kind: Kind, state: LockState, request: string): readonly LockState[] {
  const grants = givenTo(state.grants, request).reduce(over, state.grants);
  const queue = state.queue.filter((each) => each.request !== request);
  return settled(kind, { ...state, grants, queue, offered: state.offered.filter((each) => each !== request) });
}

function acquired(kind: Kind, state: LockState, input: Acquire, output: LockOutput | undefined): readonly LockState[] {
  const { grants, offered, queue, gone } = state;
  const { request = null, units = kind.capacity, waits = false } = input;
  const token = output?.kind === 'granted' ? output.token : null;
  const isGranted = output === undefined || output.kind === 'granted';
  const of = (all: readonly Grants[], more = {}): readonly LockState[] =>
    all.map((each) => ({ ...state, ...more, grants: each }));
  if (request !== null && gone.includes(request)) return output === undefined ? [state] : [];
  const [at] = givenTo(grants, request);
  if (at !== undefined) {
    const more = { offered: offered.filter((each) => each !== request) };
    if (!isGranted) return [];
    return of(token === null ? [grants] : learned(grants, at, token), more);
  }
  const isQueued = output === undefined || output.kind === 'queued';
  if (queue.some((each) => each.request === request)) return isQueued ? [state] : [];
  if (queue.length === 0 && heldOf(grants) + units <= kind.capacity) {
    return isGranted ? of(granted(grants, token, request, kind.sizeOf(units))) : [];
  }
  if (waits && request !== null) return isQueued ? [{ ...state, queue: [...queue, { request, units }] }] : [];
  return output === undefined || output.kind === 'taken' ? [state] : [];
}

function released(kind: Kind, state: LockState, named: Named): readonly LockState[] {
  return holding(state.grants, named).flatMap(({ grants, at }) => {
    const isOffered = state.offered.some((each) => each === grants[at]?.request);
    return isOffered ? [] : settled(kind, { ...state, grants: over(grants, at) });
  });
}

/** The grants that were taken up. */
const takenUp = ({ grants, offered }: LockState): readonly number[] =>
  grants.flatMap(({ isHeld, request }, at) => (isHeld && !offered.some((each) => each === request) ? [at] : []));

/** Those who hold are the holders of these tokens, and no others. */
function seen(state: LockState, tokens: readonly number[]): readonly LockState[] {
  const held = takenUp(state);
  if (held.length !== tokens.length) return [];
  // their numbers grow in the order in which they were given
  const sorted = [...tokens].sort((one, other) => one - other);
  const all = held.reduce<readonly Grants[]>(
    (so, at, index) => so.flatMap((grants) => learned(grants, at, sorted[index] ?? NaN)),
    [state.grants],
  );
  return all.map((grants) => ({ ...state, grants }));
}

function broken(kind: Kind, state: LockState, output: LockOutput | undefined): readonly LockState[] {
  const held = takenUp(state);
  if (output?.kind === 'broken' && output.count !== held.length) return [];
  return settled(kind, { ...state, grants: held.reduce(over, state.grants) });
}

const modelOf = (name: string, kind: Kind): Model<LockState, LockInput, LockOutput> => ({
  name,
  initial: { grants: [], offered: [], queue: [], gone: [] },
  step: (state, input, output) => {
    switch (input.kind) {
      case 'acquire':
        return output?.kind === 'withdrawn' ? [state] : acquired(kind, state, input, output);
      case 'release':
        if (output?.kind === 'not-holder') return mayBeGone(state.grants, { number: input.token }) ? [state] : [];
        return released(kind, state, { number: input.token });
      case 'withdraw':
      case 'pass':
        return without(kind, state, input.request);
      case 'expire':
        return without(kind, { ...state, gone: [...state.gone, input.request] }, input.request);
      case 'break':
        return broken(kind, state, output);
      case 'look':
        return output === undefined ? [state] : seen(state, output.kind === 'held' ? output.tokens : []);
    }
  },
  textOf: (state) => JSON.stringify(state),
});

/** Units of a lock: more readers than there are. */
export const ALL = 1_000;

/**
 * A lock with fencing tokens: one holder, or readers of one unit each; tokens only grow; the same request has the same grant as long as it
 * has one; who came first is first, and expired requests get nothing (LCK-1 to LCK-5, LCK-7, LCK-8).
 */
export const lock = modelOf('lock', { capacity: ALL, sizeOf: (units) => ({ units }) });

/** A semaphore: the same with so many permits, of which each has its own token; a grant names the first. */
export const semaphore = (permits: number): Model<LockState, LockInput, LockOutput> =>
  modelOf('semaphore', { capacity: permits, sizeOf: (units) => ({ units, numbers: units }) });
