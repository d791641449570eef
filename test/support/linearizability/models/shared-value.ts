import type { Model } from '../model';
import { givenTo, granted, learned, type Grants } from './grants';

/** What one reads. */
export interface Shared {
  readonly value: string;
  readonly version: number;
}

/** The value, and the versions that there were, the newest last: an unknown one is that of a change nobody heard of. */
export interface SharedState {
  readonly value: string;
  readonly versions: Grants;
  /** Requests that were told what was there instead, and at which version. */
  readonly conflicts: readonly { readonly request: string; readonly value: string; readonly at: number }[];
}

/** `set` with the version that the caller has seen compares first. */
export type SharedValueInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'set'; readonly basedOn?: number; readonly value: string; readonly request: string };
/** A conflict tells what is there (CNT-3). */
export type SharedValueOutput =
  | { readonly kind: 'value' | 'conflict'; readonly value: string; readonly version: number }
  | { readonly kind: 'set'; readonly version: number };

type SetInput = Extract<SharedValueInput, { readonly kind: 'set' }>;

const current = ({ versions }: SharedState): number => versions.length - 1;

/** The states in which the version at a place may be this one. */
const known = (state: SharedState, at: number, version: number): readonly SharedState[] =>
  learned(state.versions, at, version).map((versions) => ({ ...state, versions }));

/** Answered as the first time. */
function again(
  state: SharedState,
  { request }: SetInput,
  output: SharedValueOutput | undefined,
): readonly SharedState[] | undefined {
  const [done] = givenTo(state.versions, request);
  const conflict = state.conflicts.find((each) => each.request === request);
  if (done === undefined && conflict === undefined) return undefined;
  if (output === undefined) return [state];
  if (done !== undefined) return output.kind === 'set' ? known(state, done, output.version) : [];
  if (conflict === undefined || output.kind !== 'conflict' || output.value !== conflict.value) return [];
  return known(state, conflict.at, output.version);
}

function changed(state: SharedState, { value, request }: SetInput, version: number | null): readonly SharedState[] {
  return granted(state.versions, version, request).map((versions) => ({ ...state, versions, value }));
}

function set(state: SharedState, input: SetInput, output: SharedValueOutput | undefined): readonly SharedState[] {
  const before = again(state, input, output);
  if (before !== undefined) return before;
  const { basedOn, request } = input;
  const { value } = state;
  const at = current(state);
  const hits = basedOn === undefined ? [state] : known(state, at, basedOn);
  const done = (version: number | null): readonly SharedState[] =>
    hits.flatMap((each) => changed(each, input, version));
  const isOther = basedOn !== undefined && state.versions[at]?.number !== basedOn;
  const missed = isOther ? [{ ...state, conflicts: [...state.conflicts, { request, value, at }] }] : [];
  if (output === undefined) return [...done(null), ...missed];
  if (output.kind === 'set') return done(output.version);
  if (output.kind === 'value' || output.value !== value || output.version === basedOn) return [];
  return missed.flatMap((each) => known(each, at, output.version));
}

/**
 * A value that is set, or compared and set by its version; versions only grow, by whatever. A conflict tells what is there, and a request that is
 * sent again is answered as the first time (CNT-3).
 */
export const sharedValue = ({ value, version }: Shared): Model<SharedState, SharedValueInput, SharedValueOutput> => ({
  name: 'shared value',
  initial: { value, versions: granted([], version, 'the beginning')[0] ?? [], conflicts: [] },
  step: (state, input, output) => {
    if (input.kind === 'set') return set(state, input, output);
    if (output === undefined) return [state];
    return output.kind === 'value' && output.value === state.value ? known(state, current(state), output.version) : [];
  },
  textOf: (state) => JSON.stringify(state),
});
