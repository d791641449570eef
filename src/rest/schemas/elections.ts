import { anything, count, flag, instant, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const score: JsonSchema = { type: 'integer' };
const candidate = { request: text, session: text, value: anything, score, since: instant, until: instant };

/** What routes answer about elections. */
export const electionSchemas: Readonly<Record<string, JsonSchema>> = {
  Campaigned: {
    anyOf: [
      object({ kind: { const: 'elected' }, term: count(1), request: text }),
      object({ kind: { const: 'queued' }, place: count(1), until: instant }),
    ],
  },
  Proclaimed: object({ revision: count(1) }),
  Resigned: object({ resigned: flag }),
  Revoked: object({ revoked: count() }),
  Leader: object({ session: text, term: count(1), value: anything, since: instant }),
  Candidate: object(candidate, { offered: object({ term: count(1), until: instant }) }),
  Election: object(
    {
      name: text,
      state: oneOf('led', 'vacant', 'delayed'),
      term: count(),
      revision: count(),
      candidates: list(ref('Candidate')),
    },
    { leader: ref('Leader'), delayedUntil: instant, revoked: object({ term: count(1), reason: text }) },
  ),
};
