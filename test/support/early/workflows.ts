import { condition, setHandler } from '@temporalio/workflow';
import { keptQuery } from '../../../src/contracts/entity';

/** Fails so many queries for what it kept with a text, and answers those after; ends at once when it is to. */
export async function earlyWorkflow(text: string, times: number, isOver: boolean): Promise<void> {
  let asked = 0;
  setHandler(keptQuery, () => {
    asked += 1;
    if (asked <= times) throw new Error(text);
    return null;
  });
  await condition(() => isOver);
}
