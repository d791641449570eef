import type { Command } from 'commander';
import { PlatformError, refuse } from '../../contracts/errors';
import type { StoreAdmin } from '../../contracts/store-admin';
import { count, type CliDeps, type Common } from '../command';
import { printFailure, printOne } from '../output';

const DAY_MS = 86_400_000;

interface Limits {
  readonly keepLast?: number;
  readonly olderThanDays?: number;
  readonly before?: number;
  readonly passing: readonly string[];
}

/** Opens the store, acts, closes it; a failure has the exit code of its row in the error table. */
async function administer(
  deps: CliDeps,
  command: Command,
  act: (store: StoreAdmin, options: Common) => Promise<void>,
): Promise<void> {
  let store: StoreAdmin | undefined;
  try {
    const { databaseUrl, dataDir, ...options } = command.optsWithGlobals<Common & StorePlace>();
    store = deps.openStore?.({
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(dataDir === undefined ? {} : { dataDir }),
    });
    if (store === undefined) throw new PlatformError(refuse('reads-unavailable', 'there is no store to open here'));
    await act(store, options);
    deps.exit(0);
  } catch (error) {
    deps.exit(printFailure(deps, error));
  } finally {
    await store?.close();
  }
}

/** Where the store is, as typed; else the environment says it. */
export interface StorePlace {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
}

/** `mabeam reads status|rebuild|trim`: what is done to the store's data by hand, on the database itself. */
export function addReadsCommands(program: Command, deps: CliDeps): void {
  const reads = program
    .command('reads')
    .description('the store and its read models: status, rebuild, trim (an embedded database must not be in use)')
    .option('--database-url <url>', 'the Postgres (MABEAM_DATABASE_URL)')
    .option('--data-dir <directory>', 'where the embedded database is (MABEAM_DATA_DIR)');
  reads
    .command('status')
    .description('positions, readers, incidents, migrations that are not applied')
    .action((_options: object, command: Command) =>
      administer(deps, command, async (store, { output }) => {
        const status = await store.status();
        const { source, events, head, position, behindMs, pending, incidents } = status;
        const lag = behindMs === 0 ? 'up to date' : `behind for ${String(behindMs)} ms`;
        const lines = [
          `${source}: ${String(events)} events, head ${String(head)}, read models at ${String(position)}, ${lag}`,
          ...(pending.length === 0 ? [] : [`not applied: ${pending.join(', ')}`]),
          ...incidents.map((each) => `${each.kind}\t${each.stream}\t${String(each.sequence)}\t${each.at}`),
        ];
        printOne(deps, output, status, () => `${lines.join('\n')}\n`);
      }),
    );
  reads
    .command('rebuild')
    .description('build the read models anew from the first event, beside the live ones, and swap them')
    .option('--accept-loss', 'also when retention has removed events')
    .action(({ acceptLoss = false }: { acceptLoss?: boolean }, command: Command) =>
      administer(deps, command, async (store, { output }) => {
        const rebuilt = await store.rebuild({ acceptLoss });
        const text = `${String(rebuilt.events)} events in ${String(rebuilt.ms)} ms\n`;
        printOne(deps, output, rebuilt, () => `rebuilt: ${text}`);
      }),
    );
  reads
    .command('trim')
    .description('remove old events of the space; never what a reader with a name has not had')
    .option('--keep-last <events>', 'how many events of each stream stay', count)
    .option('--older-than-days <days>', 'only what was stored longer ago', count)
    .option('--before <position>', 'only positions below', count)
    .option('--passing <readers...>', 'readers that need not have had them', [])
    .action(({ olderThanDays, ...limits }: Limits, command: Command) =>
      administer(deps, command, async (store, { space, output }) => {
        const age = olderThanDays === undefined ? {} : { olderThanMs: olderThanDays * DAY_MS };
        const trimmed = await store.trim({ ...limits, ...age, space });
        const { removed, heldBy } = trimmed;
        const held = heldBy === undefined ? '' : `; ${heldBy.reader} at ${String(heldBy.position)} holds the rest`;
        printOne(deps, output, trimmed, () => `removed ${String(removed)} events of ${space}${held}\n`);
      }),
    );
}
