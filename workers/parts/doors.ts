import Module from 'node:module';
import { moduleFile } from './running-copy';

type Resolve = (request: string, ...rest: readonly unknown[]) => string;

/**
 * What users' files import, and the modules of the running copy that it stands for. `log` and `heartbeat` of
 * `@temporalio/activity` know their activity only in the copy that runs it.
 */
const DOORS: Readonly<Record<string, string>> = {
  mabeam: moduleFile('src/index'),
  'mabeam/workflows': moduleFile('workflows/door'),
  '@temporalio/activity': require.resolve('@temporalio/activity'),
};

/**
 * While `load` runs, `mabeam` and `mabeam/workflows` are the running copy, wherever the file lies that imports them: what is
 * checked here, what is bundled and what runs are one. Node has no public hook for `require`, so its resolver is wrapped, and
 * given back afterwards.
 */
export function withDoors<T>(load: () => T): T {
  const resolver = Module as unknown as { _resolveFilename: Resolve };
  const before = resolver._resolveFilename;
  resolver._resolveFilename = function (this: unknown, request, ...rest) {
    return DOORS[request] ?? before.call(this, request, ...rest);
  };
  try {
    return load();
  } finally {
    resolver._resolveFilename = before;
  }
}
