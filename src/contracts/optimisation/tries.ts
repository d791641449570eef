/** An attempt of a trial, as its evaluator left word of it. */
export interface Try {
  readonly attempt: number;
  readonly worker: string;
  readonly begunAt: string;
  /** When it last gave a sign, or ended. */
  readonly seenAt: string;
  /** It threw; one before the last that did not was lost with its worker. */
  readonly threw?: true;
}

/** Attempts of a trial that are remembered one by one. */
export const KEPT_TRIES = 10;
