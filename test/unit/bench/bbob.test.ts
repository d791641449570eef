import { bbob, FUNCTIONS } from '../../../bench/samplers/bbob';
import recorded from './bbob.json';

test.each(Object.entries(FUNCTIONS).map(([number, [name]]) => [Number(number), name] as const))(
  'f%d of the BBOB suite (%s) has the values that IOHexperimenter computes',
  (number) => {
    const cases = recorded.cases.filter((each) => each.number === number);
    expect(cases).toHaveLength(5);
    for (const { instance, points, values } of cases) {
      const regret = bbob(number, instance, points[0]?.length ?? 0);
      points.forEach((point, at) => {
        const wanted = values[at] ?? NaN;
        // theirs has the optimum, of up to 1,000, taken off
        expect(Math.abs(regret(point) - wanted)).toBeLessThan(1e-9 * Math.max(1, Math.abs(wanted)));
      });
    }
  },
);
