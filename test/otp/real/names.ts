import type { ExitReason } from '../../../src/contracts/entity';
import type { Path } from '../sequence';

/** How both sides name the same thing: a path in the sequence, an id in the space, a text of one and of the other. */

/** Name of the supervisor at the top, whose path is empty. */
export const ROOT = 'top';

/** Ids are unique in a space: a child's is its whole path. */
export const idOf = (path: string): string => (path === '' ? ROOT : path.replaceAll('/', '.'));
export const pathOf = (id: string): string => (id === ROOT ? '' : id.replaceAll('.', '/'));
export const nameIn = (path: Path): string => path.join('/');
export const local = (id: string): string => id.split('.').at(-1) ?? id;
export const below = (path: string, id: string): string => (path === '' ? id : `${path}/${id}`);

/** A text of ours as OTP has it: without codes, with the child's own id. */
export function plain(text: string): string {
  const failed = /(\S+) could not be started: (.*)$/.exec(text);
  if (failed !== null) return `${local(failed[1] ?? '')}: ${plain(failed[2] ?? '')}`;
  return text.replace(/^.*agent-failed: /, '');
}

/** A reason of ours as OTP writes it. */
export function reasonText(reason: ExitReason): string {
  if (reason.kind === 'failed') return plain(reason.refusal.message);
  return reason.kind === 'shutdown' && reason.term !== undefined ? `{shutdown,${reason.term}}` : reason.kind;
}
