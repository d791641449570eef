import { condition, defineQuery, setHandler } from '@temporalio/workflow';
import { exitSignal, startedSignal, type ExitReport } from '../../../src/contracts/entity';

/** What an owner has heard, in order. */
export const heardQuery =
  defineQuery<readonly { readonly word: 'started' | 'exited'; readonly report: Partial<ExitReport> }[]>('heard');

/** An owner that is no entity: what any workflow must do to hear of what it owns. */
export async function ownerWorkflow(): Promise<void> {
  const heard: { readonly word: 'started' | 'exited'; readonly report: Partial<ExitReport> }[] = [];
  setHandler(heardQuery, () => heard);
  setHandler(startedSignal, (report) => void heard.push({ word: 'started', report }));
  setHandler(exitSignal, (report) => void heard.push({ word: 'exited', report }));
  await condition(() => heard.filter(({ word }) => word === 'exited').length === 2);
}
