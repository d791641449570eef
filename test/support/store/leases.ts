import type { GroupRef } from '../../../src/contracts/subscription';
import type { Database } from '../../../src/store/database';

/** The time has come for all that a group has handed out or keeps for a retry, or for these positions. */
export async function runOut(
  { db }: Database,
  { space, group }: GroupRef,
  positions?: readonly number[],
): Promise<void> {
  let due = db
    .updateTable('deliveries')
    .set({ due_at: 0 })
    .where('space', '=', space)
    .where('group_name', '=', group)
    .where('state', 'in', ['held', 'waiting']);
  if (positions !== undefined) due = due.where('position', 'in', positions);
  await due.execute();
}
