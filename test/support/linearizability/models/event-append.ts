import type { AppendResult, ExpectedVersion } from '../../../../src/contracts/event-store';
import { answering } from '../model';

/** What is stored under each number; `null` where a number was skipped. */
type Stream = readonly (string | null)[];

/** Events are told apart by a text; `first` is the number of the first one. */
export type AppendInput =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'append';
      readonly first: number;
      readonly events: readonly string[];
      readonly expected: ExpectedVersion;
    };
/** `stored` in the order of their numbers. */
export type AppendOutput = AppendResult | { readonly kind: 'stored'; readonly events: readonly string[] };

function isMet(expected: ExpectedVersion, version: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'no-stream') return version === 0;
  return expected === 'stream-exists' ? version > 0 : version === expected;
}

/** One stream: what is there already is told first, as a repetition or as a conflict, then the expected version (EVT-1, EVT-2). */
export const eventAppend = answering<Stream, AppendInput, AppendOutput>({
  name: 'stream of events',
  initial: [],
  endings: (stream, input) => {
    const at = (output: AppendOutput, state = stream) => [{ state, output }];
    if (input.kind === 'read') return at({ kind: 'stored', events: stream.flatMap((each) => each ?? []) });
    const { first, events, expected } = input;
    const last = first + events.length - 1;
    const before = (number: number): string | null => stream[number - 1] ?? null;
    const numbered = events.map((event, index) => ({ event, number: first + index }));
    const other = numbered.find(({ event, number }) => before(number) !== null && before(number) !== event);
    if (other !== undefined) return at({ kind: 'conflict', sequence: other.number });
    if (numbered.every(({ event, number }) => before(number) === event)) return at({ kind: 'repeated', version: last });
    if (!isMet(expected, stream.length)) return at({ kind: 'wrong-version', actual: stream.length });
    const given = new Map(numbered.map(({ event, number }) => [number, event]));
    const next = Array.from(
      { length: Math.max(stream.length, last) },
      (_each, index) => given.get(index + 1) ?? before(index + 1),
    );
    return at({ kind: 'appended', version: last }, next);
  },
});
