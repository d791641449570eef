import { heartbeat, activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Stamp } from '../src/contracts/causality';
import type { Message } from '../src/contracts/entity';
import { refuse } from '../src/contracts/errors';
import { workflowId, type Name, type Space } from '../src/contracts/ids';
import { MAX_ANSWER_BYTES, type OptimiserActivities, type OptimiserReply } from '../src/contracts/optimisation/team';
import { askOne, overWorkersConnection, type SendUpdate } from './fan-out';
import { beating } from './beating';

/** An answer that the study can carry; its length as JSON counts. */
function fitting(member: number, answer: unknown): OptimiserReply {
  const bytes = Buffer.byteLength(JSON.stringify(answer ?? null));
  if (bytes <= MAX_ANSWER_BYTES) return { member, answer: answer ?? null };
  const text = `an answer has at most ${String(MAX_ANSWER_BYTES)} bytes; got ${String(bytes)}`;
  return { member, refusal: refuse('message-too-large', text) };
}

/**
 * The activity that asks the agents of a team for their proposals, all at once. A second attempt goes on with the answers of
 * the first, and the id of each message (study, ask and agent) is the same, so nobody is asked twice. An agent that is absent,
 * refuses, or is not done in time is a refusal in the answer, never a failure of the activity.
 *
 * @param send one update to one agent; by default over the worker's own connection
 */
export function createOptimiserActivities(send: SendUpdate = overWorkersConnection): OptimiserActivities {
  return {
    askOptimisers: async ({ space, asked, question, stamp }) => {
      const { replies: before = [] } = (activityInfo().heartbeatDetails ?? {}) as { replies?: OptimiserReply[] };
      const replies = [...before];
      const ask = async ({ member, agent, askMs }: (typeof asked)[number]): Promise<void> => {
        const stop = AbortSignal.any([AbortSignal.timeout(askMs), cancellationSignal()]);
        const id = `${question.study}/${String(question.ask)}/${agent}`;
        const args = { name: 'propose', arg: question };
        let heard: { readonly stamp?: Stamp } = {};
        const answer = await askOne(send, {
          workflowId: workflowId(space as Space, 'agent', agent as Name),
          update: 'ask',
          message: { id, args, sender: question.study, ...(stamp === undefined ? {} : { stamp }) } as Message<never>,
          signal: stop,
          hear: (told) => {
            heard = { stamp: told };
          },
        });
        if (answer.kind === 'answered') replies.push({ ...fitting(member, answer.value), ...heard });
        else {
          const text =
            answer.kind === 'lost' ? answer.evidence : `${agent} has not answered within ${String(askMs)} ms`;
          const code = answer.kind === 'lost' ? answer.code : 'timeout';
          replies.push({ member, refusal: refuse(code, text) });
        }
        heartbeat({ replies });
      };
      const open = asked.filter(({ member }) => !replies.some((each) => each.member === member));
      await beating(
        () => Promise.all(open.map(ask)),
        () => ({ replies }),
      );
      cancellationSignal().throwIfAborted();
      return replies.toSorted((a, b) => a.member - b.member);
    },
  };
}
