import { isRefusal } from '../../src/contracts/errors';
import type { Asked, AskRequest, TellReply, Told } from '../../src/contracts/optimisation/asking';
import type { Fits } from '../../src/domain/optimisation/sampled';
import type { Trial, TrialInput } from '../../src/contracts/optimisation/study';
import { askOutside, insideProblem, parseAsk, type AskStep } from '../../src/domain/optimisation/asking';
import { parseTell, tellOutside, tellProblem } from '../../src/domain/optimisation/telling';
import { roomOf, type StudyData, type StudyStep } from '../../src/domain/optimisation/study';
import type { Answer, Context, Handler, Step } from '../kernel/decider';

/** What a study's workflow gives to the messages from outside. */
export interface Outside {
  fits(state: StudyData): Fits;
  inputOf(state: StudyData, trial: Trial, study: string): TrialInput;
  toStep(before: StudyData, step: StudyStep, context: Context, reply: unknown): Step<StudyData>;
}

/** What a client is answered. */
function replyTo(step: AskStep, { workflowId }: Context, inputOf: Outside['inputOf']): Asked {
  const trials = step.leased.map((trial) => {
    const { study: _study, ...input } = inputOf(step.state, trial, workflowId);
    const { attempt, client, until } = trial.lease;
    return { ...input, attempt, client, until };
  });
  const { waitingFor, retryAfterMs } = step;
  return {
    trials,
    state: step.state.state,
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** A step, and the answers to asks that were put off. */
interface Answered {
  readonly step: StudyStep;
  readonly answers: readonly Answer[];
}

/**
 * Answers who waits for the sampler, in the order of asking, when it has thought or nothing more is asked for. Who gets too
 * little of what it suggested waits for the next ask.
 */
export function answerWaiting(step: StudyStep, context: Context, { fits, inputOf }: Omit<Outside, 'toStep'>): Answered {
  const { waiting = [], thinking } = step.state;
  if (waiting.length === 0 || (thinking !== undefined && roomOf(step.state) > 0)) return { step, answers: [] };
  const { waiting: _all, ...rest } = step.state;
  let [state, events]: readonly [StudyData, StudyStep['events']] = [rest, step.events];
  const answers: Answer[] = [];
  const left: (typeof waiting)[number][] = [];
  for (const each of waiting) {
    const next = askOutside(state, each.request, fits(state), context.now);
    if (isRefusal(next)) {
      answers.push({ messageId: each.messageId, refusal: next });
      continue;
    }
    [state, events] = [next.state, [...events, ...next.events]];
    if (next.thinks === true) left.push(each);
    else answers.push({ messageId: each.messageId, reply: replyTo(next, context, inputOf) });
  }
  return { step: { ...step, state: left.length === 0 ? state : { ...state, waiting: left }, events }, answers };
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
        if (step.thinks !== true) return toStep(state, step, context, replyTo(step, context, inputOf));
        const waiting = [...(state.waiting ?? []), { messageId: context.messageId, request }];
        return { ...toStep(state, { ...step, state: { ...step.state, waiting } }, context, null), deferred: true };
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
