import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { bundleWorkflowCode, type Logger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { cacheRoot } from '../../tools/temporal/cache';
import { agentWorkflowType } from '../../src/contracts/agent';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { keptText, type Made } from './bundle-cache';
import type { Definitions } from './definitions';
import { moduleFile } from './running-copy';

/** What webpack tells of a compilation. */
interface Seen {
  readonly fileDependencies: Iterable<string>;
  readonly missingDependencies: Iterable<string>;
  readonly contextDependencies: Iterable<string>;
}

/** Give it to the workers' data converter, too. */
export const payloadConverterPath = moduleFile('workflows/kernel/payload-converter');

/**
 * The entry of the workflow bundle: the platform's workflows, one workflow per agent type, every set registered, and a
 * default that answers for what no definition file has.
 */
export function entryOf({ agents, sets, supervisors }: Definitions): string {
  const files = [...new Set([...agents, ...sets, ...supervisors].map(({ file }) => file))];
  const get = ({ file, exported }: Definitions['agents'][number]): string =>
    `file${String(files.indexOf(file))}[${JSON.stringify(exported)}]`;
  const from = (path: string): string => `require(${JSON.stringify(path)})`;
  return [
    `const platform = ${from(moduleFile('workflows/index'))};`,
    `const { agentWorkflow } = ${from(moduleFile('workflows/agent'))};`,
    `const { registerVariables, registerSupervisor } = ${from(moduleFile('workflows/definitions'))};`,
    ...files.map((file, at) => `const file${String(at)} = ${from(file)};`),
    ...sets.map((set) => `registerVariables(${get(set)});`),
    ...supervisors.map((supervisor) => `registerSupervisor(${get(supervisor)});`),
    `for (const name of Object.keys(platform)) exports[name] = platform[name];`,
    `exports.default = platform.unknownWorkflow;`,
    ...agents.map(
      (agent) => `exports[${JSON.stringify(agentWorkflowType(agent.name))}] = agentWorkflow(${get(agent)});`,
    ),
    '',
  ].join('\n');
}

/** One copy of each package in the bundle: that of the running copy, wherever the definition files lie. */
function packages(): Record<string, string> {
  const names = ['@temporalio/workflow', '@temporalio/common'];
  return Object.fromEntries(names.map((name) => [name, dirname(require.resolve(`${name}/package.json`))]));
}

/** Keeps what the bundler says of errors, in place of a log: its reports are pages long. */
function keeping(told: string[]): Logger {
  const quiet = (): void => undefined;
  const error = (text: string): void => {
    told.push(text);
  };
  return { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error };
}

/** The lines of a report that say which file needs what. */
function problemIn(told: readonly string[]): string | undefined {
  const lines = told.join('\n').split('\n');
  const at = lines.findIndex((line) => line.startsWith('ERROR in'));
  return at === -1
    ? undefined
    : lines
        .slice(at, at + 3)
        .join(': ')
        .replace(/^ERROR in /, '');
}

/** Where bundles are kept; none for a user without a home. */
function bundlesFolder(): string | undefined {
  try {
    return join(cacheRoot(), 'workflow-bundles');
  } catch {
    return undefined;
  }
}

/** What a bundle depends on beside the modules in it. */
function bundlers(): readonly string[] {
  const ofWorker = createRequire(require.resolve('@temporalio/worker'));
  const packages = ['@temporalio/worker', 'webpack', '@swc/core', 'swc-loader', 'source-map-loader'];
  return [__filename, ...packages.map((name) => ofWorker.resolve(`${name}/package.json`))];
}

async function bundleEntry(entry: string): Promise<Made> {
  const told: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-entry-'));
  const files = new Set(bundlers());
  const missing = new Set<string>();
  const isOwn = (path: string): boolean => path.includes(basename(folder)); // gone in a moment, and its text is known
  let isAll = true;
  const watch = ({ fileDependencies, missingDependencies, contextDependencies }: Seen): void => {
    for (const path of fileDependencies) if (!isOwn(path)) files.add(path);
    for (const path of missingDependencies) if (!isOwn(path)) missing.add(path);
    isAll = [...contextDependencies].length === 0;
  };
  try {
    const workflowsPath = join(folder, 'entry.cjs');
    writeFileSync(workflowsPath, entry);
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      payloadConverterPath,
      workflowInterceptorModules: ['correlation', 'early-history'].map((name) =>
        moduleFile(`workflows/kernel/${name}`),
      ),
      logger: keeping(told),
      webpackConfigHook: (config) => ({
        ...config,
        plugins: [
          ...(config.plugins ?? []),
          { apply: ({ hooks }) => hooks.done.tap('mabeam', ({ compilation }) => watch(compilation)) },
        ],
        resolve: {
          ...config.resolve,
          alias: {
            ...config.resolve?.alias,
            ...packages(),
            'mabeam/workflows$': moduleFile('workflows/door'),
            // Evaluators may stand in the same file; in workflows they are only named.
            mabeam$: moduleFile('activities/evaluator-definition'),
          },
        },
      }),
    });
    return { text: code, files: [...files], missing: [...missing], isAll };
  } catch (error) {
    const own = error instanceof Error ? error.message : String(error);
    const text = `the definitions cannot be bundled into workflows: ${problemIn(told) ?? own}`;
    throw new PlatformError(refuse('invalid-definition', text), error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The bundle of the platform's workflows and the users' definitions. Takes seconds, and a tenth of one when it was made
 * before and no file has changed since: then a worker that is started again is there sooner.
 * @throws PlatformError `invalid-definition` when a definition file needs what workflows may not have
 */
export async function bundleDefinitions(definitions: Definitions): Promise<WorkflowBundleWithSourceMap> {
  const entry = entryOf(definitions);
  const code = await keptText(bundlesFolder(), entry, () => bundleEntry(entry));
  return { code, sourceMap: '' };
}
