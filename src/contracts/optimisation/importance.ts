/** How much each dimension of a study decides whether a trial is among the best: PED-ANOVA. Plain JSON. */
export interface Importance {
  /** Complete trials that it rests on. */
  readonly trials: number;
  /** How many of them count as the best. */
  readonly top: number;
  /** Shares that add up to 1, the largest first; none when the trials cannot tell, and then `warning` says why. */
  readonly parameters: readonly { readonly name: string; readonly importance: number }[];
  /** Why there is none, or why it may change with the next trials. */
  readonly warning?: string;
}
