import type { SearchSpace } from '../../../../contracts/optimisation/search-space';

/**
 * The dimensions that are always active together, by the condition that they have in common, in the order of the space.
 *
 * Optuna's `group=True` finds such groups in the trials it has seen; ours stand in the space, so they are known from the
 * first trial on and never change. They are the same once every condition has been met. Optuna's default puts each
 * conditional dimension into a group of its own.
 */
export function groupsOf({ dimensions }: SearchSpace): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  Object.values(dimensions).forEach(({ when }, at) => {
    const condition = JSON.stringify(Object.entries(when ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(condition, [...(groups.get(condition) ?? []), at]);
  });
  return [...groups.values()];
}
