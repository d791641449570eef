import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PlatformError, refuse } from './contracts/errors';
import { parseQueue, parseSpace, PART_RULE, show } from './contracts/ids';
import { parseSelection, SELECTION_RULE } from './registry/selection';

/** How much is logged. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const WORD = /^[A-Za-z0-9._-]{0,100}$/;
const MAX_PORT = 65_535;
/** The Web UI of a server of our own listens on this many above its port. */
const UI_ABOVE = 1_000;
const MAX_SLOTS = 100_000;
const MAX_BREAK_AFTER = 10_000;
const MAX_COOL_DOWN_SECONDS = 600;

/** One setting: its names, what it must look like, and how a text becomes its value (`undefined`: it does not). */
interface Setting<T> {
  readonly env: string;
  readonly flag: string;
  readonly expected: string;
  readonly parse: (text: string) => T | undefined;
}

function setting<T>(env: string, flag: string, expected: string, parse: (text: string) => T | undefined): Setting<T> {
  return { env, flag, expected, parse };
}

const any = (text: string): string => text;
const oneOf =
  <T extends string>(names: readonly T[]) =>
  (text: string): T | undefined =>
    names.find((name) => name === text);
const whole =
  (from: number, to: number) =>
  (text: string): number | undefined =>
    /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined;
const files = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => resolve(each));

const names = (text: string): readonly string[] | undefined => {
  const all = text.split(',').map((each) => each.trim());
  return all.every((each) => WORD.test(each) && each !== '') ? all : undefined;
};

function url(protocols: readonly string[]): (text: string) => string | undefined {
  return (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined);
}

function address(text: string): string | undefined {
  return /^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(text) ? text : undefined;
}

function registry(text: string): string | undefined {
  try {
    parseSelection(text);
    return text;
  } catch {
    return undefined;
  }
}

const slots = `a whole number from 1 to ${String(MAX_SLOTS)}`;

/** Everything that the environment, or a flag, may say. */
const SETTINGS = {
  address: setting('TEMPORAL_ADDRESS', '--address', 'host:port', address),
  temporalPort: setting(
    'MABEAM_TEMPORAL_PORT',
    '--temporal-port',
    'a port from 1 to 64535',
    whole(1, MAX_PORT - UI_ABOVE),
  ),
  namespace: setting('TEMPORAL_NAMESPACE', '--namespace', 'the name of a namespace', (text) =>
    /^\S{2,255}$/.test(text) ? text : undefined,
  ),
  space: setting('MABEAM_SPACE', '--space', `a space: ${PART_RULE}`, (text) =>
    typeof parseSpace(text) === 'string' ? text : undefined,
  ),
  queuePrefix: setting('MABEAM_QUEUE_PREFIX', '--queue-prefix', 'letters, digits, ".", "_", "-"', (text) =>
    WORD.test(text) ? text : undefined,
  ),
  queue: setting('MABEAM_QUEUE', '--queue', `a queue: ${PART_RULE}`, (text) =>
    typeof parseQueue(text) === 'string' ? text : undefined,
  ),
  definitions: setting('MABEAM_DEFINITIONS', 'FILES', 'files, separated by commas', files),
  activities: setting('MABEAM_ACTIVITIES', '--activities', 'files, separated by commas', files),
  databaseUrl: setting(
    'MABEAM_DATABASE_URL',
    '--database-url',
    'postgres://user:password@host:port/database',
    url(['postgres:', 'postgresql:']),
  ),
  dataDir: setting('MABEAM_DATA_DIR', '--data-dir', 'a directory', (text) => resolve(text)),
  host: setting('MABEAM_HOST', '--host', 'an address to listen on', any),
  hosts: setting('MABEAM_ALLOWED_HOSTS', '--allowed-hosts', 'names of hosts, separated by commas', names),
  port: setting('MABEAM_PORT', '--port', `a port from 0 to ${String(MAX_PORT)}`, whole(0, MAX_PORT)),
  url: setting('MABEAM_URL', '--url', 'http://host:port', url(['http:', 'https:'])),
  logLevel: setting('MABEAM_LOG_LEVEL', '--log-level', `one of ${LOG_LEVELS.join(', ')}`, oneOf(LOG_LEVELS)),
  registry: setting('MABEAM_REGISTRY', '--registry', SELECTION_RULE, registry),
  cachedWorkflows: setting('MABEAM_CACHED_WORKFLOWS', '--cached-workflows', slots, whole(1, MAX_SLOTS)),
  activitySlots: setting('MABEAM_ACTIVITY_SLOTS', '--activity-slots', slots, whole(1, MAX_SLOTS)),
  breakAfter: setting(
    'MABEAM_BREAK_AFTER',
    '--break-after',
    `a whole number from 0 to ${String(MAX_BREAK_AFTER)}`,
    whole(0, MAX_BREAK_AFTER),
  ),
  coolDownSeconds: setting(
    'MABEAM_COOL_DOWN_SECONDS',
    '--cool-down-seconds',
    `a whole number from 1 to ${String(MAX_COOL_DOWN_SECONDS)}`,
    whole(1, MAX_COOL_DOWN_SECONDS),
  ),
  deploymentName: setting('TEMPORAL_DEPLOYMENT_NAME', '--deployment', 'a name', (text) =>
    WORD.test(text) ? text : undefined,
  ),
  buildId: setting('TEMPORAL_WORKER_BUILD_ID', '--build-id', 'an id', (text) => (WORD.test(text) ? text : undefined)),
} as const;

