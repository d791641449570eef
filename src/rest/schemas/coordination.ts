import { COORDINATION_KINDS } from '../../contracts/coordination/reader';
import { count, flag, instant, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const KIND = oneOf(...COORDINATION_KINDS);

/** What routes answer about the readers' view. */
export const coordinationSchemas: Readonly<Record<string, JsonSchema>> = {
  Party: object(
    {
      who: text,
      does: oneOf(
        'holds',
        'leads',
        'has its turn',
        'has not arrived',
        'has not left',
        'waits',
        'has not voted',
        'has voted',
      ),
    },
    { since: instant, until: instant, overdue: flag, token: count(1) },
  ),
  Coordination: object({ kind: KIND, name: text, state: text, parties: list(ref('Party')) }, { until: instant }),
  Blocked: object(
    { who: text, kind: KIND, name: text, state: text, ahead: list(ref('Party')) },
    { since: instant, until: instant },
  ),
  Blocking: object({ of: text, steps: list(ref('Blocked')) }, { circle: list(text), isPartial: flag }),
};
