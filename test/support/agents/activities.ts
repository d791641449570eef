/** The activities of the test's agents. `hold` waits until the test lets it go. */
export interface TestActivities {
  readonly activities: {
    echo(text: string): Promise<string>;
    broken(): Promise<string>;
    hold(text: string): Promise<string>;
  };
  /** Resolves when the activity with this text is running. */
  isHeld(text: string): boolean;
  /** Lets it go. */
  release(text: string): void;
}

/** Makes activities that the test controls. */
export function testActivities(): TestActivities {
  const held = new Map<string, () => void>();
  return {
    activities: {
      echo: (text) => Promise.resolve(`echo ${text}`),
      broken: () => Promise.reject(new Error('broken pipe')),
      hold: (text) =>
        new Promise((resolve) => {
          held.set(text, () => {
            resolve(text);
          });
        }),
    },
    isHeld: (text) => held.has(text),
    release: (text) => {
      held.get(text)?.();
    },
  };
}
