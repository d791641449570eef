/**
 * What a thing would do if one operation came after the other: the specification that a history is held against. Pure. States are
 * plain JSON.
 */
export interface Model<S, I, O> {
  readonly name: string;
  /** The state of every key before its first operation. */
  readonly initial: S;
  /**
   * The states in which the operation may leave the thing when it takes effect in `state`; none when it cannot have this output
   * there. Without an output the outcome is unknown: all states to which the operation may lead.
   */
  step(state: S, input: I, output: O | undefined): readonly S[];
  /** Equal states have equal texts, others have other ones: what the checker remembers, and what it shows. */
  textOf(state: S): string;
}

/** One way in which an operation may end. */
export interface Ending<S, O> {
  readonly state: S;
  readonly output: O;
  /** The request was refused and is not remembered: sent again, it may end otherwise. */
  readonly isForgotten?: true;
}

/** A state, and what was answered to requests with an id. */
export interface Answering<S> {
  readonly state: S;
  /** Request id and answer as text, by id. */
  readonly answers: readonly (readonly [string, string])[];
}

/**
 * A model of a thing whose answers follow from its state. An operation with a request id takes effect once; a repetition is
 * answered as the first time, also when nobody heard that answer.
 *
 * @param endings how an operation may end in a state; more than one where something outside decides, such as voters
 */
export function answering<S, I extends object, O>(what: {
  readonly name: string;
  readonly initial: S;
  endings(state: S, input: I): readonly Ending<S, O>[];
}): Model<Answering<S>, I & { readonly request?: string }, O> {
  return {
    name: what.name,
    initial: { state: what.initial, answers: [] },
    step: ({ state, answers }, input, output) => {
      const { request } = input;
      const wanted = output === undefined ? undefined : JSON.stringify(output);
      const before = request === undefined ? undefined : answers.find(([id]) => id === request);
      if (before !== undefined) return wanted === undefined || wanted === before[1] ? [{ state, answers }] : [];
      return what.endings(state, input).flatMap((ending) => {
        const answer = JSON.stringify(ending.output);
        if (wanted !== undefined && wanted !== answer) return [];
        if (request === undefined || ending.isForgotten === true) return [{ state: ending.state, answers }];
        const entry = [request, answer] as const;
        return [{ state: ending.state, answers: [...answers, entry].sort(([one], [other]) => (one < other ? -1 : 1)) }];
      });
    },
    textOf: ({ state, answers }) => JSON.stringify(answers.length === 0 ? state : { state, answers }),
  };
}
