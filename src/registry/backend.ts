import type { Kind } from '../contracts/ids';
import type { Registration, RegistryKey } from '../contracts/registry';

/** What a backend knows of a name: its newest registration, ended ones included; `undefined` when it never heard of it. */
export interface Found {
  readonly registration: Registration | undefined;
  /** Position of the event store that the answer reflects, when it comes from a read model. */
  readonly position?: number;
}

/**
 * Where lookups come from when the cache does not have them. The port belongs to the registry; the backends live with the
 * systems they talk to: Temporal in `src/client`, the read model in `src/store`, memory here. All pass the suite in
 * `test/contract/registry`.
 */
export interface RegistryBackend {
  /** As in `MABEAM_REGISTRY`: temporal, postgres, memory, migrating. */
  readonly name: string;
  /** True when `find` is linearizable with the start and the end of owners. Only then it answers strong lookups (REG-3). */
  readonly isStrong: boolean;
  /**
   * The newest registration of a name. Of two generations the higher one is answered, whatever came last (REG-2).
   * @throws PlatformError when it cannot be reached
   */
  find(key: RegistryKey): Promise<Found>;
  /** Takes in what somebody learned: a registration, open or ended. Older generations than the known one change nothing. */
  note?(registration: Registration): void;
  /** Open registrations of a kind after a name, in the order of names, at most `limit`: what the sweep checks. */
  open?(query: {
    readonly space: string;
    readonly kind: Kind;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly Registration[]>;
  /** The owner ended without a word (terminated, timed out): records that this generation is over. Safe to repeat. */
  lost?(registration: Registration): Promise<void>;
}
