import type { StudyView } from 'mabeam';
import { isClean, type Account } from '../account';
import type { Stage } from './stage';

/** What the study says of its trials, and what the books say. */
export interface Searched {
  readonly study: StudyView['account'];
  readonly account: Account;
}

/** The account, for people. @returns whether it is clean */
export function tellAccount({ say, trials }: Stage, { study, account }: Searched): boolean {
  const { begun, ended, stored, evaluatedAgain, inFlight, lost, zombie, overBudget, repeatedAfterAcceptance } = account;
  const tell = (who: string, numbers: Readonly<Record<string, number>>): void => {
    const parts = Object.entries(numbers).map(([what, number]) => `${what} ${String(number)}`);
    say(`${who.padEnd(21)}${parts.join(', ')}`);
  };
  const { asked, complete, failed, begunAgain, late } = study;
  tell('the study says', { budget: trials, asked, complete, failed, 'begun again': begunAgain, late });
  tell('the evaluators wrote', { begun, ended, 'evaluated again': evaluatedAgain });
  tell('the event store has', { complete: stored });
  tell('a killed worker held', { 'in flight': inFlight });
  tell('so', { lost, zombie, 'over budget': overBudget, 'repeated after acceptance': repeatedAfterAcceptance });
  return isClean(account);
}
