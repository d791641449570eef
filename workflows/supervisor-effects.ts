import { proxyActivities } from '@temporalio/workflow';
import type { Stamp } from '../src/contracts/causality';
import type { EntityInput } from '../src/contracts/entity';
import type { StartOrder, StartOutcome, StopOrder, SupervisionActivities } from '../src/contracts/supervision';
import type { ChildExit } from '../src/contracts/supervisor';
import type { EffectHandler } from './kernel/decider';
import { advance, type State } from './supervisor-step';

const START_TRIES_MS = 3_600_000;
const STOP_FOR_EVER_MS = 30 * 86_400_000;

function activitiesOf(input: EntityInput, startToCloseTimeout: number, summary: string): SupervisionActivities {
  return proxyActivities<SupervisionActivities>({
    taskQueue: input.queues.main,
    startToCloseTimeout,
    heartbeatTimeout: 10_000,
    retry: { initialInterval: 200, maximumInterval: 5_000 },
    summary,
  });
}

/** Starts a child; tried again, it finds what it has started before. */
export const startChild: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input, stamp): Promise<StartOutcome> => {
    const order = effect.data as StartOrder;
    try {
      return await activitiesOf(input, START_TRIES_MS, `start ${order.supervised.id}`).startChild({ ...order, stamp });
    } catch (error) {
      return { kind: 'start-failed', reason: error instanceof Error ? error.message : String(error) };
    }
  },
  settle: (state, effect, outcome, context) => {
    const { id, generation } = (effect.data as StartOrder).supervised;
    const { stamp: _heard, ...started } = outcome as StartOutcome & { readonly stamp?: Stamp };
    return advance(state, { ...started, id, generation }, context);
  },
};

/** Stops a child within its time, or kills it. */
export const stopChild: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input, stamp) => {
    const order = effect.data as StopOrder;
    try {
      return await activitiesOf(input, STOP_FOR_EVER_MS, `stop ${order.id}`).stopChild({ ...order, stamp });
    } catch {
      return {};
    }
  },
  settle: (state, effect, outcome, context) => {
    const { id, generation } = effect.data as StopOrder;
    const { reason } = outcome as { readonly reason?: ChildExit };
    return advance(state, { kind: 'stopped', id, generation, ...(reason === undefined ? {} : { reason }) }, context);
  },
};

/** One activity that never ends by itself: an idle supervisor costs no event. */
export const sweep: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input) => {
    const order = effect.data as Parameters<SupervisionActivities['sweepChildren']>[0];
    try {
      await activitiesOf(input, STOP_FOR_EVER_MS, 'look after the children').sweepChildren(order);
    } catch {
      // it is begun again
    }
    return {};
  },
  settle: (state, effect) => (state.ending === undefined ? { state, effects: [effect] } : { state }),
};
