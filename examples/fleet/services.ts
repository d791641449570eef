import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';

const FIRST_PORT = 7_300;
const UI_ABOVE = 1_000;
const LAST_LINES = 20;

/** What `mabeam dev` runs. */
export interface Services {
  /** Resolves when all of it does its work, with where the Temporal server and the facade are. */
  readonly begun: Promise<{ readonly temporal: string; readonly url: string }>;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** A port for a Temporal server whose Web UI is a thousand above. */
async function freePort(): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + UI_ABOVE; port += 1)
    if ((await isFree(port)) && (await isFree(port + UI_ABOVE))) return port;
  throw new Error(`no port is free from ${String(FIRST_PORT)} on`);
}

/** Runs `mabeam dev`: a worker, a store, and a Temporal server unless TEMPORAL_ADDRESS names one. */
export async function startServices(dataDir: string): Promise<Services> {
  const home = path.dirname(createRequire(__filename).resolve('mabeam/package.json'));
  const ports = ['--temporal-port', String(await freePort()), '--port', '0'];
  const args = [path.join(home, 'dist/src/cli/main.js'), 'dev', '--data-dir', dataDir, ...ports];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let isStopping = false;
  const ended = once(child, 'exit');
  const failed = ended.then((): never | Promise<never> => {
    if (isStopping) return new Promise<never>(() => undefined);
    throw new Error(`mabeam dev has ended by itself:\n${said.split('\n').slice(-LAST_LINES).join('\n')}`);
  });
  failed.catch(() => undefined);
  const begun = new Promise<{ readonly temporal: string; readonly url: string }>((resolve) => {
    const read = (text: string): void => {
      said += text;
      const [, temporal] = /Temporal +(\S+),/.exec(said) ?? [];
      const [, url] = /REST +(http:\/\/[^/]+)\//.exec(said) ?? [];
      if (temporal !== undefined && url !== undefined && said.includes('Ctrl-C')) resolve({ temporal, url });
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read);
  });
  const stop = async (): Promise<void> => {
    isStopping = true;
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await ended;
  };
  return { begun, failed, stop };
}
