import type { NewEvent } from '../../../src/contracts/envelope';
import type { EventStore } from '../../../src/contracts/event-store';
import { batchOf } from '../store/batches';

export const GROUPS = ['one', 'two', 'three'] as const;
const AGENTS = 4;

/** One life of an agent: what it will say, and what others say of it. */
interface Life {
  readonly generation: number;
  sequence: number;
}

/** One of the writers: its agents begin, join, leave, end, are lost, begun anew, and speak late of older lives. */
export function createWriter(
  store: EventStore,
  space: string,
  name: string,
  random: () => number,
): { step(): Promise<void> } {
  const lives = new Map<string, Life[]>();
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const marks = (): object => ({
    tags: random() < 0.5 ? [] : ['gpu'],
    metadata: { tier: Math.floor(random() * 3) },
  });
  const say = async (agent: string, generation: string, first: number, events: readonly NewEvent[]): Promise<void> => {
    const batch = { ...batchOf({ space, name: agent }, first, events), generation };
    // As a hand-over is repeated until it is stored; a repetition is known.
    for (;;) {
      try {
        await store.append(batch);
        return;
      } catch {
        await new Promise((wake) => setTimeout(wake, 5));
      }
    }
  };
  const speak = async (agent: string, life: Life, events: readonly NewEvent[]): Promise<void> => {
    const first = life.sequence + 1;
    life.sequence += events.length;
    await say(agent, String(life.generation), first, events);
  };
  const joined = (): NewEvent => ({ type: 'agent.joined', data: { group: pick(GROUPS), ...marks() } });
  return {
    async step() {
      const agent = `${name}-${String(Math.floor(random() * AGENTS))}`;
      const known = lives.get(agent) ?? [];
      lives.set(agent, known);
      const chance = random();
      const life = known.at(-1);
      if (life === undefined || chance < 0.12) {
        const next: Life = { generation: (life?.generation ?? 0) + 1, sequence: 0 };
        known.push(next);
        await speak(agent, next, [{ type: 'entity.started', data: { owner: 'o' } }, joined(), joined()]);
      } else if (chance < 0.55) await speak(agent, life, [joined()]);
      else if (chance < 0.75) await speak(agent, life, [{ type: 'agent.left', data: { group: pick(GROUPS) } }]);
      else if (chance < 0.83) await speak(agent, life, [{ type: 'agent.adopted', data: { set: 's', version: 1 } }]);
      else if (chance < 0.9) await speak(agent, life, [{ type: 'entity.ended', data: { reason: { kind: 'normal' } } }]);
      else if (chance < 0.95) {
        const told = `${String(life.generation)}.told`;
        await say(agent, told, 1, [{ type: 'entity.lost', data: {} }]);
        // it was on its way when the sweep came
        await speak(agent, life, [joined()]);
      } else await speak(agent, pick(known), [joined()]);
    },
  };
}
