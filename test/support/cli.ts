import { run } from '../../src/cli/main';

/**
 * Runs a command line in a pipe, without a space and a server: whoever connects has failed.
 * @param more what it has beside, or in their place
 * @returns its exit code, and what it printed
 */
export async function ended(
  args: readonly string[],
  more: Partial<Parameters<typeof run>[1]> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    connect: () => Promise.reject(new Error('it connected')),
    server: () => Promise.reject(new Error('it looked for a server')),
    dataDir: () => '',
    now: () => 0,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isTty: false,
    ...more,
  });
  return { code, out, err };
}
