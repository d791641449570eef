import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}
interface Cruise {
  readonly summary: {
    readonly violations: readonly Violation[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string; readonly comment?: string }[] };
  };
}

/** A tree with nothing but arrows: what lies in `files`, under the rules, packages and compiler options of this repository. */
function cruise(files: Readonly<Record<string, string>>): Cruise {
  const root = mkdtempSync(join(tmpdir(), 'mabeam-borders-'));
  try {
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
      cpSync(join(ROOT, name), join(root, name));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const folders = [...new Set(Object.keys(files).map((name) => name.split('/')[0] ?? ''))];
    const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [program, ...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as Cruise;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** `use('../x')` is a file that imports it and is itself no orphan. */
const use = (...modules: readonly string[]): string =>
  modules.map((name, at) => `import * as m${String(at)} from '${name}';\nexport { m${String(at)} };\n`).join('');
const leaf = 'export const leaf = 1;\n';

/** Every rule, broken once: which file breaks it, and how. */
const BREACHES: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['contracts-know-only-contracts', 'src/contracts/planted.ts', use('../domain/duration')],
  ['domain-is-pure', 'src/domain/planted.ts', use('node:fs')],
  ['workflows-are-deterministic', 'workflows/planted.ts', use('node:fs')],
  ['activities-depend-on-ports', 'activities/planted.ts', use('../src/store/append')],
  ['configuration-knows-no-source', 'src/configuration/planted.ts', use('../client/temporal')],
  ['resilience-knows-no-service', 'src/resilience/planted.ts', use('../client/temporal')],
  ['fencing-asks-nobody', 'src/fencing/planted.ts', use('../client/temporal')],
  ['simulation-runs-a-bundle', 'src/simulation/planted.ts', use('../client/temporal')],
  ['registry-is-a-leaf', 'src/registry/planted.ts', use('../client/temporal')],
  ['store-speaks-sql', 'src/store/planted.ts', use('../client/temporal')],
  ['client-speaks-contracts', 'src/client/planted.ts', use('../store/append')],
  ['report-draws', 'src/report/planted.ts', use('../client/temporal')],
  ['only-report-draws', 'src/observability/planted-three.ts', use('echarts')],
  ['rest-speaks-client', 'src/rest/routes/planted.ts', use('@temporalio/client')],
  ['cli-speaks-client', 'src/cli/commands/planted.ts', use('@temporalio/client')],
  ['examples-use-the-doors', 'examples/planted.ts', use('../src/client/temporal')],
  ['foundation-knows-no-mabeam', 'src/contracts/coordination/planted.ts', use('../variable-set')],
  ['nobody-imports-workflows', 'workers/parts/planted.ts', use('../../workflows/index')],
  ['nobody-imports-entry-points', 'workers/planted.ts', use('../src/rest/server')],
  ['nobody-imports-the-door', 'src/observability/planted.ts', use('../index')],
  ['config-for-entry-points', 'src/observability/planted-too.ts', use('../config')],
  ['validation-at-the-edge', 'workers/parts/planted-too.ts', use('zod')],
  ['nobody-imports-tests', 'bench/planted.ts', use('../test/support/harness')],
  ['benches-of-studies-run-on-deployments-of-tests', 'bench/faults/planted.ts', use('../../test/unit/rule.test')],
  ['no-cycles', 'bench/planted-one.ts', use('./planted-two')],
  ['no-orphans', 'src/observability/alone.ts', leaf],
  ['no-undeclared-packages', 'workers/parts/planted-three.ts', use('fast-check')],
  ['resolvable', 'bench/planted-three.ts', use('./nowhere')],
];

/** What the planted files import, and every arrow that the picture of ARCHITECTURE.md allows. */
const PERMITTED: Readonly<Record<string, string>> = {
  'src/contracts/ids.ts': leaf,
  'src/contracts/variable-set.ts': use('./ids', '@temporalio/workflow'),
  'src/domain/duration.ts': use('../contracts/ids'),
  'src/domain/variable-set.ts': use('../contracts/variable-set', './duration'),
  'src/registry/backend.ts': use('../contracts/ids'),
  'src/client/temporal.ts': use('../contracts/ids', '../registry/backend', '@temporalio/client', '@temporalio/common'),
  'src/client/index.ts': use('./temporal', '../domain/variable-set', '../report/draw'),
  'src/store/append.ts': use('../contracts/variable-set', '../registry/backend', 'kysely', 'pg', 'node:fs'),
  'src/report/draw.ts': use('../domain/duration', 'echarts'),
  'src/rest/requests/body.ts': use('zod', '../../contracts/variable-set'),
  'src/rest/app.ts': use('express', '../client/index', './requests/body'),
  'src/rest/server.ts': use('./app', '../config', '../store/append'),
  'src/cli/commands/agent.ts': use('commander', '../../client/index', 'node:fs'),
  'src/cli/main.ts': use('./commands/agent', '../config'),
  'src/config.ts': use('./contracts/ids'),
  'src/index.ts': use('./client/index'),
  'activities/fan-out.ts': use('../src/contracts/ids', '../src/domain/duration', '@temporalio/activity'),
  'workflows/kernel.ts': use('../src/contracts/ids', '@temporalio/workflow', '@temporalio/common'),
  'workflows/variable-set.ts': use('./kernel', '../src/domain/variable-set', '../src/contracts/variable-set'),
  'workflows/index.ts': use('./variable-set'),
  'workflows/door.ts': use('./variable-set'),
  'workers/parts/role.ts': use('../../src/config', '../../activities/fan-out', '../../src/store/append', 'pino'),
  'workers/worker.ts': use('./parts/role', '@temporalio/worker'),
  'examples/agents.ts': use('../workflows/door', '../src/index'),
  'test/support/harness.ts': use('../../src/client/index', '../../workflows/index', '../../workers/parts/role'),
  'test/unit/rule.test.ts': use('../support/harness'),
  'bench/main.ts': use('../src/client/index', '../workflows/index'),
  'bench/faults/ours.ts': use('../../test/support/harness', '../../src/client/index'),
};

const HELPERS = { 'bench/planted-two.ts': use('./planted-one') };

test('every arrow of the picture passes', () => {
  const { violations } = cruise(PERMITTED).summary;
  expect(violations.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
});

describe('a planted breach of each rule is reported', () => {
  const planted = Object.fromEntries(BREACHES.map(([, file, text]) => [file, text]));
  const { violations, ruleSetUsed } = cruise({ ...PERMITTED, ...HELPERS, ...planted }).summary;

  test.each(BREACHES)('%s', (rule, file) => {
    expect(violations.map(({ from, rule: { name } }) => [name, from])).toContainEqual([rule, file]);
  });

  test('and nothing else is', () => {
    const broken = new Set([...BREACHES.map(([, file]) => file), ...Object.keys(HELPERS)]);
    expect(violations.filter(({ from }) => !broken.has(from))).toEqual([]);
  });

  test('no rule is without a breach here, nor without a word on how to mend one', () => {
    expect(ruleSetUsed.forbidden.map(({ name }) => name).sort()).toEqual(BREACHES.map(([rule]) => rule).sort());
    expect(ruleSetUsed.forbidden.filter(({ comment }) => comment === undefined)).toEqual([]);
  });
});
