import { answering, type Answering, type Model } from '../model';

type Changes = Readonly<Record<string, string | number | boolean>>;

/** Values as they were committed together. */
export interface SetState {
  readonly version: number;
  readonly values: Changes;
}

/**
 * A proposal is one operation from its call to its decision: `pending` is on the way. `ballot`: voters decide, and may say no.
 * `restore` takes the values of a version that the client knows: it says them as changes.
 */
export type VariableSetInput =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'propose';
      readonly basedOn: number;
      readonly changes: Changes;
      readonly ballot?: true;
      readonly request?: string;
    };
/** `stale`: the base is not the current version, which is named (VAR-2). `lost`: the ballot was. */
export type VariableSetOutput =
  | { readonly kind: 'values'; readonly version: number; readonly values: Changes }
  | { readonly kind: 'accepted'; readonly version: number }
  | { readonly kind: 'stale'; readonly currentVersion: number }
  | { readonly kind: 'lost' };

/** A set of variables: several change together as one version, versions grow by one, reads see what is committed (VAR-1, VAR-2, VAR-4). */
export const variableSet = (initial: SetState): Model<Answering<SetState>, VariableSetInput, VariableSetOutput> =>
  answering<SetState, VariableSetInput, VariableSetOutput>({
    name: 'variable set',
    initial,
    endings: (state, input) => {
      if (input.kind === 'read') return [{ state, output: { kind: 'values', ...state } }];
      if (input.basedOn !== state.version) {
        return [{ state, output: { kind: 'stale', currentVersion: state.version } }];
      }
      const version = state.version + 1;
      const values = { ...state.values, ...input.changes };
      return [
        { state: { version, values }, output: { kind: 'accepted', version } },
        ...(input.ballot === true ? [{ state, output: { kind: 'lost' } as const }] : []),
      ];
    },
  });
