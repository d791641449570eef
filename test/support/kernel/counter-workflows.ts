import type { EntityInput } from '../../../src/contracts/entity';
import { refuse } from '../../../src/contracts/errors';
import { runEntity } from '../../../workflows/kernel/entity';
import type { EntityDefinition } from '../../../workflows/kernel/decider';

/** The smallest entity that can show every promise of the kernel: it counts, and keeps who added in which order. */
interface CounterState {
  readonly total: number;
  readonly effects: number;
  readonly seen: readonly string[];
}

const parse = (args: unknown) =>
  typeof args === 'number' && Number.isFinite(args)
    ? ({ ok: true, args } as const)
    : ({ ok: false, refusal: refuse('invalid-message', 'a number was expected') } as const);

const counter: EntityDefinition<{ readonly first: number }, CounterState> = {
  kind: 'agent',
  schema: 2,
  upcast: { 1: (state) => ({ ...(state as object), seen: [] }) },
  create: (init) => ({ state: { total: init.first, effects: 0, seen: [] } }),
  commands: {
    add: {
      parse,
      decide: (state, by: number, context) => ({
        state: {
          total: state.total + by,
          effects: state.effects + 1,
          seen: [...state.seen, context.messageId].slice(-500),
        },
        reply: state.total + by,
        events: by === 0 ? [] : [{ type: 'counter.added', data: { by } }],
      }),
    },
  },
  notices: {
    added: {
      parse,
      decide: (state, by: number, context) => ({
        state: {
          total: state.total + by,
          effects: state.effects + 1,
          seen: [...state.seen, context.messageId].slice(-500),
        },
      }),
    },
  },
  inspections: { effects: (state) => state.effects, total: (state) => state.total, seen: (state) => state.seen },
  effects: {},
  describe: (state) => ({ status: 'running', markdown: `**counter** at ${String(state.total)}` }),
};

export async function counterWorkflow(input: EntityInput<{ readonly first: number }, CounterState>): Promise<unknown> {
  return runEntity(counter, input);
}
