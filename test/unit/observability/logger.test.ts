import { createLogger, temporalLogger } from '../../../src/observability/logger';
import { REDACTED } from '../../../src/observability/redaction';

function logTo(isPretty = false, level = 'trace') {
  const lines: string[] = [];
  const log = createLogger({ name: 'test', level, isPretty, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, events: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('one event is one line of JSON with level, time and role', () => {
  const { log, lines, events } = logTo();
  log.info({ queue: 'mabeam' }, 'polls\nmabeam');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(events()[0]).toMatchObject({ level: 'info', name: 'mabeam-test', queue: 'mabeam', msg: 'polls\nmabeam' });
  expect(new Date(String(events()[0]?.['time'])).getTime()).toBeGreaterThan(0);
});

test('on a terminal lines are for people', () => {
  const { log, lines } = logTo(true);
  log.warn({ queue: 'mabeam' }, 'slow');
  expect(lines.join('')).toContain('slow');
  expect(lines.join('')).toContain('WARN');
  expect(() => void JSON.parse(lines.join(''))).toThrow();
});

test('below its level nothing is written', () => {
  const { log, lines } = logTo(false, 'warn');
  log.info('quiet');
  expect(lines).toEqual([]);
});

const SECRET = 'hunter2-very-secret';
test.each<[string, object]>([
  ['password', { password: SECRET }],
  ['a header of a request', { request: { headers: { Authorization: `Bearer ${SECRET}` } } }],
  ['deep inside', { a: { b: { c: { d: { apiKey: SECRET } } } } }],
  ['inside a list', { list: [{ token: SECRET }] }],
  ['an object under a secret name', { credentials: { user: 'me', key: SECRET } }],
  ['a database URL', { url: `postgres://mabeam:${SECRET}@db:5432/mabeam` }],
  ['a database URL with an odd password', { url: `postgres://mabeam:${SECRET}@x@db/mabeam` }],
  ['an error', { error: new Error(`connect postgres://u:${SECRET}@h/d failed`) }],
  ['the cause of an error', { error: new Error('outer', { cause: new Error(`password=${SECRET}`) }) }],
  ['a field of an error', { error: Object.assign(new Error('no'), { config: { password: SECRET } }) }],
  ['a bearer token in a text', { text: `sent Authorization: Bearer ${SECRET}` }],
])('a secret is not logged: %s', (_where, line) => {
  const { log, lines } = logTo();
  log.info(line, 'happened');
  expect(lines.join('')).not.toContain(SECRET);
  expect(lines.join('')).toContain(REDACTED);
});

test('a secret in the message itself, or in the fields of a child, is not logged', () => {
  const { log, lines } = logTo();
  log.error(`cannot reach postgres://mabeam:${SECRET}@db/mabeam`);
  log.child({ from: `postgres://mabeam:${SECRET}@db/mabeam` }).info('x');
  expect(lines.join('')).not.toContain(SECRET);
  expect(lines.join('')).toContain('postgres://mabeam:');
});

test('what is no secret stays as it is', () => {
  const { log, events } = logTo();
  log.info({ url: 'http://127.0.0.1:7411/v1', count: 3, ok: true, none: null, fencingToken: 12 }, 'plain');
  expect(events()[0]).toMatchObject({
    url: 'http://127.0.0.1:7411/v1',
    count: 3,
    ok: true,
    none: null,
    fencingToken: 12,
  });
});

test('what contains itself, and what is very long, is logged all the same', () => {
  const { log, events } = logTo();
  const loop: Record<string, unknown> = { name: 'loop' };
  loop['self'] = loop;
  log.info({ loop, list: Array.from({ length: 1_000 }, (_none, at) => at) }, 'odd');
  expect(events()).toHaveLength(1);
});

test('lines of the Temporal SDK come out in the same form, with their ids', () => {
  const { log, events } = logTo();
  const temporal = temporalLogger(log);
  const ids = { workflowId: 'a:agent:b', messageId: 'm1', correlationId: 'c1' };
  temporal.info('counted', { sdkComponent: 'workflow', namespace: 'default', ...ids });
  temporal.warn('core is slow', { sdkComponent: 'core' });
  temporal.error('failed', { sdkComponent: 'activity', error: new Error('boom'), password: SECRET });
  expect(events()).toMatchObject([
    { level: 'info', component: 'workflow', msg: 'counted', ...ids },
    { level: 'warn', component: 'core', msg: 'core is slow' },
    { level: 'error', component: 'activity', error: { message: 'boom' }, password: REDACTED },
  ]);
});

test('what each worker of the SDK says at every start and stop is for those who debug', () => {
  const { log, events } = logTo();
  temporalLogger(log).info('Worker state changed', { sdkComponent: 'worker', state: 'RUNNING' });
  temporalLogger(log).warn('No workflows registered, not polling for workflow tasks', { sdkComponent: 'worker' });
  expect(events().map(({ level }) => level)).toEqual(['debug', 'debug']);
});
