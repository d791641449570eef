/** What sees a bug of another project here, beside planted faults that name it: a test, or the reason why there is none. */
type Held = { readonly test: string; readonly title: string } | { readonly why: string };

/** A bug of others, with all threads that tell it, as `owner/name#number`. */
export interface Thread {
  readonly threads: readonly string[];
  readonly what: string;
  readonly held: readonly Held[];
}

const by = (test: string, title: string): Held => ({ test, title });
const unseen = (why: string): Held => ({ why });
const SUPERVISOR = 'test/workflow/supervisor.test.ts';
const REGISTRY = 'test/workflow/registry.test.ts';
const BACKENDS = 'test/contract/registry/backend.ts';
const ELECTIONS = 'test/workflow/elections.test.ts';
const GAPS = 'test/contract/event-store-gaps.test.ts';
const WATCH = 'test/unit/validators/watch.test.ts';
const FAULTS = 'test/chaos/faults.test.ts';
const TREE_FAULTS = 'test/chaos/supervision.test.ts';

const SUPERVISION: readonly Thread[] = [
  { threads: ['gleam-lang/otp#45'], what: 'default intensity and period swapped', held: [] },
  {
    threads: ['atomvm/AtomVM#1915', 'ysbaddaden/earl#26'],
    what: 'intensity ignored; a child that cannot start loops for ever',
    held: [],
  },
  {
    threads: ['zoedsoupe/anubis-mcp#239'],
    what: 'children that end with shutdown use up the budget under normal churn',
    held: [by(SUPERVISOR, 'SUP-4 transient and temporary children are not brought back')],
  },
  {
    threads: ['temporalio/temporal#3666', 'temporalio/temporal#373'],
    what: 'children ended by the continue-as-new of their parent',
    held: [by(SUPERVISOR, 'renewed between any two events the supervisor keeps children')],
  },
  {
    threads: ['akka/akka-core#21892'],
    what: 'remembered entities not restarted after the coordinator moved',
    held: [by(TREE_FAULTS, 'all workers killed in the middle of a start')],
  },
  {
    threads: ['akka/akka-core#30120'],
    what: 'entities gone in a rolling update, asks time out',
    held: [
      by('test/workflow/agent-upgrade.test.ts', 'an agent whose code is changed under load'),
      by(FAULTS, 'a worker drained while messages flow and another takes over'),
    ],
  },
];

const NAMES: readonly Thread[] = [
  {
    threads: ['elixir-horde/horde#186'],
    what: 'after a split healed the survivor vanished: a conflict taken as a normal exit',
    held: [by(SUPERVISOR, 'a name that is taken by somebody else is a failed start')],
  },
  {
    threads: ['elixir-horde/horde#258', 'elixir-horde/horde#291'],
    what: 'entries lost when nodes join; a name gone while its process lives',
    held: [
      by(BACKENDS, 'REG-5 an owner that died without a word leaves with the next sweep'),
      by(BACKENDS, 'REG-3 strong lookups are linearizable'),
    ],
  },
  {
    threads: ['bitwalker/swarm#86', 'bitwalker/swarm#124'],
    what: 'both instances keep running after a reconnect',
    held: [by(REGISTRY, 'REG-1 a hundred concurrent get-or-create on one name start one agent')],
  },
  {
    threads: ['erlang/otp#5611', 'erlang/otp#5687', 'erlang/otp#6214', 'OpenRiak/riak_kv#28'],
    what: ':global inconsistent for ever after overlapping partitions',
    held: [
      unseen(
        'not ours: a name is a workflow id of one cluster: nothing is merged after a split, and names of two clusters are two names',
      ),
    ],
  },
  {
    threads: ['dapr/dapr#4419', 'dapr/dapr#9514'],
    what: 'one actor active on two pods; the old instance works on after the new one has started',
    held: [
      by(REGISTRY, 'REG-2 the generation is that of the chain of runs'),
      by(SUPERVISOR, 'orphans of a supervisor that was killed are stopped'),
    ],
  },
  {
    threads: ['dapr/dapr#2889', 'dapr/dapr#5671'],
    what: 'all reminders of a type in one record',
    held: [unseen('not ours: each entity keeps its timers in its own workflow; there is no record of a type')],
  },
  {
    threads: ['dotnet/orleans#8646', 'dotnet/orleans#8696'],
    what: 'a stale entry never invalidated, because activation ids were compared',
    held: [by('test/unit/registry/cache.test.ts', 'CAC-3 the property sees the planted bug')],
  },
  { threads: ['dotnet/orleans#7494'], what: 'news about an old entry removed the valid new one', held: [] },
  {
    threads: ['dotnet/orleans#7495', 'dotnet/orleans#954'],
    what: 'one of two caches not cleared; a clean-up condition inverted',
    held: [
      by(REGISTRY, 'CAC-1 CAC-2 a call that finds nobody evicts the hint'),
      by('test/unit/registry/cache.test.ts', 'CAC-4 the four counters count'),
    ],
  },
];

