import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { inTurn } from '../../../tools/temporal/turn';
import { silent } from './silence';

const root = resolve(__dirname, '../../..');

/** Give it to the workers' data converter, too. */
export const payloadConverterPath = resolve(root, 'workflows/kernel/payload-converter.ts');
const interceptors = ['correlation', 'early-history'].map((name) => resolve(root, `workflows/kernel/${name}.ts`));

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Everything a bundle may be made of, as one text: the same text, the same bundle. */
function digestOf(workflowsPath: string): string {
  const hash = createHash('sha256').update(workflowsPath);
  const folders = ['workflows', 'src/contracts', 'src/domain'].map((folder) => resolve(root, folder));
  const files = [...folders, dirname(workflowsPath), resolve(root, 'test/support')]
    .flatMap(filesBelow)
    .filter((file) => file.endsWith('.ts'));
  for (const file of [...files, resolve(root, 'package-lock.json')]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 24);
}

/** Keeps what became of each module, until a package changes. */
function modulesIn(cacheDirectory: string): { type: 'filesystem'; cacheDirectory: string; version: string } {
  const version = createHash('sha256')
    .update(readFileSync(resolve(root, 'package-lock.json')))
    .digest('hex');
  return { type: 'filesystem', cacheDirectory, version };
}

/**
 * The bundle of a workflow file, made once for all test files that use it: bundling costs seconds on a busy machine.
 * @returns the path of the code, in the system's folder for temporary files
 */
export async function bundleOf(workflowsPath: string): Promise<string> {
  const folder = join(tmpdir(), `mabeam-test-bundles-${String(process.getuid?.() ?? 0)}`);
  const name = `${digestOf(workflowsPath)}-${basename(workflowsPath, '.ts')}.js`;
  const codePath = join(folder, name);
  const isThere = (): boolean => existsSync(codePath);
  if (isThere()) return codePath;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // One after the other, whichever they are: most of the modules are those of the bundle before.
  await inTurn(join(folder, 'bundling.turn'), isThere, silent.info, async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      payloadConverterPath,
      workflowInterceptorModules: interceptors,
      logger: silent,
      webpackConfigHook: (config) => ({ ...config, cache: modulesIn(join(folder, 'modules')) }),
    });
    const draft = `${codePath}.${String(process.pid)}`;
    writeFileSync(draft, code);
    renameSync(draft, codePath);
  });
  return codePath;
}
