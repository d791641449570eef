import type { Value } from '../variable';

/** The range of one of Optuna's parameters. */
export type OptunaDistribution =
  | {
      readonly kind: 'float' | 'int';
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly step?: number;
    }
  /** `null` for a choice that has no counterpart here, such as None. */
  | { readonly kind: 'categorical'; readonly choices: readonly (Value | null)[] };

/** The states of Optuna's trials. */
export type OptunaState = 'running' | 'complete' | 'pruned' | 'failed' | 'waiting';

/** One trial as Optuna has it. */
export interface OptunaTrial {
  /** From 0. */
  readonly number: number;
  readonly state: OptunaState;
  /** In the order in which they were suggested; `internal` is a number, or the index of a choice. */
  readonly params: Readonly<Record<string, { readonly internal: number; readonly distribution: OptunaDistribution }>>;
  /** By objective; perhaps infinite. */
  readonly values: readonly number[];
  /** By name; kept when it is 0 or less. */
  readonly constraints: Readonly<Record<string, number>>;
  /** User attributes: any JSON. Absent when there are none. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** ISO-8601. */
  readonly begunAt?: string;
  readonly endedAt?: string;
}

/** One study as Optuna has it. */
export interface OptunaStudy {
  readonly name: string;
  /** By objective. */
  readonly directions: readonly ('minimise' | 'maximise')[];
  readonly trials: readonly OptunaTrial[];
  /** User attributes: any JSON. Absent when there are none. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** As Optuna and SQLAlchemy write it: `postgresql://`, `postgresql+psycopg2://` … */
const POSTGRES = /^postgres(?:ql)?(?:\+\w+)?:\/\//;

/** Whether the address of a storage of Optuna is one of Postgres, and no file. */
export function isPostgresAddress(source: string): boolean {
  return POSTGRES.test(source);
}

/** The address without the name of a Python driver. */
export function plainAddress(address: string): string {
  return address.replace(POSTGRES, 'postgresql://');
}
