/** What waits in a test until the test lets it go on. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** A gate that is shut. */
export function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Gates by the seed of a study; who comes with another seed goes through. */
export function gatesBySeed(): {
  /** Shuts the gate of a seed. @returns what opens it */
  hold(seed: number): () => void;
  through(seed: number): Promise<void>;
} {
  const gates = new Map<number, Gate>();
  return {
    hold: (seed) => {
      const shut = gate();
      gates.set(seed, shut);
      return shut.open;
    },
    through: async (seed) => gates.get(seed)?.opened,
  };
}
