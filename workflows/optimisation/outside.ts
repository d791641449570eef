import { isRefusal } from '../../src/contracts/errors';
import type { Asked, AskRequest, TellReply, Told } from '../../src/contracts/optimisation/asking';
import type { Trial, TrialInput } from '../../src/contracts/optimisation/study';
import { askOutside, insideProblem, parseAsk } from '../../src/domain/optimisation/asking';
import { parseTell, tellOutside, tellProblem } from '../../src/domain/optimisation/telling';
import type { Fits, StudyData, StudyStep } from '../../src/domain/optimisation/study';
import type { Context, Handler, Step } from '../kernel/decider';

/** What a study's workflow gives to the messages from outside. */
export interface Outside {
  fits(state: StudyData): Fits;
  inputOf(state: StudyData, trial: Trial, study: string): TrialInput;
  toStep(before: StudyData, step: StudyStep, context: Context, reply: unknown): Step<StudyData>;
}

/** Ask and tell for a study without an evaluator, by update name. A repeated message is answered as the first time. */
export function outsideCommands({ fits, inputOf, toStep }: Outside): {
  readonly askTrials: Handler<StudyData, AskRequest>;
  readonly tellTrials: Handler<StudyData, { readonly outcomes: readonly Told[] }>;
} {
  return {
    askTrials: {
      parse: (args) => {
        const request = parseAsk(args);
        return isRefusal(request) ? { ok: false, refusal: request } : { ok: true, args: request };
      },
      admit: insideProblem,
      decide: (state, request, context) => {
        const step = askOutside(state, request, fits(state), context.now);
        if (isRefusal(step)) return { state, refusal: step };
        const trials = step.leased.map((trial) => {
          const { study: _study, ...input } = inputOf(step.state, trial, context.workflowId);
          const { attempt, client, until } = trial.lease;
          return { ...input, attempt, client, until };
        });
        const { waitingFor, retryAfterMs } = step;
        const reply: Asked = {
          trials,
          state: step.state.state,
          ...(waitingFor === undefined ? {} : { waitingFor }),
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        };
        return toStep(state, step, context, reply);
      },
    },
    tellTrials: {
      parse: (args) => {
        const told = parseTell(args);
        return isRefusal(told) ? { ok: false, refusal: told } : { ok: true, args: told };
      },
      admit: (state, { outcomes }) => tellProblem(state, outcomes),
      decide: (state, { outcomes }, context) => {
        const step = tellOutside(state, outcomes, context.now);
        if (isRefusal(step)) return { state, refusal: step };
        const reply: TellReply = { told: step.told, state: step.state.state };
        return toStep(state, step, context, reply);
      },
    },
  };
}
