import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { DEFAULT_HOP_MS } from '../../client/hop';
import type { Server } from '../../client/server';
import { PlatformError, refuse } from '../../contracts/errors';
import type { CliDeps, Common } from '../command';
import { printFailure, printOne } from '../output';

/** One line of the report. */
interface Check {
  readonly part: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What was measured or found, for programs. */
  readonly found: Readonly<Record<string, unknown>>;
  /** What to do when it is not well. */
  readonly advice?: string;
}

const FREE_BYTES = 1e9;
const NODE = { major: 20, minor: 19 };
const PART = 11;

async function check(part: string, look: () => Promise<Omit<Check, 'part'>>): Promise<Check> {
  try {
    return { part, ...(await look()) };
  } catch (error) {
    return { part, ok: false, detail: error instanceof Error ? error.message : String(error), found: {} };
  }
}

function temporal(server: Server): Promise<Check> {
  return check('Temporal', async () => {
    const version = await server.version();
    const { address, namespace } = server;
    const detail = `${address}   server ${version}, namespace ${namespace}`;
    return { ok: true, detail, found: { address, namespace, version } };
  });
}

function attributes(server: Server): Promise<Check> {
  return check('attributes', async () => {
    const missing = await server.missingSearchAttributes();
    if (missing.length === 0) return { ok: true, detail: 'search attributes are registered', found: { missing } };
    return {
      ok: false,
      detail: `not registered: ${missing.join(', ')}; mabeam runs without search attributes`,
      found: { missing },
      advice: 'mabeam setup',
    };
  });
}

const HOP_ADVICE = {
  fast: undefined,
  'slow-settings': 'raise the three …MaxPollRPS keys of its dynamic configuration: docs/how-to/temporal-server.md',
  'busy-machine': 'this machine is too busy to say why; measure again when it is quiet',
} as const;

function hop(server: Server): Promise<Check> {
  return check('hop', async () => {
    const { ms, verdict } = await server.measureHop();
    const detail = `${String(ms)} ms   (a server with default settings takes about ${String(DEFAULT_HOP_MS)})`;
    const advice = HOP_ADVICE[verdict];
    return { ok: verdict === 'fast', detail, found: { ms, verdict }, ...(advice === undefined ? {} : { advice }) };
  });
}

function workers(server: Server): Promise<Check> {
  return check('workers', async () => {
    const { ok, queues, workers: all } = await server.deployment();
    const told = [...queues, ...all.filter((each) => !each.ok)];
    const detail = told.map((each) => each.detail).join(', ');
    return { ok, detail, found: { queues, workers: all } };
  });
}

function store(server: Server): Promise<Check> {
  return check('store', async () => {
    const { source, events, migrations, position } = await server.store();
    const ok = migrations === 'up-to-date';
    const state = ok ? 'migrations up to date' : 'migrations are missing';
    const detail = `${source}, ${events.toLocaleString('en')} events, ${state}`;
    return { ok, detail, found: { source, events, migrations, position } };
  });
}

function disk(dataDir: string): Promise<Check> {
  return check('disk', async () => {
    let place = resolve(dataDir);
    while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
    const { bavail, bsize } = await statfs(place);
    const free = bavail * bsize;
    const detail = `${(free / 1e9).toFixed(1)} GB free at ${place}`;
    return { ok: free >= FREE_BYTES, detail, found: { freeBytes: free, place } };
  });
}

function node(version: string): Promise<Check> {
  return check('Node', () => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const ok = major > NODE.major || (major === NODE.major && minor >= NODE.minor);
    const needed = `${String(NODE.major)}.${String(NODE.minor)}`;
    const detail = ok ? version : `${version}; mabeam needs ${needed} or newer`;
    return Promise.resolve({ ok, detail, found: { version } });
  });
}

function text(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ detail }) => detail.length));
  return checks
    .map(({ part, ok, detail, advice }) => {
      const line = `${part.padEnd(PART)}${detail.padEnd(width)}   ${ok ? 'ok' : 'NOT OK'}\n`;
      return advice === undefined ? line : `${line}${''.padEnd(PART)}→ ${advice}\n`;
    })
    .join('');
}

/** `mabeam doctor`: what is there, which version, how fast, who works. Exit code 0 only when all is well. */
export function addDoctorCommand(program: Command, deps: CliDeps): void {
  program
    .command('doctor')
    .description('look whether the server, its settings, the workers, the store and this machine are well')
    .action(async (_options: object, command: Command) => {
      const { output } = command.optsWithGlobals<Common>();
      const here = await Promise.all([disk(deps.dataDir()), node(process.versions.node)]);
      const checks = [...(await ofServer(deps)), ...here];
      const ok = checks.every((each) => each.ok);
      printOne(deps, output, { ok, checks }, () => text(checks));
      deps.exit(ok ? 0 : 1);
    });
}

async function ofServer(deps: CliDeps): Promise<readonly Check[]> {
  let server: Server;
  try {
    server = await deps.server();
  } catch (error) {
    return [await check('Temporal', () => Promise.reject(error instanceof Error ? error : new Error(String(error))))];
  }
  try {
    const first = await temporal(server);
    if (!first.ok) return [first, await store(server)];
    const others = [attributes(server), hop(server), workers(server), store(server)];
    return [first, ...(await Promise.all(others))];
  } finally {
    await server.close();
  }
}

/** `mabeam setup`: makes the namespace and registers the search attributes on a server that is not ours. */
export function addSetupCommand(program: Command, deps: CliDeps): void {
  program
    .command('setup')
    .description('register the namespace and the search attributes on a Temporal server; safe to repeat')
    .action(async (_options: object, command: Command) => {
      const { output } = command.optsWithGlobals<Common>();
      let server: Server | undefined;
      try {
        server = await deps.server();
        const steps = await server.setup();
        const said = { present: 'there already', made: 'made', refused: 'REFUSED' };
        printOne(deps, output, { address: server.address, steps }, () =>
          steps.map(({ what, outcome, detail }) => `${what.padEnd(19)}${said[outcome]}: ${detail}\n`).join(''),
        );
        const lacksNamespace = steps.find(({ what, outcome }) => what === 'namespace' && outcome === 'refused');
        if (lacksNamespace !== undefined) throw new PlatformError(refuse('not-found', lacksNamespace.detail));
      } catch (error) {
        deps.exit(printFailure(deps, error));
      } finally {
        await server?.close();
      }
    });
}