const WATCHES: readonly Thread[] = [
  { threads: ['etcd-io/etcd#15220'], what: 'a progress mark ahead of the stream', held: [by(WATCH, '#15220 WAT-6')] },
  {
    threads: ['etcd-io/etcd#15271', 'etcd-io/etcd#20221'],
    what: 'a watch went back in time, or delivered old events, after a reconnect',
    held: [by(WATCH, '#15271 WAT-1 WAT-5'), by(WATCH, '#20221 WAT-1 WAT-5')],
  },
  { threads: ['etcd-io/etcd#17247'], what: 'a duplicated event', held: [by(WATCH, '#17247 WAT-2')] },
  {
    threads: ['etcd-io/etcd#17529', 'etcd-io/etcd#18089', 'etcd-io/etcd#19179'],
    what: 'events lost with slow watchers or around compaction',
    held: [by(WATCH, '#17529 WAT-3'), by(WATCH, '#18089 WAT-3 WAT-5'), by(WATCH, '#19179 WAT-7')],
  },
];

const COORDINATION: readonly Thread[] = [
  { threads: ['etcd-io/etcd#11456', 'etcd-io/etcd#9921'], what: 'a waiter granted after its lease expired', held: [] },
  {
    threads: ['etcd-io/etcd#19597'],
    what: 'a waiter not told of its own expiry until its turn',
    held: [by('test/workflow/locks.test.ts', 'LCK-3 a session that was terminated is passed by in the queue')],
  },
  {
    threads: ['etcd-io/etcd#10811'],
    what: 'an old holder keeps writing after it lost the lock',
    held: [by('test/contract/fencing/fencing.test.ts', 'LCK-2 an old token writes nothing')],
  },
  {
    threads: ['etcd-io/etcd#17470'],
    what: 'a lease kept alive after its client was gone',
    held: [by('test/workflow/locks-processes.test.ts', 'SES-4 SES-5 LCK-1 a process that was frozen')],
  },
  {
    threads: ['temporalio/samples-typescript#214', 'temporalio/samples-typescript#222'],
    what: 'a mutex without lease and fencing token; a new release handler per acquisition',
    held: [by('test/workflow/locks.test.ts', 'LCK-1 costs: an uncontended acquire and release')],
  },
  {
    threads: ['apache/curator#1211', 'apache/curator#1169', 'apache/curator#1137', 'apache/druid#16411'],
    what: 'two leaders after a reconnect: reused or late-deleted nodes, a stale local flag',
    held: [
      by(ELECTIONS, 'apache/curator#1169 #1137: who is cut off'),
      by(ELECTIONS, 'apache/curator#1211 apache/druid#16411: a leader'),
    ],
  },
  {
    threads: ['apache/curator#270'],
    what: 'a timed-out entrant of a barrier stayed counted',
    held: [by('test/workflow/barriers.test.ts', 'BAR-3 BAR-5 who waits no longer is not counted')],
  },
  { threads: ['basho/riak_kv#1864', 'basho/riak_core#613'], what: 'pruned clocks never agree', held: [] },
];

