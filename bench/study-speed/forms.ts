/** How large a run is. */
export interface Form {
  /** Of one worker, and of many at once: each round has both sides, one after the other. */
  readonly rounds: number;
  /** Trials of a study with one worker. */
  readonly trials: number;
  /** Trials at once, and of a study with them: Optuna's, and ours. */
  readonly crowds: readonly {
    readonly parallelism: number;
    readonly optuna: number;
    readonly ours: number;
    /** Processes of ours that evaluate. */
    readonly processes: number;
  }[];
  /** Trials of the study whose cost must not grow, and of the parts of it that are compared. */
  readonly long: number;
  readonly part: number;
}

/** All of it: about a quarter of an hour on two cores. */
export const LONG: Form = {
  rounds: 2,
  trials: 300,
  crowds: [
    { parallelism: 4, optuna: 240, ours: 480, processes: 2 },
    { parallelism: 16, optuna: 240, ours: 960, processes: 2 },
    { parallelism: 64, optuna: 640, ours: 1_920, processes: 2 },
  ],
  long: 10_000,
  part: 1_000,
};

/** What CI runs: whether both sides come to their ends, and what is counted holds. */
export const SHORT: Form = {
  rounds: 1,
  trials: 20,
  crowds: [{ parallelism: 16, optuna: 32, ours: 96, processes: 2 }],
  long: 300,
  part: 100,
};
