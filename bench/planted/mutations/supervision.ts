import { plantedIn, type Mutation } from '../mutation';

const rule = 'test/unit/supervisor/rule.test.ts';

/** Supervisors. */
export const SUPERVISION: readonly Mutation[] = [
  ...plantedIn({ file: 'src/contracts/supervisor.ts', test: rule }, [
    [
      'SUP-1 intensity and period are swapped',
      '  intensity: 1,\n  periodSeconds: 5,',
      '  intensity: 5,\n  periodSeconds: 1,',
      'SUP-1: one_for_one',
      'gleam-lang/otp#45',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/supervisor/specification.ts', test: rule }, [
    [
      'SUP-2 a worker has ten times as long to stop',
      'WORKER_SHUTDOWN_MS = 5_000',
      'WORKER_SHUTDOWN_MS = 50_000',
      'SUP-2: a specification is permanent',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/supervisor/rules.ts', test: rule }, [
    [
      'SUP-3 a failed start leaves what had started',
      'stopsOnFailedStart: (started) => started,',
      'stopsOnFailedStart: () => [],',
      'a failure stops what had started',
    ],
    [
      'SUP-4 shutdown is a failure',
      "reason.kind === 'normal' || reason.kind === 'shutdown'",
      "reason.kind === 'normal'",
      'a transient child is restarted after an abnormal end only',
      'zoedsoupe/anubis-mcp#239',
    ],
    [
      'SUP-5 the intensity is ignored',
      '(restarts, intensity) => restarts <= intensity',
      '() => true',
      'intensity 1 allows one restart',
      'atomvm/AtomVM#1915',
    ],
    [
      'SUP-5 starts that fail are not counted',
      'retriesCount: true,',
      'retriesCount: false,',
      'a failed start is tried again at once',
      'ysbaddaden/earl#26',
    ],
    [
      'SUP-6 rest_for_one takes those before',
      'ids.slice(ids.indexOf(id)) :',
      'ids.slice(0, ids.indexOf(id) + 1) :',
      'SUP-6: groups',
    ],
    [
      'SUP-7 children are stopped in the order of their starts',
      'stopOrder: (ids) => ids.toReversed(),',
      'stopOrder: (ids) => ids,',
      'children are stopped in reverse order',
    ],
    [
      'SUP-8 a supervisor that gives up ends normally',
      "givingUp: { kind: 'shutdown' },",
      "givingUp: { kind: 'normal' },",
      'SUP-8: a supervisor that gives up',
    ],
    [
      'SUP-9 the first significant end is the last',
      '!others.some(isHeldOpenBy);',
      'others.length >= 0;',
      'all_significant: the last active one',
    ],
    [
      'SUP-12 what the supervisor stops counts',
      'swallowsOwnStops: true,',
      'swallowsOwnStops: false,',
      'what the supervisor stops never counts',
    ],
  ]),
];