const MESSAGES: readonly Thread[] = [
  {
    threads: ['temporalio/temporal#1289', 'temporalio/temporal#8097'],
    what: 'steady signals keep continue-as-new from completing',
    held: [by('test/workflow/agent-limits.test.ts', 'AGT-4 a flood at ten times the limit')],
  },
  {
    threads: ['temporalio/sdk-dotnet#427'],
    what: 'main finished before all buffered signals were handled',
    held: [by('test/contract/entity.ts', 'AGT-1 AGT-2 nothing is lost and nothing is done twice over ten renewals')],
  },
  {
    threads: ['joepjoosten/effect-temporal#55'],
    what: 'a retried update ran again; the answer of a closed target was lost',
    held: [by('test/e2e/facade.test.ts', 'IDM-5 an agent that has ended answers')],
  },
  {
    threads: ['temporalio/temporal#8013', 'temporalio/temporal#5643'],
    what: 'a list returned a wrong or stale workflow',
    held: [by('test/architecture/visibility.test.ts', 'no decision asks a list or a count')],
  },
];

const RECOVERY: readonly Thread[] = [
  {
    threads: ['langchain-ai/langgraph#8764', 'bytedance/deer-flow#1087'],
    what: 'an accepted run vanished in a crash, or was never run',
    held: [by(FAULTS, 'workers and evaluators killed in the middle of a ballot')],
  },
  {
    threads: ['langchain-ai/langgraph#8039', 'langchain-ai/langgraph#8234'],
    what: 'writes and checkpoint unordered: side effects twice, or an inconsistent state',
    held: [by(FAULTS, 'a worker killed in the middle of commits and of an announcement')],
  },
  {
    threads: ['microsoft/autogen#5327', 'microsoft/autogen#7043'],
    what: 'a queue in memory only; restored work that nobody has scheduled',
    held: [by(FAULTS, 'the Temporal server killed and started again on its file')],
  },
  {
    threads: ['cloudflare/agents#1120'],
    what: 'a crash between timer and re-arming: it sleeps for ever',
    held: [by('test/workflow/agent-teams.test.ts', 'AGT-1 timers ring on over renewals')],
  },
  {
    threads: [
      'dbos-inc/dbos-transact-py#742',
      'dbos-inc/dbos-transact-py#804',
      'dbos-inc/dbos-transact-py#805',
      'dbos-inc/dbos-transact-py#716',
      'dbos-inc/dbos-transact-ts#1207',
    ],
    what: 'a stale recovery runs work it does not own; the old owner and the new one fight',
    held: [
      by(TREE_FAULTS, 'a worker stalled for longer than its heartbeat and let go on'),
      by('test/workflow/study-paused.test.ts', 'does not begin it when another has ended it'),
    ],
  },
  {
    threads: ['dapr/dapr#9343'],
    what: 'an activity executed twice',
    held: [by(FAULTS, 'AGT-2: the same request sent five times has one effect')],
  },
];

const EVENTS: readonly Thread[] = [
  {
    threads: [
      'JasperFx/marten#1629',
      'JasperFx/marten#4952',
      'JasperFx/marten#4972',
      'JasperFx/marten#4977',
      'JasperFx/marten#3122',
      'JasperFx/marten#2370',
      'event-driven-io/emmett#336',
      'Eventuous/eventuous#222',
      'SQLStreamStore/SQLStreamStore#121',
      'proteanhq/protean#1088',
    ],
    what: 'readers passed numbers of transactions in flight: silent loss',
    held: [
      by(GAPS, 'EVT-3 the same readers find losses when the lock is left out'),
      by(GAPS, 'EVT-3 readers that start anywhere'),
    ],
  },
  {
    threads: ['JasperFx/marten#2681', 'JasperFx/marten#3503'],
    what: 'a reader stuck for ever at a gap that never fills',
    held: [by(GAPS, 'whatever pauses and rolls back')],
  },
  {
    threads: ['nodeshift/opossum#119'],
    what: 'half-open let all requests through; a failed probe left the breaker stuck',
    held: [],
  },
];

/** The bugs of others that are to be seen here. */
export const THREADS: readonly Thread[] = [
  ...SUPERVISION,
  ...NAMES,
  ...WATCHES,
  ...COORDINATION,
  ...MESSAGES,
  ...RECOVERY,
  ...EVENTS,
];
