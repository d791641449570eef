import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as agent from '../../src/contracts/agent';
import * as causality from '../../src/contracts/causality';
import * as configuration from '../../src/contracts/configuration';
import * as ballot from '../../src/contracts/coordination/ballot';
import * as barrier from '../../src/contracts/coordination/barrier';
import * as counter from '../../src/contracts/coordination/counter';
import * as topic from '../../src/contracts/coordination/topic';
import * as election from '../../src/contracts/coordination/election';
import * as reader from '../../src/contracts/coordination/reader';
import * as sharedValue from '../../src/contracts/coordination/value';
import * as entity from '../../src/contracts/entity';
import * as groups from '../../src/contracts/groups';
import * as attributes from '../../src/contracts/optimisation/attributes';
import * as asking from '../../src/contracts/optimisation/asking';
import * as budget from '../../src/contracts/optimisation/budget';
import * as interleaving from '../../src/contracts/optimisation/interleaving';
import * as lineage from '../../src/contracts/optimisation/lineage';
import * as pruning from '../../src/contracts/optimisation/pruning';
import * as study from '../../src/contracts/optimisation/study';
import * as tries from '../../src/contracts/optimisation/tries';
import * as workerBreaker from '../../src/contracts/optimisation/worker-breaker';
import * as team from '../../src/contracts/optimisation/team';
import * as warmStart from '../../src/contracts/optimisation/warm-start';
import * as resilience from '../../src/contracts/resilience';
import * as subscription from '../../src/contracts/subscription';
import * as supervisor from '../../src/contracts/supervisor';
import * as variable from '../../src/contracts/variable';
import * as set from '../../src/contracts/variable-set';
import { MAX_BODY_BYTES } from '../../src/rest/app';
import { ANSWERS_KEPT, ANSWERS_KEPT_MS } from '../../src/rest/idempotency';
import { ROOT } from '../support/docs/pages';

const exported: Readonly<Record<string, unknown>> = {
  ...agent,
  ...ballot,
  ...barrier,
  ...counter,
  ...election,
  ...reader,
  ...sharedValue,
  ...topic,
  ...causality,
  ...entity,
  ...groups,
  ...attributes,
  ...asking,
  ...study,
  ...tries,
  ...team,
  ...warmStart,
  ...workerBreaker,
  ...budget,
  ...interleaving,
  ...lineage,
  ...pruning,
  ...configuration,
  ...resilience,
  ...subscription,
  ...supervisor,
  ...variable,
  ...set,
};
const page = readFileSync(join(ROOT, 'docs/reference/limits.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\w+)` +\| ([\d,]+)/gm)].map(([, name = '', text = '']): [string, number] => [
  name,
  Number(text.replaceAll(',', '')),
]);

test.each(rows)('the page says what %s is', (name, value) => {
  expect([name, exported[name]]).toEqual([name, value]);
});

test('no limit of the contracts is missing on the page', () => {
  const limits = Object.entries(exported).filter(
    ([name, value]) => /^(MAX|KEPT)_|_(MAX|BYTES)$/.test(name) && Number.isInteger(value),
  );
  const told = new Set(rows.map(([name]) => name));
  expect(limits.map(([name]) => name).filter((name) => !told.has(name) && name !== 'ASK_MAX_MS')).toEqual([]);
  expect(page.replace(/\s+/g, ' ')).toContain(`at most ${MAX_BODY_BYTES.toLocaleString('en')} bytes`);
});

test('the limits of an entity are those on the page of agents', () => {
  const agents = readFileSync(join(ROOT, 'docs/reference/agents.md'), 'utf8');
  const { renewAfterEvents, mailboxMessages, messageBytes, stateBytes, messagesPerMinute } = entity.DEFAULT_LIMITS;
  const kb = (bytes: number): string => `${String(bytes / 1024)} KB`;
  const shown = {
    mailboxMessages: mailboxMessages.toLocaleString('en'),
    messageBytes: kb(messageBytes),
    stateBytes: kb(stateBytes),
    messagesPerMinute: messagesPerMinute.toLocaleString('en'),
    effectsInFlight: String(agent.DEFAULT_AGENT_LIMITS.effectsInFlight),
    renewAfterEvents: renewAfterEvents.toLocaleString('en'),
  };
  for (const [name, text] of Object.entries(shown)) expect(agents).toMatch(new RegExp(`\`${name}\` +\\| ${text} `));
});

test('IDM-3 the page of REST says for how long, and how many, answers are kept', () => {
  const rest = readFileSync(join(ROOT, 'docs/reference/rest.md'), 'utf8').replace(/\s+/g, ' ').slice(0, 2_000);
  const [requests, answers] = [entity.REMEMBERED_REQUESTS, ANSWERS_KEPT].map((count) => count.toLocaleString('en'));
  expect(rest).toContain(`keeps the answers of its newest ${String(requests)} requests`);
  expect(rest).toContain(`its newest ${String(answers)} answers for ${String(ANSWERS_KEPT_MS / 3_600_000)} hours`);
});

test('docs/reference/environment.md names every setting with its flag', () => {
  const config = readFileSync(join(ROOT, 'src/config.ts'), 'utf8');
  const settings = [...config.matchAll(/setting\(\s*'([A-Z_]+)',\s*'([^']+)'/g)].map(([, env, flag]) => [env, flag]);
  const environment = readFileSync(join(ROOT, 'docs/reference/environment.md'), 'utf8');
  const told = [...environment.matchAll(/^\| `([A-Z_]+)` +\| (?:`([^`]+)`|(files))/gm)].map(([, env, flag, files]) => [
    env,
    files === undefined ? flag : 'FILES',
  ]);
  expect(settings.length).toBeGreaterThan(10);
  expect(told.sort()).toEqual(settings.sort());
});
