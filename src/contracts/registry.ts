import type { Generation, LifeState } from './entity';
import type { Kind, Name, Space } from './ids';

/** Who owns a name now: a hint when it comes from a cache, the truth when it is strong (REG-3). */
export interface Registration {
  readonly space: Space;
  readonly kind: Kind;
  readonly name: Name;
  readonly workflowId: string;
  readonly generation: Generation;
  readonly status: LifeState;
  readonly registeredAt: string;
}

/** The lookup's four counters and its age bounds (CAC-4). */
export interface CacheCounters {
  readonly hit: number;
  readonly miss: number;
  readonly stale: number;
  readonly invalidated: number;
}
