import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { freePorts } from '../../tools/temporal/free-ports';

const STOP_MS = 20_000;

/** Ends a process in order, or by force when it takes its time. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** A process of its own, because the package is an ES module, which Jest cannot load. */
export async function spawnPostgres(options: Readonly<Record<string, unknown>>): Promise<ChildProcess> {
  const program = path.join(__dirname, 'postgres.mjs');
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = once(child.stdout, 'data');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Postgres ended with ${String(code)}`);
  });
  ended.catch(() => undefined); // it ends in order later
  await Promise.race([ready, ended]);
  return child;
}

async function gone(pid: number): Promise<void> {
  for (const deadline = Date.now() + STOP_MS; Date.now() < deadline;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((wake) => setTimeout(wake, 10));
  }
  throw new Error(`Postgres ${String(pid)} did not end`);
}

/** Ends a Postgres at once, as a crash does: nothing is written that was not written yet. */
export async function crashPostgres(databaseDir: string, child: ChildProcess): Promise<void> {
  const [pid] = (await readFile(path.join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n');
  const ended = once(child, 'exit');
  process.kill(Number(pid), 'SIGQUIT');
  await gone(Number(pid)); // its parent takes note of its end, so that none is left half dead
  child.kill('SIGKILL');
  await ended;
}

/** Makes a database. @param address of a database by its name @returns that of the new one */
export async function newDatabase(address: (name: string) => string, name: string): Promise<string> {
  const client = new Client({ connectionString: address('postgres') });
  await client.connect();
  await client.query(`create database "${name}"`);
  await client.end();
  return address(name);
}

/** A real Postgres of a test file. */
export interface PostgresServer {
  /** Makes a database. @returns its address */
  database(name: string): Promise<string>;
  /** Ends it at once, as a crash does: nothing is written that was not written yet. */
  crash(): Promise<void>;
  /** Starts it again on the same files and port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it on a directory of its own; without fsync, for the machine itself does not crash in tests. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const data = await mkdtemp(path.join(tmpdir(), 'mabeam-postgres-'));
  await chmod(data, 0o755); // run by root, Postgres becomes a user of its own, who must get through
  const databaseDir = path.join(data, 'files');
  const [port = 0] = await freePorts(1);
  const postgresFlags = ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'];
  const options = { databaseDir, port, user: 'mabeam', password: 'mabeam', postgresFlags, initdbFlags: ['--no-sync'] };
  const address = (name: string): string => `postgres://mabeam:mabeam@127.0.0.1:${String(port)}/${name}`;
  let child = await spawnPostgres(options);
  return {
    database: (name) => newDatabase(address, name),
    crash: () => crashPostgres(databaseDir, child),
    start: async () => {
      child = await spawnPostgres(options);
    },
    close: async () => {
      await stopProcess(child);
      await rm(data, { recursive: true, force: true });
    },
  };
}