type Settings = typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Given = { readonly [K in keyof Settings]?: ValueOf<Settings[K]> };

/** What was typed on the command line, as text, by the name of the setting. */
export type Flags = { readonly [K in keyof Settings]?: string | undefined };

const DEFAULTS = {
  space: 'default',
  queuePrefix: '',
  definitions: [] as readonly string[],
  activities: [] as readonly string[],
  temporalPort: 7233,
  dataDir: resolve('.mabeam'),
  host: '127.0.0.1',
  port: 7411,
  url: 'http://127.0.0.1:7411',
  logLevel: 'info',
  registry: 'temporal',
} as const satisfies Given;

/** The configuration of a process. What is absent has no default: the standard Temporal environment, or the code, decides. */
export type Config = Given & Required<Pick<Given, keyof typeof DEFAULTS>>;

/**
 * Reads the arguments of an entry point: `--port 7500` and the like; what has no flag before it is a definition file.
 * @throws PlatformError `invalid-request` for a flag that is not known
 */
export function parseFlags(args: readonly string[]): Flags {
  const named = Object.entries(SETTINGS).filter(([, { flag }]) => flag.startsWith('--'));
  const options = Object.fromEntries(named.map(([, { flag }]) => [flag.slice(2), { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const flags = Object.fromEntries(named.map(([name, { flag }]) => [name, values[flag.slice(2)]]));
    return { ...flags, ...(positionals.length === 0 ? {} : { definitions: positionals.join(',') }) };
  } catch (error) {
    throw new PlatformError(refuse('invalid-request', error instanceof Error ? error.message : String(error)), error);
  }
}

/**
 * Reads the configuration: a flag counts more than the environment, the environment more than the default. An empty text
 * is as good as none. Read once, by entry points only.
 *
 * @throws PlatformError `invalid-request` that lists each setting with what was expected and what came
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, flags: Flags = {}): Config {
  const problems: string[] = [];
  const given: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(SETTINGS) as [keyof Settings, Setting<unknown>][]) {
    const flag = flags[name];
    const text = flag === undefined || flag === '' ? env[each.env] : flag;
    if (text === undefined || text === '') continue;
    const value = each.parse(text);
    const label = text === flag ? each.flag : each.env;
    if (value === undefined) problems.push(`${label}: expected ${each.expected}; got ${shown(name, text)}`);
    else given[name] = value;
  }
  const config = { ...DEFAULTS, ...given } as Config;
  if ((config.deploymentName === undefined) !== (config.buildId === undefined)) {
    const { deploymentName, buildId } = SETTINGS;
    const [has, lacks] = config.buildId === undefined ? [deploymentName, buildId] : [buildId, deploymentName];
    problems.push(`${has.env} is set: expected ${lacks.env}, too; got none`);
  }
  if (problems.length > 0)
    throw new PlatformError(refuse('invalid-request', problems.join('; '), { details: { problems } }));
  return config;
}

/** A database URL may hold a password, even when it is malformed. */
function shown(name: keyof Settings, text: string): string {
  return name === 'databaseUrl' ? `a text of ${String(text.length)} characters that is not one` : show(text);
}
