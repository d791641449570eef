import { PlatformError, refuse } from '../contracts/errors';
import type { CliDeps } from './command';

/**
 * Has the name typed before what cannot be undone.
 *
 * @param what becomes of it, as a sentence without its end: `The study mail with all its trials will be gone`
 * @param act the verb for it
 * @throws PlatformError `invalid-request` when it is not typed, or nobody is there to type it
 */
export async function confirmed({ ask }: CliDeps, name: string, what: string, act = 'delete'): Promise<void> {
  const wrong = (text: string): PlatformError => new PlatformError(refuse('invalid-request', text));
  if (ask === undefined) throw wrong(`nobody is there to confirm it: say --yes to ${act} ${name}`);
  const typed = await ask(`${what}. Type its name to ${act} it: `);
  if (typed.trim() !== name) throw wrong(`the name was not typed; ${name} is as it was`);
}
