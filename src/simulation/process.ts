/** Something that a process waits for: it is handed what to go on with. */
export type Wait = (goOn: (value: unknown) => void) => void;

/** What a process does: it goes on when what it has yielded has come. */
export type Act<T = void> = Generator<Wait, T, unknown>;

/** A machine with processes on it: all of them stop when it is paused, and end when it is killed. */
export interface Machine {
  readonly name: string;
  isDead: boolean;
  /** Until then nothing happens on it; time goes on. */
  pausedUntil: number;
}

/** Waits for one thing. */
export function* waitFor<T>(wait: (goOn: (value: T) => void) => void): Act<T> {
  return (yield wait) as T;
}

/** What processes need of the world. */
interface Clock {
  readonly now: number;
  at(time: number, name: string, act: () => void): void;
}

/**
 * Runs a process on a machine.
 *
 * @param done called with what it returns; not when its machine dies
 */
export function runProcess<T>(clock: Clock, machine: Machine, act: Act<T>, done: (value: T) => void): void {
  const step = (value: unknown): void => {
    if (machine.isDead) return;
    if (clock.now < machine.pausedUntil) {
      clock.at(machine.pausedUntil, `${machine.name} wakes`, () => {
        step(value);
      });
      return;
    }
    const next = act.next(value);
    if (next.done === true) {
      done(next.value);
      return;
    }
    let isOver = false;
    next.value((answer) => {
      if (isOver) return;
      isOver = true;
      step(answer);
    });
  };
  step(undefined);
}
