import { count, flag, instant, list, object, oneOf, text, type JsonSchema } from './shapes';

const form = oneOf('cyclic', 'double', 'phaser');
const reason = oneOf('deadline', 'cancelled', 'death');

/** What routes answer about barriers. */
export const barrierSchemas: Readonly<Record<string, JsonSchema>> = {
  BarrierStanding: {
    anyOf: [
      object({ kind: { const: 'released' }, generation: count(1) }),
      object({ kind: { const: 'broken' }, generation: count(1), reason }, { because: text }),
      object({ kind: { const: 'waiting' }, generation: count(1), entered: count(), parties: count() }),
      object({ kind: { const: 'none' } }),
    ],
  },
  BarrierRegistration: object({ generation: count(1), parties: count() }),
  BarrierBroken: object({ broken: count() }),
  Barrier: object(
    {
      name: text,
      form,
      state: oneOf('open', 'entering', 'inside', 'leaving'),
      generation: count(1),
      parties: count(),
      entered: list(object({ participant: text, session: text, since: instant }, { until: instant })),
    },
    {
      onDeath: oneOf('leave', 'break'),
      deadlineMs: count(1),
      breaksAt: instant,
      registered: list(object({ participant: text, arrived: flag })),
      inside: object(
        { generation: count(1), participants: list(object({ participant: text, left: flag })) },
        { breaksAt: instant },
      ),
      last: object(
        { generation: count(1), kind: oneOf('released', 'broken'), participants: count(), at: instant },
        { reason, because: text },
      ),
    },
  ),
};
