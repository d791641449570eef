import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from '../../examples/mail-filter/demo/stage';
import { connectTemporal } from '../../src/client/temporal';
import { connect, createHttpReads } from '../../src/index';
import { configuredServer } from '../temporal/find';
import { isFree } from '../temporal/free-ports';
import { progressOn } from '../temporal/progress';
import { startTemporal, type RunningTemporal } from '../temporal/start';
import { commandOf, startRole, type RoleProcess } from './role-process';
import type { Terminal } from './terminal';

const root = path.join(__dirname, '../..');
const run = promisify(execFile);
const TEMPORAL_PORT = 7233;
const FACADE_PORT = 7411;
const UI_ABOVE = 1_000;
/** Trials that an evaluator takes at once. */
const EVALUATOR_SLOTS = 2;
const EVALUATORS = 2;
/** A folder with this file was made by a demo. */
const MARK = 'made-by-demo.txt';

/** What runs for the demo. */
export interface DemoStage extends Stage {
  /** Rejects when something that must run has ended. */
  readonly failed: Promise<never>;
  /** Ends everything, in order. Safe to repeat. */
  close(): Promise<void>;
}

/** The port that people expect, or the next free ones. @param more ports above it that must be free, too */
async function portFrom(first: number, more: readonly number[] = []): Promise<number> {
  for (let port = first; port < first + 100; port += 1) {
    const all = await Promise.all([0, ...more].map((above) => isFree(port + above)));
    if (all.every((free) => free)) return port;
  }
  throw new Error(`no port is free from ${String(first)} to ${String(first + 99)}`);
}

/** A Temporal server of somebody else that the environment names, or one of our own. */
async function temporalOf(dataDir: string): Promise<{ readonly address: string; readonly own?: RunningTemporal }> {
  const configured = configuredServer();
  if (configured !== undefined) return { address: configured.address };
  const port = await portFrom(TEMPORAL_PORT, [UI_ABOVE]);
  const files = { dbFilename: path.join(dataDir, 'temporal.sqlite'), log: path.join(dataDir, 'temporal.log') };
  const own = await startTemporal({ port, ...files, progress: progressOn() });
  return { address: own.address, own };
}

/** Everything that is started, to be ended in the reverse order. */
class Cast {
  readonly roles: RoleProcess[] = [];
  fail: (error: unknown) => void = () => undefined;
  readonly failed = new Promise<never>((_resolve, reject) => {
    this.fail = reject;
  });
  readonly #env: Readonly<Record<string, string>>;
  readonly #dataDir: string;
  readonly #prefix: string;
  #isStopping = false;

  constructor(env: Readonly<Record<string, string>>, dataDir: string, prefix: string) {
    this.failed.catch(() => undefined);
    this.#env = env;
    this.#dataDir = dataDir;
    this.#prefix = prefix;
  }

