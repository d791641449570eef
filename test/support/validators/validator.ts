import { sessionsOf, type History, type Session } from './history';

/** A breach of a promise, in words, and where it shows. */
export interface Breach {
  readonly promise: string;
  readonly where: string;
  readonly what: string;
}

/** Judges a history by one promise, and knows nothing of the others. */
export interface Validator<H = History> {
  /** Such as `WAT-1`. */
  readonly promise: string;
  /** The promise in a few words. */
  readonly says: string;
  judge(history: H): readonly Breach[];
}

/** A validator that looks at one connection after the other. */
export function ofSessions(
  promise: string,
  says: string,
  judge: (session: Session, history: History) => readonly string[],
): Validator {
  return {
    promise,
    says,
    judge: (history) =>
      sessionsOf(history).flatMap((session) =>
        judge(session, history).map((what) => ({
          promise,
          where: `connection ${String(session.number)} of ${session.reader}`,
          what,
        })),
      ),
  };
}
