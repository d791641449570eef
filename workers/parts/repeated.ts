import type { Part, Role } from './role';

/**
 * A chore that a process does at once, and then again and again: one run at a time. A run that fails is logged and tried
 * again by the next.
 *
 * @param act does it once; looks at `isStopped` between its steps
 */
export function repeated(
  { log }: Pick<Role, 'log'>,
  { name, everyMs }: { readonly name: string; readonly everyMs: number },
  act: (isStopped: () => boolean) => Promise<void>,
): Part {
  let isStopped = false;
  const once = async (): Promise<void> => {
    if (isStopped) return;
    await act(() => isStopped).catch((error: unknown) => {
      if (!isStopped) log.error({ error }, `${name}: failed, and will be tried again`);
    });
  };
  let running = once();
  const timer = setInterval(() => {
    running = running.then(once);
  }, everyMs);
  timer.unref();
  return {
    name,
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
