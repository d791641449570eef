import type { EntityLimits, Message } from '../../src/contracts/entity';
import { refuse, type Refusal } from '../../src/contracts/errors';
import { show } from '../../src/contracts/ids';
import { stampRefusal } from '../../src/domain/causality/entity-clock';
import { jsonBytes } from '../../src/domain/mailbox';
import { isUndecodable } from './payload-converter';

const MAX_ID = 200;

function isTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
}

/** Checks the envelope of what came: decoded, of the form of a message, not too large, no stamp of too late a time. Pure, throws nothing. */
export function readMessage(
  value: unknown,
  limits: EntityLimits,
  nowMs: number,
): { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly refusal: Refusal } {
  const no = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });
  if (isUndecodable(value)) return no(refuse('undecodable', `the payload is not JSON: ${value['mabeam:undecodable']}`));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return no(refuse('invalid-message', `a message is an object with id and args; got ${show(value)}`));
  }
  const { id, fingerprint, sender, correlationId, causationId, chain, deadline } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID) {
    return no(refuse('invalid-message', `the id of a message is a text of 1 to ${String(MAX_ID)}; got ${show(id)}`));
  }
  for (const [name, text] of Object.entries({ fingerprint, sender, correlationId, causationId, deadline })) {
    if (text !== undefined && typeof text !== 'string') {
      return no(refuse('invalid-message', `${name} of a message is a text; got ${show(text)}`));
    }
  }
  if (!isTexts(chain)) return no(refuse('invalid-message', `the chain of a message lists ids; got ${show(chain)}`));
  const message = value as Message;
  const untimely = stampRefusal(message.stamp, nowMs);
  if (untimely !== undefined) return no(untimely);
  const bytes = jsonBytes(message.args) ?? 0;
  return bytes > limits.messageBytes
    ? no(refuse('message-too-large', `at most ${String(limits.messageBytes)} bytes; got ${String(bytes)}`))
    : { ok: true, message };
}

/** The message that stands for one that has no readable envelope, in its dead letter. */
export function unreadable(value: unknown, number: number): Message {
  const id = `unreadable-${String(number)}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isUndecodable(value)) {
    return { id, args: value ?? null };
  }
  const given = value as Record<string, unknown>;
  return { id: typeof given['id'] === 'string' ? given['id'].slice(0, MAX_ID) : id, args: given['args'] ?? null };
}
