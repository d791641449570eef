/**
 * Who may know whom. A border changes only by editing this file; every rule has a planted breach in
 * test/architecture/borders.test.ts. A breach is printed with the comment of its rule (`npm run arch`).
 */
const npm = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);
const only = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { pathNot: to },
});
const never = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/** MABEAM: what is about agents, variables, studies. All else in the shared folders is Foundation. */
const MABEAM = '(agent|variable|optimisation|study|studies|economics|trial|evaluat)';

module.exports = {
  forbidden: [
    only(
      'contracts-know-only-contracts',
      '^src/contracts/',
      ['^src/contracts/', ...npm('@temporalio/(workflow|common)')],
      'Contracts are the vocabulary every process shares. Move logic to src/domain, I/O to activities/.',
    ),
    only(
      'domain-is-pure',
      '^src/domain/',
      ['^src/(domain|contracts)/'],
      'Rules run in the sandbox and in unit tests. Pass time, randomness and data in as arguments.',
    ),
    only(
      'workflows-are-deterministic',
      '^workflows/',
      ['^workflows/', '^src/(domain|contracts)/', ...npm('@temporalio/(workflow|common)')],
      'Workflow code is bundled and replayed. Put I/O in activities/ behind an interface of src/contracts.',
    ),
    only(
      'activities-depend-on-ports',
      '^activities/',
      [
        '^activities/',
        '^src/(contracts|domain|observability|resilience)/',
        ...npm('@temporalio/(activity|common)', 'pino'),
        // None is a side effect: request ids are hashes, an outcome names the machine that it came from, signals have listeners.
        '^(node:)?(crypto|os|events|timers/promises)$',
      ],
      'Activities take what they need as arguments of their factory; workers/ hands it in.',
    ),
    only(
      'configuration-knows-no-source',
      '^src/configuration/',
      ['^src/(configuration|contracts)/', '^(node:)?(fs|util)$'],
      'A live source is a port of src/contracts: whoever opens the configuration hands one in.',
    ),
    only(
      'resilience-knows-no-service',
      '^src/resilience/',
      ['^src/(resilience|contracts)/', ...npm('@temporalio/common'), '^(node:)?util$'],
      'What protects a call does not know what is called. Pass it in.',
    ),
    only(
      'fencing-asks-nobody',
      '^src/fencing/',
      // The token comes along with the activity.
      ['^src/(fencing|contracts)/', '^(node:)?async_hooks$'],
      'A resource decides by the token that came and the newest it has seen. Pass the connection in.',
    ),
    only(
      'simulation-runs-a-bundle',
      '^src/simulation/',
      ['^src/(simulation|contracts|domain)/', '^(node:)?(vm|async_hooks|assert|url|util)$'],
      'A simulation runs the bundle that workers run, in a sandbox of its own: hand the code in. Its world has no clock, no chance and no network but its own.',
    ),
    only(
      'registry-is-a-leaf',
      '^src/registry/',
      ['^src/(registry|contracts)/'],
      'The registry owns its back-end port; the back ends live with the systems they talk to.',
    ),
    only(
      'store-speaks-sql',
      '^src/store/',
      [
        '^src/(store|registry|domain|contracts|observability)/',
        ...npm('kysely', 'pg', '@types/pg', '@electric-sql/pglite', 'node-sqlite3-wasm'),
        '^(node:)?(fs|os|path|crypto)(/promises)?$',
      ],
      'The store is the only place that knows SQL. It implements ports of src/contracts and src/registry.',
    ),
    only(
      'client-speaks-contracts',
      '^src/client/',
      [
        // A definition is checked by the same pure rules before it is sent; hence the domain.
        '^src/(client|registry|contracts|domain|report)/',
        ...npm('@temporalio/(client|common|envconfig)'),
        '^(node:)?crypto$',
      ],
      'The client is the only place that talks to Temporal from outside.',
    ),
    only(
      'report-draws',
      '^src/report/',
      ['^src/(report|domain|contracts)/', ...npm('echarts'), '^(node:)?crypto$'],
      'What is drawn is decided in src/domain/optimisation/report; here it is only drawn.',
    ),
    never(
      'only-report-draws',
      { path: '^(src|workflows|activities|workers)/', pathNot: '^src/report/' },
      { path: npm('echarts') },
      'The plotting library is large: src/report loads it when a page is drawn.',
    ),
    only(
      'rest-speaks-client',
      // `server.ts` and `facade.ts` put the facade together; the one Temporal type they hold is the connection that readiness asks.
      '^src/rest/(?!server|facade)',
      [
        '^src/(rest|client|contracts|observability|report)/',
        ...npm('express', '@types/express.*', 'pino', 'zod'),
        '^(node:)?(crypto|http|net|events)$',
      ],
      'Routes translate HTTP to client calls. They never see Temporal.',
    ),
    only(
      'cli-speaks-client',
      '^src/cli/(?!main)',
      [
        '^src/(cli|client|contracts)/',
        ...npm('commander'),
        // `dev`, `worker` and `evaluator` start the entry points of workers/ as processes, by path.
        '^(node:)?(fs|path|readline|crypto|child_process|events|os|url)(/promises)?$',
      ],
      'Commands translate a terminal to client calls. They never see Temporal.',
    ),
    never(
      'examples-use-the-doors',
      { path: '^examples/' },
      { path: '^(src|workflows|activities|workers|tools|test)/', pathNot: ['^src/index', '^workflows/door'] },
      'An example shows what a user can do: import `mabeam` or `mabeam/workflows`; what is missing there is exported there.',
    ),
    never(
      'foundation-knows-no-mabeam',
      {
        path: '^(src/(contracts|domain|client|registry)|workflows|activities)/',
        pathNot: `/(${MABEAM}|read-models|index[.]|door[.]|definitions[.])`,
      },
      { path: `^(src/(contracts|domain|client)|workflows|activities)/${MABEAM}` },
      'Supervision and coordination serve any workflow. Let MABEAM depend on Foundation.',
    ),
    never(
      'nobody-imports-workflows',
      { pathNot: ['^(workflows|test|examples|bench)/'] },
      { path: '^workflows/' },
      'The worker loads workflows by path into a sandbox. Share types through src/contracts.',
    ),
    never(
      'nobody-imports-entry-points',
      { pathNot: '^test/' },
      { path: ['^workers/[^/]+$', '^src/rest/server', '^src/cli/main'] },
      'They start processes. Parts that processes share lie in workers/parts/.',
    ),
    never(
      'nobody-imports-the-door',
      { path: '^(src|workflows|activities|workers)/' },
      { path: '^src/index' },
      'The door faces out.',
    ),
    never(
      'config-for-entry-points',
      { pathNot: ['^(workers|test|bench|tools)/', '^src/rest/server', '^src/cli/main', '^src/config\\.ts$'] },
      { path: '^src/config\\.ts$' },
      'Take values as arguments; the entry point reads the environment.',
    ),
    never(
      'validation-at-the-edge',
      { pathNot: ['^src/rest/requests/', '^test/', 'node_modules/'] },
      { path: npm('zod') },
      'A validation library in a contract adds a megabyte to every workflow bundle. Parse in src/rest/requests.',
    ),
    never(
      'nobody-imports-tests',
      { pathNot: '^(test/|bench/(etcd/|faults/|matrix/|study-speed/|on-postgres))' },
      { path: '^test/' },
      'Move what is shared out of test/.',
    ),
    never(
      'benches-of-studies-run-on-deployments-of-tests',
      { path: '^bench/' },
      { path: '^test/(?!support/)' },
      'The benches of studies run on the deployments of the chaos tests, in test/support, and know no test.',
    ),
    never('no-cycles', {}, { circular: true }, 'Extract the shared part below both.'),
    never(
      'no-orphans',
      {
        orphan: true,
        pathNot: ['[.]d[.]ts$', '[.]config[.][cm]?[jt]s$', '^[.]dependency-cruiser', '^tools/', '^deploy/'],
      },
      {},
      'Nobody imports it and it imports nothing: dead.',
    ),
    never(
      'no-undeclared-packages',
      { path: '^(src|workflows|activities|workers)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
      'Declare it in package.json.',
    ),
    never('resolvable', {}, { couldNotResolve: true }, 'The import leads nowhere.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'types', 'default'],
    },
  },
};
