import { defineVariables, int, on } from 'mabeam/workflows';

/** A constraint that names a variable which is not there. */
export const broken = defineVariables(
  'broken',
  { a: int(0, 9) },
  { constraints: { fits: on(['a', 'b'] as never, () => true) } },
);
