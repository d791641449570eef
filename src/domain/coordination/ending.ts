/** Of what holds something, and so ends by its deletion only. Times are workflow milliseconds. */
export interface Ending {
  /** Since when it ends. */
  readonly deletedAt?: number;
  /** The clock has passed all that was handed out: it may end. */
  readonly isOver?: true;
  /** It ended without being deleted, and its next use had it go on: to be told. */
  readonly hasReturned?: true;
}
