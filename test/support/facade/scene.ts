import { until } from '../kernel/harness';
import type { Stack } from './stack';

/** What a scene holds: one of each type of workflow, each waiting for something. */
export interface Scene {
  /** Names after the space: `agent:desk`. */
  readonly ids: readonly string[];
  end(): Promise<void>;
}

/**
 * Sets a scene: an agent in the middle of a step with two messages waiting and a dead letter, one that rests, a set that waits for a
 * ballot of people, one whose newest version has not reached an agent, a study that nobody evaluates, a counter and a value.
 */
export async function setScene({ space, letGo }: Stack): Promise<Scene> {
  const { agents, studies, variables } = space;
  const desk = await agents.get('clerk', 'desk');
  await agents.get('counter', 'tally');
  await agents.get('late', 'late-1');
  const board = await variables.start('board');
  const lagging = await variables.start('lagging');
  await lagging.subscribe('late-1');
  await lagging.propose({ speed: 7 }, { basedOn: 1 }).verdict;
  await board.propose({ threshold: 0.93 }, { basedOn: 1, because: 'trial 57', proposer: 'trainer' }).verdict;
  await space.ballots.get('board@1').vote('ann', 'yes', { reason: 'tested on 1,400 mails' });
  await space.counters.at('seats', { max: 40 }).add(12);
  await space.counters.at('seats').allocate(100);
  await space.values.at('config').set({ rate: 0.1 });
  const holding = desk.with({ timeoutMs: 600_000 }).ask('held', 'a scene');
  await studies.start('search', { over: 'board', evaluator: 'nobody', minimise: 'loss', budget: { trials: 4 } });
  await until('a late agent', async () => ((await lagging.adoption()).laggards.length > 0 ? true : undefined), 60_000);
  await desk.tell('nonsense');
  for (const text of ['one', 'two']) await desk.tell('note', text);
  await until('two wait', async () => ((await desk.status()).mailbox === 2 ? true : undefined), 60_000);
  return {
    ids: [
      'agent:desk',
      'agent:tally',
      'agent:late-1',
      'variables:board',
      'variables:lagging',
      'ballot:board@1',
      'study:search',
      'counter:seats',
      'value:config',
    ],
    end: async () => {
      letGo('a scene');
      letGo('late-1');
      await holding;
      await studies.at('search').stop({ running: 'cancel' });
    },
  };
}
