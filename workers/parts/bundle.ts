import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode, type Logger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { agentWorkflowType } from '../../src/contracts/agent';
import { PlatformError, refuse } from '../../src/contracts/errors';
import type { Definitions } from './definitions';
import { moduleFile } from './running-copy';

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

/**
 * Bundles the platform's workflows and the users' definitions. Takes a second or two.
 * @throws PlatformError `invalid-definition` when a definition file needs what workflows may not have
 */
export async function bundleDefinitions(definitions: Definitions): Promise<WorkflowBundleWithSourceMap> {
  const told: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-entry-'));
  try {
    const workflowsPath = join(folder, 'entry.cjs');
    writeFileSync(workflowsPath, entryOf(definitions));
    return await bundleWorkflowCode({
      workflowsPath,
      payloadConverterPath,
      workflowInterceptorModules: ['correlation', 'early-history'].map((name) =>
        moduleFile(`workflows/kernel/${name}`),
      ),
      logger: keeping(told),
      webpackConfigHook: (config) => ({
        ...config,
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
  } catch (error) {
    const own = error instanceof Error ? error.message : String(error);
    const text = `the definitions cannot be bundled into workflows: ${problemIn(told) ?? own}`;
    throw new PlatformError(refuse('invalid-definition', text), error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
