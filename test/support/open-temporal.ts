import type { OpenTemporal } from './file-leaks';

/** What the SDK keeps of native things that are open. */
interface Native {
  readonly Runtime: {
    readonly _instance?: {
      readonly backRefs: ReadonlySet<unknown>;
      readonly shutdownSignalCallbacks: ReadonlySet<unknown>;
    };
  };
}

const RUNTIME = '/@temporalio/worker/lib/runtime.js';

/** Looks whether the file has loaded the SDK, and does not load it. */
function openTemporal(): OpenTemporal {
  const at = Object.keys(require.cache).find((path) => path.endsWith(RUNTIME));
  const loaded = at === undefined ? undefined : (require.cache[at]?.exports as Partial<Native> | undefined);
  const open = loaded?.Runtime?._instance;
  return { workers: open?.shutdownSignalCallbacks.size ?? 0, natives: open?.backRefs.size ?? 0 };
}

Object.assign(globalThis, { openTemporal });
