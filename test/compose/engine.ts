import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(__dirname, '../..');
const OUTPUT_BYTES = 64 * 1024 * 1024;
const BUILD_MS = 30 * 60_000;

/** One container of the project, as `docker compose ps` tells it. */
export interface Container {
  readonly name: string;
  readonly service: string;
  readonly state: string;
  readonly health: string;
}

/** The project of docker-compose.yml on a Docker engine. */
export interface Project {
  /** Runs `docker compose …` of the project. @throws with what it printed */
  compose(...args: readonly string[]): Promise<string>;
  /** Containers, those that have ended included. */
  containers(): Promise<readonly Container[]>;
  /** Kills whatever runs in a container, as a crash does: its restart policy acts. Not a stop by hand. */
  crash(container: string): Promise<void>;
  /** How often a container was restarted by its policy. */
  restarts(container: string): Promise<number>;
  /** Takes a container out of a network; its address and its name are gone. */
  cut(container: string, network: string): Promise<void>;
  /** Puts it back under the name of its service. */
  heal(container: string, network: string, service: string): Promise<void>;
}

/** What answers `docker version`, or `undefined` where no engine does. */
export async function engineVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('docker', ['version', '--format', '{{.Server.Version}}']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

async function docker(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: root, env, timeout: BUILD_MS, maxBuffer: OUTPUT_BYTES });
  return stdout;
}

/**
 * The project under a name of its own, so that it disturbs no other one.
 *
 * @param settings what `.env` may set: ports, passwords, replicas
 */
export function project(name: string, settings: Readonly<Record<string, string>>): Project {
  const env = { ...process.env, ...settings };
  const compose = (...args: readonly string[]): Promise<string> => docker(['compose', '-p', name, ...args], env);
  return {
    compose,
    containers: async () => {
      const lines = (await compose('ps', '--all', '--format', 'json')).split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const of = JSON.parse(line) as Readonly<Record<'Name' | 'Service' | 'State' | 'Health', string>>;
        return { name: of.Name, service: of.Service, state: of.State, health: of.Health };
      });
    },
    crash: async (container) => {
      const pid = Number((await docker(['inspect', '--format', '{{.State.Pid}}', container])).trim());
      if (!(pid > 1)) throw new Error(`${container} does not run`);
      // From outside: nothing in a container can kill its first process.
      process.kill(pid, 'SIGKILL');
    },
    restarts: async (container) =>
      Number((await docker(['inspect', '--format', '{{.RestartCount}}', container])).trim()),
    cut: async (container, network) => {
      await docker(['network', 'disconnect', `${name}_${network}`, container]);
    },
    heal: async (container, network, service) => {
      await docker(['network', 'connect', '--alias', service, `${name}_${network}`, container]);
    },
  };
}
