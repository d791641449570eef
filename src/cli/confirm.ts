import { PlatformError, refuse } from '../contracts/errors';
import type { CliDeps } from './command';

/**
 * Has the name typed before what cannot be undone.
 *
 * @param what will be gone, as a sentence begins: `The study mail with all its trials`
 * @throws PlatformError `invalid-request` when it is not typed, or nobody is there to type it
 */
export async function confirmed({ ask }: CliDeps, name: string, what: string): Promise<void> {
  const wrong = (text: string): PlatformError => new PlatformError(refuse('invalid-request', text));
  if (ask === undefined) throw wrong(`nobody is there to confirm it: say --yes to delete ${name}`);
  const typed = await ask(`${what} will be gone. Type its name to delete it: `);
  if (typed.trim() !== name) throw wrong(`the name was not typed; ${name} is as it was`);
}
