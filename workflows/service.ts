import { proxyActivities } from '@temporalio/workflow';
import type { EntityInput } from '../src/contracts/entity';
import { refuse } from '../src/contracts/errors';
import type { Finding } from '../src/contracts/health';
import { show } from '../src/contracts/ids';
import { SERVICES, type ServiceActivities, type ServiceInit, type ServiceOrder } from '../src/contracts/service';
import type { EffectHandler, EntityDefinition, Handler } from './kernel/decider';
import { runEntity } from './kernel/entity';

interface State extends ServiceOrder {
  /** Absent until something was not well. */
  readonly finding?: Finding;
}

const FOR_EVER_MS = 30 * 86_400_000;

/** One activity that never ends by itself: a service costs no event while it serves and finds nothing new. */
const serve: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input) => {
    const order = effect.data as ServiceOrder;
    const { serve: chore } = proxyActivities<ServiceActivities>({
      taskQueue: input.queues.store,
      startToCloseTimeout: FOR_EVER_MS,
      heartbeatTimeout: 10_000,
      retry: { initialInterval: 1_000, maximumInterval: 60_000 },
      summary: order.service,
    });
    try {
      await chore(order);
    } catch {
      // it is begun again
    }
    return {};
  },
  settle: (state, effect) => ({ state, effects: [effect] }),
};

const found: Handler<State, Finding> = {
  parse: (args) => {
    const { ok, detail } = (args ?? {}) as Partial<Record<keyof Finding, unknown>>;
    if (typeof ok === 'boolean' && typeof detail === 'string') return { ok: true, args: { ok, detail } };
    return { ok: false, refusal: refuse('invalid-message', `found takes { ok, detail }; got ${show(args)}`) };
  },
  decide: (state, finding) => ({
    state: { ...state, finding },
    events: [{ type: 'service.found', data: { ...finding } }],
  }),
};

const serviceDefinition: EntityDefinition<ServiceInit, State> = {
  kind: 'service',
  schema: 1,
  upcast: {},
  create: ({ service }, { space }) => {
    const state: State = { space, service };
    return SERVICES.includes(service)
      ? { state, effects: [{ kind: 'serve', id: 'serve', data: state }] }
      : { state, refusal: refuse('invalid-message', `a service is ${SERVICES.join(' | ')}; got ${show(service)}`) };
  },
  commands: {},
  notices: { found },
  inspections: {},
  effects: { serve },
  describe: ({ service, finding }) => ({
    status: finding?.ok === false ? 'ill' : 'running',
    markdown: `**Service** ${service}, of the platform${finding === undefined ? '' : `: ${finding.detail}`}\n\nServes on the queue of the store`,
  }),
};

/**
 * A service of the platform in a space: a chore that is done again and again by the process that owns the store. It stands
 * below the root supervisor, so that it is started and stopped with the space, and begun again when somebody ends it.
 */
export async function serviceWorkflow(input: EntityInput<ServiceInit, State>): Promise<unknown> {
  return runEntity(serviceDefinition, input);
}
