import type { StoredEvent } from '../../../src/contracts/event-store';
import type { Item, Revision } from '../validators/history';

interface Life {
  generation: number;
  isOver: boolean;
  readonly groups: Map<string, unknown>;
}

/**
 * What events mean for groups, told anew: as the page of the reference says it, not as the read model does it. Keys are
 * `<group>/<agent>`.
 */
export function createTruth(): { take(stored: StoredEvent): Revision | undefined } {
  const lives = new Map<string, Life>();
  return {
    take({ position, event: { source, id, type, data } }) {
      const [, , , kind, agent = ''] = source.split('/');
      if (kind !== 'agent') return undefined;
      const generation = Number(/^\d+/.exec(id)?.[0]);
      const items = new Map<string, Item>();
      const gone = (life: Life): void => {
        for (const group of life.groups.keys()) items.set(group, { key: `${group}/${agent}`, value: null });
        life.groups.clear();
      };
      let life = lives.get(agent);
      if (life !== undefined && generation < life.generation) return undefined;
      if (life === undefined || generation > life.generation) {
        if (life !== undefined) gone(life);
        life = { generation, isOver: false, groups: new Map() };
        lives.set(agent, life);
      }
      const group = String(data['group']);
      if (life.isOver) return undefined;
      if (type === 'entity.ended' || type === 'entity.lost') {
        gone(life);
        life.isOver = true;
      } else if (type === 'agent.joined') {
        const value = { generation, tags: data['tags'], metadata: data['metadata'] };
        if (JSON.stringify(life.groups.get(group)) !== JSON.stringify(value)) {
          life.groups.set(group, value);
          items.set(group, { key: `${group}/${agent}`, value });
        }
      } else if (type === 'agent.left' && life.groups.delete(group)) {
        items.set(group, { key: `${group}/${agent}`, value: null });
      }
      return items.size === 0 ? undefined : { position, items: [...items.values()] };
    },
  };
}
