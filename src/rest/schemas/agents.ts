import { LIFE_STATES } from '../../contracts/entity';
import { ERRORS } from '../../contracts/errors';
import { KINDS } from '../../contracts/ids';
import { also, anything, byName, count, instant, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const reasons = [
  object({ kind: oneOf('normal') }),
  object({ kind: oneOf('shutdown') }, { term: text }),
  object({ kind: oneOf('failed'), refusal: ref('Refusal') }),
];

/** What routes answer about agents and about every entity. */
export const agentSchemas: Readonly<Record<string, JsonSchema>> = {
  Refusal: object(
    { code: oneOf(...Object.keys(ERRORS)), message: text },
    { details: byName(anything), retryAfterMs: count() },
  ),
  Generation: object({ firstRunId: text, number: count() }),
  ExitReason: { anyOf: reasons },
  EntityStatus: object(
    {
      life: oneOf(...LIFE_STATES),
      status: text,
      owner: text,
      generation: ref('Generation'),
      mailbox: count(),
      outbox: count(),
      said: count(),
      effectsInFlight: count(),
      counts: object({
        accepted: count(),
        repeated: count(),
        refused: count(),
        deadLetters: count(),
        renewals: count(),
      }),
      startedAt: instant,
    },
    { reason: ref('ExitReason'), waitingSince: instant, queue: text },
  ),
  Agent: also('EntityStatus', { name: text }),
  Started: object({ type: text, name: text }),
  Told: object({ messageId: text }),
  Reply: object({ reply: anything }),
  Stopped: object({ stopped: { const: true } }),
  Replayed: object({ replayed: count(1) }),
  DeadLetter: object({
    number: count(1),
    at: instant,
    name: text,
    refusal: ref('Refusal'),
    message: object(
      { id: text, args: anything },
      {
        fingerprint: text,
        sender: text,
        causationId: text,
        correlationId: text,
        chain: list(text),
        deadline: instant,
      },
    ),
  }),
  Registration: object({
    space: text,
    kind: oneOf(...KINDS),
    name: text,
    workflowId: text,
    generation: ref('Generation'),
    status: oneOf(...LIFE_STATES),
    registeredAt: instant,
  }),
  Lookup: object(
    { registration: ref('Registration'), consistency: oneOf('cached', 'strong'), source: text, ageMs: count() },
    { position: count() },
  ),
  DeadLetters: object({ items: list(ref('DeadLetter')) }),
};
