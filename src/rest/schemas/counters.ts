import { anything, count, flag, instant, object, oneOf, ref, text, type JsonSchema } from './shapes';

const whole: JsonSchema = { type: 'integer' };

/** What routes answer about counters and shared values. */
export const counterSchemas: Readonly<Record<string, JsonSchema>> = {
  CounterChange: object({ before: whole, value: whole, revision: count() }),
  IdRange: object({ from: count(1), to: count(1) }),
  CounterSpec: object({}, { start: whole, min: whole, max: whole, stripes: count(1) }),
  Counter: object(
    { name: text, value: whole, read: oneOf('strong', 'cached', 'summed') },
    {
      ageMs: count(),
      stripes: count(1),
      revision: count(),
      spec: ref('CounterSpec'),
      allocated: count(),
      newest: ref('IdRange'),
      changedAt: instant,
    },
  ),
  Replaced: object({ version: count(1), before: count() }),
  Compared: object({ swapped: flag, version: count(), value: anything }),
  SharedValue: object(
    { name: text, value: anything, version: count(), read: oneOf('strong', 'cached') },
    { ageMs: count(), changedAt: instant },
  ),
};
