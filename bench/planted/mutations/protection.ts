import { plantedIn, type Mutation } from '../mutation';

const at = (name: string) => ({ file: `src/resilience/${name}.ts`, test: `test/unit/resilience/${name}.test.ts` });

/** Breakers, bulkheads, limits. */
export const PROTECTION: readonly Mutation[] = [
  ...plantedIn(at('breaker'), [
    [
      'BRK-1 at the share it stays closed',
      'failures * 100 >= options.errorPercent * total',
      'failures * 100 > options.errorPercent * total',
      'at the share it opens',
    ],
    [
      'BRK-2 all calls probe',
      'inner.isProbing = true;',
      '',
      'of two callers at the half-open instant one probes',
      'nodeshift/opossum#119',
    ],
    [
      'BRK-2 a failed probe does not open again',
      "else if (outcome === 'failure') open();",
      "else if (outcome === 'failure') inner.isProbing = true;",
      'a failed probe always opens anew',
      'nodeshift/opossum#119',
    ],
    [
      'BRK-3 what says nothing counts',
      "} else if (outcome !== 'ignore') {",
      '} else {',
      'BRK-3 what says nothing about the target',
    ],
    [
      'BRK-4 what was isolated is closed when it is restored',
      "become({ kind: 'isolated', reason: saved.reason ?? '' });",
      "become({ kind: 'closed' });",
      'a restored one goes on where the saved one was',
    ],
  ]),
  ...plantedIn({ file: 'src/resilience/refused.ts', test: 'test/unit/resilience/protect.test.ts' }, [
    [
      'BRK-5 the refusal does not say how long to wait',
      '[refusal], undefined, refusal.retryAfterMs);',
      '[refusal], undefined, undefined);',
      'BRK-5 a refusal is a retryable failure',
    ],
  ]),
  ...plantedIn(at('bulkhead'), [
    [
      'BPR-1 the queue takes one more than its limit',
      'waiting.size >= queue',
      'waiting.size > queue',
      'BLK-1 so many run',
    ],
    [
      'BLK-1 a permit is freed and taken again, not handed on',
      'next(permit());\n        return;',
      'setImmediate(() => { running += 1; next(permit()); });\n        break;',
      'BLK-1 a permit that was handed on',
    ],
  ]),
  ...plantedIn(at('limiter'), [
    [
      'LIM-1 all tokens come back with the oldest',
      'while (out > 0 && at(oldest) + perMs <= last) {\n      oldest = (oldest + 1) % limit;\n      out -= 1;\n    }',
      'if (out > 0 && at(oldest) + perMs <= last) [oldest, out] = [0, 0];',
      'LIM-1 in no window more than the limit',
    ],
  ]),
  ...plantedIn({ file: 'src/rest/rate-limit.ts', test: 'test/unit/rest/frame.test.ts' }, [
    [
      'BPR-2 all spaces draw from one bucket',
      'take: (space) => {',
      "take: (_space, space = 'all') => {",
      'BPR-2 one greedy space',
    ],
  ]),
  ...plantedIn({ file: 'src/resilience/fallback.ts', test: 'test/unit/resilience/protect.test.ts' }, [
    [
      'FBK-2 the age of an answer is not told',
      'ageMs: Math.round(at - last.at) }',
      'ageMs: 0 }',
      'the last good answer for the key with its age',
    ],
  ]),
];
