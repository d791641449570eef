import { execFile, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../../tools/temporal/free-ports';
import { findTemporalProgram } from '../../tools/temporal/find';
import { progressOn } from '../../tools/temporal/progress';
import { buildTemporalServer } from '../../tools/temporal-server/build';
import { composeFile, serviceEnvironment } from './compose';
import { crashPostgres, newDatabase, spawnPostgres, stopProcess } from './postgres-server';

const run = promisify(execFile);
const root = path.join(__dirname, '../..');

/** The services of docker-compose.yml as processes of this machine. */
export interface Topology {
  readonly temporalAddress: string;
  /** The environment that the compose file gives a service, with this machine's addresses and paths in it. */
  environment(service: string): Record<string, string>;
  /** Runs one of the one-shot scripts as its service does; resolves with what it printed. @throws when it fails */
  runOnce(service: string): Promise<string>;
  /** Makes a database beside those of Temporal. @returns its address */
  database(name: string): Promise<string>;
  /** Ends the database of the Temporal server as a crash does. */
  crashDatabase(): Promise<void>;
  /** Starts it again on the same files and port. */
  startDatabase(): Promise<void>;
  close(): Promise<void>;
}

/** Names of the ports of one Temporal server: its four services, their membership, HTTP. */
function serverPorts(free: readonly number[]): Record<string, string> {
  const parts = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'];
  const names = ['FRONTEND_HTTP_PORT', ...parts.flatMap((part) => [`${part}_GRPC_PORT`, `${part}_MEMBERSHIP_PORT`])];
  return Object.fromEntries(names.map((name, at) => [name, String(free[at])]));
}

/**
 * Starts Postgres and the Temporal server, each with nothing but the environment of its service in docker-compose.yml.
 *
 * What differs from containers is put in at one place: names of services become loopback addresses, paths of mounts
 * paths of the checkout, and ports free ones.
 */
export async function startTopology(): Promise<Topology> {
  const file = composeFile(path.join(root, 'docker-compose.yml'));
  const progress = progressOn();
  const programs = await buildTemporalServer(progress);
  const cli = path.dirname((await findTemporalProgram(progress)).path);
  const [postgresPort = 0, ...free] = await freePorts(10);
  const ports = serverPorts(free);
  const temporalAddress = `127.0.0.1:${ports['FRONTEND_GRPC_PORT'] ?? ''}`;
  const here: Readonly<Record<string, string>> = { ...ports, BIND_ON_IP: '127.0.0.1' };
  const environment = (service: string): Record<string, string> => {
    const given = serviceEnvironment(file.services[service] ?? {}, {});
    const port = { DB_PORT: 1, POSTGRES_PORT: 1, SQL_PORT: 1 };
    const local = Object.entries(given).map(([name, value]): [string, string] => [
      name,
      name in port
        ? String(postgresPort)
        : value
            .replace('postgresql:5432', `127.0.0.1:${String(postgresPort)}`)
            .replace('temporal:7233', temporalAddress)
            .replace(/^postgresql$/, '127.0.0.1')
            .replace('/etc/temporal/dynamic-config.yaml', path.join(root, 'deploy/temporal/dynamic-config.yaml'))
            .replace(/^\/app\//, `${root}/`),
    ]);
    return Object.fromEntries(local);
  };
  const systemPath = `${programs.folder}:${cli}:${process.env['PATH'] ?? ''}`;
  const data = await mkdtemp(path.join(tmpdir(), 'mabeam-topology-'));
  await chmod(data, 0o755); // run by root, Postgres becomes a user of its own, who must get through
  const database = environment('postgresql');
  const options = {
    databaseDir: path.join(data, 'postgres'),
    user: database['POSTGRES_USER'] ?? '',
    password: database['POSTGRES_PASSWORD'] ?? '',
    port: postgresPort,
    postgresFlags: file.services['postgresql']?.command?.slice(1) ?? [],
  };
  let postgres = await spawnPostgres(options);
  const script = (name: string): string => path.join(root, 'deploy/temporal', name);
  const scripts: Readonly<Record<string, string>> = {
    'temporal-schema': script('schema.sh'),
    'temporal-namespace': script('namespace.sh'),
  };
  const runOnce = async (service: string): Promise<string> => {
    const env = { ...environment(service), PATH: systemPath, HOME: data };
    return (await run('sh', [scripts[service] ?? ''], { env, timeout: 120_000 })).stdout;
  };
  await runOnce('temporal-schema');
  const env = { ...environment('temporal'), ...here, PATH: systemPath, HOME: data };
  const log = openSync(path.join(data, 'temporal.log'), 'a');
  const server = spawn(programs.server, ['start'], { env, stdio: ['ignore', log, log] });
  return {
    temporalAddress,
    environment,
    runOnce,
    database: (name) =>
      newDatabase(
        (of) => `postgres://${options.user}:${options.password}@127.0.0.1:${String(postgresPort)}/${of}`,
        name,
      ),
    crashDatabase: () => crashPostgres(options.databaseDir, postgres),
    startDatabase: async () => {
      postgres = await spawnPostgres(options);
    },
    close: async () => {
      await stopProcess(server);
      await stopProcess(postgres);
      await rm(data, { recursive: true, force: true });
    },
  };
}