  /** @param readyWhen what its log says when it does its work */
  async start(name: string, readyWhen: string, more: Readonly<Record<string, string>> = {}): Promise<RoleProcess> {
    if (this.#isStopping) throw new Error('everything is being stopped');
    const role = startRole({
      name,
      entry: `workers/${name}`,
      env: { ...this.#env, ...more },
      log: path.join(this.#dataDir, `${name}.log`),
      readyWhen,
    });
    this.roles.push(role);
    role.failed.catch((error: unknown) => {
      this.fail(error);
    });
    await role.ready;
    return role;
  }

  evaluators(): readonly number[] {
    return this.roles.filter(({ name }) => name === 'evaluator').map(({ pid }) => pid);
  }

  startEvaluator(): Promise<RoleProcess> {
    return this.start('evaluator', `polls ${this.#prefix}mabeam-evaluator-train"`, {
      MABEAM_ACTIVITY_SLOTS: String(EVALUATOR_SLOTS),
    });
  }

  async kill(pid: number): Promise<void> {
    const at = this.roles.findIndex((role) => role.pid === pid);
    await this.roles.splice(at, 1)[0]?.kill();
  }

  /** Evaluators and workers first: what they have begun is handed over while the store still runs. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const roles = this.roles.splice(0);
    const stores = roles.filter(({ name }) => name === 'store');
    await Promise.all(roles.filter((role) => !stores.includes(role)).map((role) => role.stop()));
    await Promise.all(stores.map((role) => role.stop()));
  }
}

/** Empties the folder of an earlier demo, and no other. */
function emptied(dataDir: string): void {
  const mark = path.join(dataDir, MARK);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0 && !existsSync(mark))
    throw new Error(`${dataDir} is not empty, and no demo has made it; choose another folder`);
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(mark, 'made by npm run demo, which empties this folder when it begins\n');
}

interface Setting {
  readonly own: RunningTemporal | undefined;
  readonly url: string;
  readonly ledgerFile: string;
  /** What every role is told. */
  readonly env: Readonly<Record<string, string>> & { readonly MABEAM_SPACE: string; readonly TEMPORAL_ADDRESS: string };
  readonly prefix: string;
}

async function settingOf(dataDir: string): Promise<Setting> {
  const { address, own } = await temporalOf(dataDir);
  const facadePort = String(await portFrom(FACADE_PORT));
  const url = `http://127.0.0.1:${facadePort}`;
  const ledgerFile = path.join(dataDir, 'evaluations.jsonl');
  // On a server of somebody else nobody is disturbed: a space and queues of our own.
  const isOurs = own !== undefined;
  const mark = `demo-${String(Date.now())}`;
  const prefix = isOurs ? '' : `${mark}-`;
  const env = {
    TEMPORAL_ADDRESS: address,
    MABEAM_SPACE: isOurs ? 'default' : mark,
    MABEAM_QUEUE_PREFIX: prefix,
    MABEAM_DEFINITIONS: path.join(root, 'examples/mail-filter/agents.ts'),
    MABEAM_DATA_DIR: dataDir,
    MABEAM_PORT: facadePort,
    MABEAM_URL: url,
    MAIL_FILTER_LEDGER: ledgerFile,
  };
  return { own, url, ledgerFile, env, prefix };
}

function addressesOf({ own, url, env }: Setting, cast: Cast): Stage['addresses'] {
  return {
    Temporal: `${env.TEMPORAL_ADDRESS}${own === undefined ? '' : `, started here: process ${String(own.pid)}`}`,
    ...(own?.url === undefined ? {} : { 'Web UI': `${own.url}/namespaces/default/workflows` }),
    REST: `${url}/v1/spaces/${env.MABEAM_SPACE}/agents`,
    processes: cast.roles.map(({ name, pid }) => `${name} ${String(pid)}`).join(', '),
  };
}

/** Runs a command of mabeam as a person would, on a terminal's width. */
async function command(env: Setting['env'], args: readonly string[]): Promise<string> {
  const cli = [...commandOf('src/cli/main'), '-o', 'table', ...args];
  return (await run(process.execPath, cli, { cwd: root, env: { ...process.env, ...env } })).stdout;
}

/**
 * Starts everything that the demo needs: a Temporal server, the store with the facade, a worker, two evaluators, each as a
 * process of its own. State lies in `dataDir`, which is emptied first.
 */
export async function setUp(dataDir: string, trials: number, terminal: Terminal): Promise<DemoStage> {
  emptied(dataDir);
  const setting = await settingOf(dataDir);
  const { own, url, ledgerFile, env, prefix } = setting;
  const cast = new Cast(env, dataDir, prefix);
  const close = async (): Promise<void> => {
    await cast.stop();
    await own?.stop();
  };
  try {
    const evaluators = Array.from({ length: EVALUATORS }, () => cast.startEvaluator());
    await Promise.all([
      cast.start('store', 'listens on'),
      cast.start('worker', `polls ${prefix}mabeam"`),
      ...evaluators,
    ]);
    const address = env.TEMPORAL_ADDRESS;
    let outside: ReturnType<typeof connectTemporal> | undefined;
    const space = await connect({ space: env.MABEAM_SPACE, address, queuePrefix: prefix, reads: createHttpReads(url) });
    void own?.ended.then(() => {
      cast.fail(new Error('the Temporal server has ended by itself'));
    });
    return {
      space,
      trials,
      ledgerFile,
      addresses: addressesOf(setting, cast),
      evaluators: () => cast.evaluators(),
      startEvaluator: async () => (await cast.startEvaluator()).pid,
      kill: (pid) => cast.kill(pid),
      terminate: async (agent) => {
        const client = await (outside ??= connectTemporal({ address }));
        await client.workflow.getHandle(space.agents.at(agent).workflowId).terminate('the demo kills it');
      },
      mabeam: (...args) => command(env, args),
      chapter: (title) => {
        terminal.chapter(title);
      },
      say: (text) => {
        terminal.say(text);
      },
      bar: (label) => terminal.bar(label),
      failed: cast.failed,
      // The connection of the space ends with this process: a call on its way that is tried again on a closed one throws.
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
