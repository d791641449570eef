import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../tools/temporal/free-ports';
import { engineVersion, project, type Container, type Project } from './engine';
import { Facade, until } from './facade';
import { audit, auditVersions, startWriter } from './traffic';

const SPACE = 'compose';
const BUDGET = 120;
const CUT_MS = 15_000;
const STUDY_MS = 20 * 60_000;
const ONE_SHOTS = new Set(['temporal-schema', 'temporal-namespace']);
const REPORT = join(__dirname, 'report.md');

const began = Date.now();
const lines: string[] = [];
function say(line: string): void {
  const seconds = ((Date.now() - began) / 1000).toFixed(0).padStart(4);
  lines.push(`${seconds} s  ${line}`);
  process.stdout.write(`${seconds} s  ${line}\n`);
}

const isWell = ({ service, state, health }: Container): boolean =>
  ONE_SHOTS.has(service) ? state === 'exited' : state === 'running' && health === 'healthy';

async function allWell(stack: Project): Promise<readonly Container[]> {
  return until('every service healthy', async () => {
    const containers = await stack.containers();
    return containers.length > 0 && containers.every(isWell) ? containers : undefined;
  });
}

/** Each long-running service once; after each the policy must have restarted it and everything must be healthy again. */
async function crashEach(stack: Project, containers: readonly Container[]): Promise<void> {
  const once = new Map(containers.filter(({ service }) => !ONE_SHOTS.has(service)).map((each) => [each.service, each]));
  for (const { service, name } of once.values()) {
    const before = await stack.restarts(name);
    await stack.crash(name);
    await until(`${name} restarted`, async () => ((await stack.restarts(name)) > before ? true : undefined));
    await allWell(stack);
    say(`crashed ${service}: restarted by its policy, all healthy again`);
  }
}

async function cutAndHeal(stack: Project, containers: readonly Container[]): Promise<void> {
  const evaluator = containers.findLast(({ service }) => service === 'mabeam-evaluator');
  if (evaluator === undefined) throw new Error('there is no evaluator');
  await stack.cut(evaluator.name, 'backbone');
  say(`cut ${evaluator.name} off from Temporal`);
  await new Promise((resolve) => setTimeout(resolve, CUT_MS));
  await stack.heal(evaluator.name, 'backbone', evaluator.service);
  await allWell(stack);
  say(`healed ${evaluator.name}: all healthy again`);
}

async function job(stack: Project, facade: Facade): Promise<void> {
  const containers = await allWell(stack);
  say(`up: ${String(containers.length)} containers, every service healthy`);
  await facade.post(`/v1/spaces/${SPACE}/variableSets`, { name: 'mail-filter' });
  const study = { name: 'filter', over: 'mail-filter', evaluator: 'train', minimise: 'logLoss', seed: 7 };
  const more = { sampler: 'sobol', budget: { trials: BUDGET }, parallelism: 4, attempts: 20, heartbeatMs: 5_000 };
  const started = await facade.post(`/v1/spaces/${SPACE}/studies`, { ...study, ...more });
  if (started.status !== 200) throw new Error(`the study was refused: ${JSON.stringify(started)}`);
  say(`a study of ${String(BUDGET)} trials began through the facade; a writer commits versions all the time`);
  const writer = startWriter(facade, SPACE);
  await crashEach(stack, containers);
  await cutAndHeal(stack, await stack.containers());
  await until(
    'the study finished',
    async () => ((await facade.get(`/v1/spaces/${SPACE}/studies/filter`))['state'] === 'finished' ? true : undefined),
    STUDY_MS,
  );
  const acknowledged = await writer.stop();
  // The store takes the last events within moments; until then an audit finds them missing.
  say(`study: ${await until('the study in the store', () => audit(facade, SPACE, 'filter', BUDGET), 60_000)}`);
  say(`set: ${await until('the commits in the store', () => auditVersions(facade, SPACE, acknowledged), 60_000)}`);
}

async function report(engine: string, failure: string | undefined): Promise<void> {
  const result = failure === undefined ? 'Passed: nothing was lost.' : `FAILED: ${failure}`;
  const where = `Docker Engine ${engine}, ${String(cpus().length)} cores (${cpus()[0]?.model ?? ''}), ${new Date().toISOString()}`;
  const images = process.env['MABEAM_COMPOSE_IMAGES'] ?? 'those that docker-compose.yml names';
  const text = [
    '# docker-compose.yml, run for real',
    '',
    `Written by \`npm run test:compose\`. ${result}`,
    '',
    `Measured on: ${where}. Images: ${images}.`,
    '',
    '```text',
    ...lines,
    '```',
    '',
  ];
  await writeFile(REPORT, text.join('\n'));
}

/** usage: npm run test:compose. Exit 0 when all held, 1 when something did not, 2 where no Docker engine answers. */
async function main(): Promise<number> {
  const engine = await engineVersion();
  if (engine === undefined) {
    process.stderr.write('no Docker engine answers: start one, or set DOCKER_HOST\n');
    return 2;
  }
  const [api = '', temporal = '', ui = ''] = (await freePorts(3)).map(String);
  const stack = project(`mabeam-test-${String(process.pid)}`, {
    MABEAM_PORT: api,
    TEMPORAL_PORT: temporal,
    TEMPORAL_UI_PORT: ui,
    MABEAM_EVALUATORS: '2',
  });
  let failure: string | undefined;
  try {
    // All roles are one image: built once, by whichever service comes first.
    await stack.compose('build', 'mabeam-store');
    say('built the image');
    await stack.compose('up', '--detach', '--wait', '--wait-timeout', '900');
    await job(stack, new Facade(`http://127.0.0.1:${api}`));
  } catch (error) {
    failure = error instanceof Error ? error.message.slice(0, 500) : String(error);
    process.stderr.write(`${failure}\n`);
    const logs = await stack.compose('logs', '--tail', '40').catch(() => 'no logs');
    process.stderr.write(logs);
  } finally {
    await stack.compose('down', '--volumes', '--timeout', '20');
    say('down');
  }
  await report(engine, failure);
  return failure === undefined ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
