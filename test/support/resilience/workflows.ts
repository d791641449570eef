import { defineAgent } from '../../../workflows/door';
import { agentWorkflow } from '../../../workflows/agent';

export const buyerAgentWorkflow = agentWorkflow(
  defineAgent({
    type: 'buyer',
    state: () => ({ price: 0 }),
    tell: {
      look: async (_state, _arg: undefined, ctx) => ({
        price: await ctx.do<number>('price', undefined, { attempts: 6 }),
      }),
    },
    ask: { price: ({ price }) => ({ reply: price }) },
  }),
);
