import { setImmediate } from 'node:timers/promises';
import type { Configuration } from '../src/contracts/optimisation/search-space';
import type { SuggestActivities, SuggestInput } from '../src/contracts/optimisation/suggesting';
import { suggestionsFor } from '../src/domain/optimisation/suggesting';

/** The asks of samplers that are too heavy for a workflow. Each takes the processor for as long as it thinks. */
export function createSuggestActivities(): SuggestActivities {
  return {
    suggestTrials: async (input: SuggestInput) => {
      const all: (readonly Configuration[])[] = [];
      for (const suggested of suggestionsFor(input)) {
        all.push(suggested);
        // between two asks others have their turn: heartbeats among them
        await setImmediate();
      }
      return all;
    },
  };
}
