/** Fields of one configuration. */
export const MAX_FIELDS = 1_000;
/** Every duration of a configuration, milliseconds. */
export const MAX_CONFIGURATION_MS = 3_600_000;

/**
 * Where live values come from: a port. The handle of a variable set fits as it is; anything else with a `read` may take its
 * place. Values that the configuration does not have are left aside, so that one set may serve many readers.
 */
export interface LiveSource {
  readonly name: string;
  read(): Promise<{ readonly values: object; readonly version?: number }>;
}

/** The layers, the strongest first. */
export type Layer = 'live' | 'environment' | 'file' | 'default';

/** The value of a field, and how much may be held of it (FBK-2, FBK-3). */
export interface Setting<T> {
  readonly value: T;
  readonly source: Layer;
  /** How long ago the layer was last known to hold this value, milliseconds. */
  readonly ageMs: number;
  /** Of the live source, when it counts versions. */
  readonly version?: number;
  /** Why the answer may not be the newest; absent when it is. */
  readonly degraded?: { readonly reason: string };
}

/** A field that has another value than before. */
export interface FieldChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly source: Layer;
}
