import { plantedIn, type Mutation } from '../mutation';

const lock = { file: 'src/domain/coordination/lock.ts', test: 'test/unit/domain/coordination/lock.test.ts' };
const elections = 'test/unit/domain/coordination/election.test.ts';
const counter = { file: 'src/domain/coordination/counter.ts', test: 'test/unit/domain/counter.test.ts' };
const value = { file: 'src/domain/coordination/value.ts', test: 'test/unit/domain/value.test.ts' };
const barrier = {
  file: 'src/domain/coordination/barrier.ts',
  test: 'test/unit/domain/coordination/barrier.test.ts',
};
const seen = { file: 'src/client/last-seen.ts', test: 'test/unit/client/last-seen.test.ts' };

/** Sessions, locks, counters and shared values. */
export const COORDINATION: readonly Mutation[] = [
  ...plantedIn(lock, [
    ['LCK-1 two hold it', 'units <= free(state);', 'units <= unitsOf(state);', 'LCK-1 LCK-4 all interleavings'],
    [
      'LCK-2 tokens are counted from one',
      'Math.max(token + 1, now)',
      'token + 1',
      'LCK-2 a token grows when the counter is lost',
    ],
    [
      'LCK-2 an offer that passed on leaves its token for the next',
      'state: { ...state, token, queue }, events, offers',
      'state: { ...state, queue }, events, offers',
      'after any history',
    ],
    [
      'LCK-3 whoever waits stays in the queue when its session has ended',
      'queue: state.queue.filter(isOthers),',
      'queue: state.queue,',
      'after any history',
      'etcd-io/etcd#11456',
    ],
    [
      'LCK-4 who comes later goes past who waits',
      'waits(state).length === 0 && units <= free(state)',
      'units <= free(state)',
      'after any history',
    ],
    [
      'LCK-5 the same request is another one',
      'if (same !== undefined) return { ...none, reply: held(state, same) };\n  const own',
      'const own',
      'LCK-5 LCK-7 LCK-9',
    ],
    [
      'LCK-6 the delay follows a close in the place of an expiry',
      "end === 'expired' ? Math.max(0,",
      "end === 'closed' ? Math.max(0,",
      'after any history',
    ],
    [
      'LCK-7 a token releases in any hands',
      'if (holding?.session === session) return holding;',
      'if (holding !== undefined) return holding;',
      'LCK-5 LCK-7 LCK-9',
    ],
    [
      'LCK-8 a large request at the head is overtaken',
      'isShut ||= wait.units > left;\n    if (isShut) return wait;',
      'if (isShut || wait.units > left) return wait;',
      'after any history',
    ],
    [
      'LCK-9 a try waits',
      'if (waitMs === 0 && !mayTake(state, unitsWanted(state, args), now)) return heldBy(state);',
      '',
      'LCK-5 LCK-7 LCK-9',
    ],
    [
      'SES-3 of what a session holds one ends',
      'const lost = state.holders.filter((each) => !isOthers(each));',
      'const lost = state.holders.filter((each) => !isOthers(each)).slice(0, 1);',
      'after any history',
    ],
  ]),
  ...plantedIn(
    {
      file: 'src/domain/coordination/lock.ts',
      test: 'test/contract/linearizability-locks.test.ts',
      project: 'contract',
    },
    [
      ['LCK-1 on a server, two hold it', 'units <= free(state);', 'units <= unitsOf(state);', 'a lock is linearizable'],
      [
        'LCK-4 on a server, who comes later goes past who waits',
        'waits(state).length === 0 && units <= free(state)',
        'units <= free(state)',
        'a lock is linearizable',
      ],
    ],
  ),
  ...plantedIn({ file: 'src/client/keep-alive.ts', test: 'test/workflow/locks.test.ts', project: 'workflow' }, [
    [
      'SES-4 the holder counts from the answer, and for ever',
      'deadline = sentAt + ttlMs * (1 - DRIFT);',
      'deadline = performance.now() + 100 * ttlMs;',
      'SES-3 SES-4 LCK-3 LCK-6 who is cut off knows',
      'etcd-io/etcd#10811',
    ],
  ]),
  ...plantedIn({ file: 'workflows/coordination/lock.ts', test: 'test/workflow/locks.test.ts', project: 'workflow' }, [
    [
      'LCK-3 nobody is told that a session could not be told of its turn',
      'if (taken) return { state };',
      "if (taken || to !== '') return { state };",
      'LCK-3 an offer to a session that is gone',
      'etcd-io/etcd#19597',
    ],
  ]),
  ...plantedIn(
    { file: 'src/domain/coordination/together.ts', test: 'test/unit/domain/coordination/together.test.ts' },
    [
      [
        'LCK-8 several locks are acquired in the order in which they are named',
        '].toSorted();',
        '];',
        'LCK-8 any two who want some of the same locks',
      ],
    ],
  ),
  ...plantedIn({ ...lock, test: elections }, [
    [
      'ELE-5 who has a lower score comes first',
      '(each.candidacy?.score ?? 0) < candidacy.score',
      '(each.candidacy?.score ?? 0) > candidacy.score',
      'ELE-5 who has a higher score comes first',
    ],
    [
      'ELE-1 terms are counted from one',
      'Math.max(token + 1, now)',
      'token + 1',
      'ELE-1 a term grows when all is forgotten',
    ],
  ]),
  ...plantedIn(barrier, [
    [
      'BAR-1 one who is missing is not waited for',
      'return participants(entries).length >= partiesOf(state);',
      'return entries.length > 0;',
      'after any history',
    ],
    [
      'BAR-1 of a double barrier the first who leaves lets the next in',
      'if (inside !== null && present(inside).length === 0) {',
      'if (inside !== null && inside.left.length > 0) {',
      'after any history',
    ],
    [
      'BAR-2 who enters twice counts twice',
      'return participants(entries).length >= partiesOf(state);',
      'return entries.length >= partiesOf(state);',
      'after any history',
    ],
    [
      'BAR-3 over the deadline it breaks for the first only',
      "if (isOver(breaksAt)) step = breakEntries(step, 'deadline', now);",
      "if (isOver(breaksAt)) step = endGeneration(step, { kind: 'broken', generation: step.state.generation, reason: 'deadline' }, step.state.entries.slice(0, 1), now);",
      'after any history',
    ],
    [
      'BAR-4 who has died inside is waited for',
      'const members = inside.members.filter((each) => each.session !== session);',
      'const members = inside.members;',
      'after any history',
    ],
    [
      'BAR-5 who waits no longer stays counted',
      'const kept = state.entries.filter((each) => !isSame(each, which));',
      'const kept = state.entries;',
      'after any history',
      'apache/curator#270',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/coordination/election.ts', test: elections }, [
    [
      'ELE-2 whoever asks speaks for the leader',
      'const leader = holderOf(state, { session, token: term });',
      'const leader = state.holders[0] ?? holderOf(state, { session, token: term });',
      'ELE-2 the leader says something new',
    ],
    [
      'ELE-2 an observer goes back',
      'if (term !== than?.term) return term > (than?.term ?? -1);',
      'if (term !== than?.term) return true;',
      'ELE-1 ELE-2 ELE-4 ELE-5 after any history',
    ],
    [
      'ELE-2 a session is two candidates',
      'if (own === undefined || own.request === request) return',
      'if (own !== null) return',
      'ELE-2 the same request has the same answer',
    ],
    [
      'ELE-4 a lease that is over is told as a lead that was taken',
      "because: 'lease'",
      "because: 'revoked'",
      'ELE-4 what became of a leader',
    ],
  ]),
  ...plantedIn(counter, [
    [
      'CNT-1 an add adds its amount without the sign',
      'value: state.value + by,',
      'value: state.value + Math.abs(by),',
      'CNT-1 CNT-2 under any steps',
    ],
    [
      'CNT-2 the bound is one too far',
      'if (min <= to && to <= max) return',
      'if (min <= to && to <= max + 1) return',
      'CNT-1 CNT-2 under any steps',
    ],
    ['CNT-5 ids are last + 1', 'Math.max(state.next, now * IDS_PER_MS)', 'state.next', 'CNT-5 under any ranges'],
    [
      'CNT-5 ids are the clock alone',
      'Math.max(state.next, now * IDS_PER_MS)',
      'now * IDS_PER_MS',
      'CNT-5 under any ranges',
    ],
    [
      'CNT-5 a counter that is deleted ends with ids ahead of the clock',
      'Math.max(deletedAt, Math.ceil(next / IDS_PER_MS))',
      'deletedAt',
      'CNT-5 under any ranges',
    ],
  ]),
  ...plantedIn(value, [
    [
      'CNT-3 the version is not compared',
      'state.version === version ? valueSet',
      'state.version >= version ? valueSet',
      'CNT-3 a compare-and-set hits',
    ],
    [
      'CNT-3 versions begin anew',
      'Math.max(state.version + 1, now)',
      'state.version + 1',
      'CNT-3 a compare-and-set hits',
    ],
  ]),
  ...plantedIn(seen, [
    [
      'CNT-4 the age is counted from the answer',
      'Math.ceil(now() - known.sentAt)',
      'Math.ceil(now() - known.receivedAt)',
      'CNT-4 what was seen',
    ],
    [
      'CNT-4 the answer that comes last is taken for the newest',
      'if (known !== undefined && sentAt < known.receivedAt && order < known.order) return;',
      '',
      'CNT-4 of two answers that overlap',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/mailbox.ts', test: 'test/workflow/counter.test.ts', project: 'workflow' }, [
    [
      'IDM-1 what was asked is not known again',
      'find: (id) => entries.get(id)?.remembered,',
      'find: () => undefined,',
      'CNT-1 a repeated request counts once',
      'joepjoosten/effect-temporal#55',
    ],
  ]),
];
