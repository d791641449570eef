import { proxyActivities } from '@temporalio/workflow';
import type { AgentInit } from '../../../src/contracts/agent';
import type { EntityInput, ExitReason } from '../../../src/contracts/entity';
import { refuse } from '../../../src/contracts/errors';
import type { EntityDefinition } from '../../../workflows/kernel/decider';
import { runEntity } from '../../../workflows/kernel/entity';

export { supervisorWorkflow } from '../../../workflows/supervisor';

/** What the start of a scripted child is told: how it is to go, and how the child ends when it is asked to stop. */
export interface Script {
  readonly outcome: 'ok' | 'error' | 'crash';
  readonly stops: 'shutdown' | 'normal' | 'crash' | 'stubborn';
}

interface Scripted extends Script {
  readonly ending?: ExitReason;
}

/** Says that the child was asked to stop; answers when it may. */
export interface ScriptActivities {
  scriptStopping(of: { readonly space: string; readonly id: string }): Promise<void>;
}

const LONG_MS = 600_000;

/** A child that fails its start, ends by any reason on command, and says so before it stops. */
function scripted(input: EntityInput): EntityDefinition<AgentInit, Scripted> {
  return {
    kind: 'agent',
    schema: 1,
    upcast: {},
    create: ({ args }) => {
      const state = args as Script;
      if (state.outcome === 'ok') return { state };
      return { state, refusal: refuse('agent-failed', state.outcome === 'crash' ? 'boom' : 'oops') };
    },
    commands: {},
    notices: {
      die: {
        parse: (args) => ({ ok: true, args }),
        decide: (state, ending: ExitReason) => ({ state: { ...state, ending } }),
      },
    },
    inspections: {},
    effects: {},
    terminate: async (state) => {
      const { scriptStopping } = proxyActivities<ScriptActivities>({
        taskQueue: input.queues.main,
        startToCloseTimeout: LONG_MS,
      });
      await scriptStopping({ space: input.space, id: input.name });
      if (state.stops === 'crash') throw new Error('crash');
      return { state };
    },
    failure: (error) => refuse('agent-failed', error instanceof Error ? error.message : String(error)),
    describe: () => ({ status: 'running', markdown: 'scripted' }),
    finished: ({ ending }) => (ending === undefined ? undefined : { reason: ending, outcome: { reason: ending } }),
  };
}

export async function scriptedAgentWorkflow(input: EntityInput<AgentInit, Scripted>): Promise<unknown> {
  return runEntity(scripted(input as EntityInput), input);
}
