import type { Generation, LifeState } from './entity';
import type { Kind, Name, Space } from './ids';

/** Memo of a renewed run that says when the first run of its chain began, in milliseconds: the number of its generation. */
export const GENERATION_MEMO = 'mabeamGeneration';

/** What a registry knows things by; its workflow id is made of the same parts. */
export interface RegistryKey {
  readonly space: Space;
  readonly kind: Kind;
  readonly name: Name;
}

/**
 * Who owns a name now: a hint when it comes from a cache, the truth when it is strong (REG-3). Identity is the workflow id
 * with the generation, never the id of a run: runs change with each renewal (CAC-3).
 */
export interface Registration extends RegistryKey {
  readonly workflowId: string;
  readonly generation: Generation;
  /** `stopped` and `failed` are past owners: the name is free. */
  readonly status: LifeState;
  /** ISO-8601: when this generation began. */
  readonly registeredAt: string;
}

/** `strong` asks the authority; `cached` may be as old as the bound of the cache (REG-3). */
export type Consistency = 'cached' | 'strong';

/** The answer to a lookup. Nobody owns the name when there is no registration, or one that has ended. */
export interface LookupReply {
  readonly registration?: Registration;
  readonly consistency: Consistency;
  /** Who answered: the cache, or a backend by its name. */
  readonly source: string;
  /** How old the answer may be, in milliseconds: 0 when it is strong. */
  readonly ageMs: number;
  /** Position of the event store that the answer reflects, when a read model gave it. */
  readonly position?: number;
}

/** The counters of a lookup (CAC-4). */
export interface CacheCounters {
  readonly hit: number;
  readonly miss: number;
  /** Entries that a failed call or another generation in a reply proved wrong. */
  readonly stale: number;
  /** Entries that news of the life cycle removed or replaced. */
  readonly invalidated: number;
  /** From the change itself to its effect here, over all invalidations that carried their time. */
  readonly invalidationMs: { readonly count: number; readonly mean: number; readonly max: number };
  readonly entries: number;
}

/** True for a registration whose owner lives: the name is taken. */
export function isOpen({ status }: Registration): boolean {
  return status !== 'stopped' && status !== 'failed';
}
