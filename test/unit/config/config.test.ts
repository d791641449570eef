import { resolve } from 'node:path';
import { parseFlags, readConfig } from '../../../src/config';
import { isPlatformError } from '../../../src/contracts/errors';

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (isPlatformError(error)) return error.details['problems'] as readonly string[];
    throw error;
  }
  return [];
}

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toEqual({
    space: 'default',
    queuePrefix: '',
    definitions: [],
    activities: [],
    temporalPort: 7233,
    dataDir: resolve('.mabeam'),
    host: '127.0.0.1',
    port: 7411,
    url: 'http://127.0.0.1:7411',
    logLevel: 'info',
    registry: 'temporal',
  });
});

test('a flag counts more than the environment, the environment more than the default', () => {
  const env = { MABEAM_PORT: '7500', MABEAM_SPACE: 'prod' };
  expect(readConfig(env)).toMatchObject({ port: 7500, space: 'prod' });
  expect(readConfig(env, { port: '7600' })).toMatchObject({ port: 7600, space: 'prod' });
});

test('an empty text is as good as none', () => {
  expect(readConfig({ MABEAM_PORT: '', MABEAM_QUEUE_PREFIX: '' })).toMatchObject({ port: 7411, queuePrefix: '' });
});

test('files are named from the working directory, separated by commas', () => {
  const { definitions } = readConfig({ MABEAM_DEFINITIONS: './a.ts, /b/c.ts,' });
  expect(definitions).toEqual([resolve('a.ts'), '/b/c.ts']);
});

test.each([
  ['MABEAM_PORT', 'eighty', 'MABEAM_PORT: expected a port from 0 to 65535; got "eighty"'],
  ['MABEAM_PORT', '65536', 'MABEAM_PORT: expected a port from 0 to 65535; got "65536"'],
  ['MABEAM_SPACE', 'A b', 'MABEAM_SPACE: expected a space: '],
  ['MABEAM_QUEUE', 'G P U', 'MABEAM_QUEUE: expected a queue: 1 to 100 of a-z'],
  ['MABEAM_LOG_LEVEL', 'loud', 'MABEAM_LOG_LEVEL: expected one of trace, debug, info, warn, error, silent; got "loud"'],
  ['MABEAM_REGISTRY', 'etcd', 'MABEAM_REGISTRY: expected '],
  ['MABEAM_URL', 'localhost', 'MABEAM_URL: expected http://host:port; got "localhost"'],
  ['TEMPORAL_ADDRESS', 'http://localhost:7233', 'TEMPORAL_ADDRESS: expected host:port; got "http://localhost:7233"'],
  ['MABEAM_CACHED_WORKFLOWS', '0', 'MABEAM_CACHED_WORKFLOWS: expected a whole number from 1 to 100000; got "0"'],
])('%s=%s is refused: it says what was expected and what came', (name, text, says) => {
  const [problem = '', ...more] = problemsOf(() => readConfig({ [name]: text }));
  expect(more).toEqual([]);
  expect(problem.startsWith(says)).toBe(true);
});

test('all problems are told at once', () => {
  expect(problemsOf(() => readConfig({ MABEAM_PORT: 'x', MABEAM_URL: 'y' }))).toHaveLength(2);
});

test('a wrong flag is named as it was typed', () => {
  expect(problemsOf(() => readConfig({}, { port: 'x' }))).toEqual(['--port: expected a port from 0 to 65535; got "x"']);
});

test('a database URL is never shown, even when it is malformed: it may hold a password', () => {
  const [problem = ''] = problemsOf(() => readConfig({ MABEAM_DATABASE_URL: 'mysql://me:hunter2@host/db' }));
  expect(problem).toContain('MABEAM_DATABASE_URL: expected postgres://');
  expect(problem).not.toContain('hunter2');
});

test('a deployment version needs both its parts', () => {
  expect(problemsOf(() => readConfig({ TEMPORAL_DEPLOYMENT_NAME: 'agents' }))).toEqual([
    'TEMPORAL_DEPLOYMENT_NAME is set: expected TEMPORAL_WORKER_BUILD_ID, too; got none',
  ]);
  const both = { TEMPORAL_DEPLOYMENT_NAME: 'agents', TEMPORAL_WORKER_BUILD_ID: 'v1' };
  expect(readConfig(both)).toMatchObject({ deploymentName: 'agents', buildId: 'v1' });
});

test('arguments without a flag are definition files', () => {
  const flags = parseFlags(['--port', '7500', 'a.ts', './b.ts']);
  expect(readConfig({}, flags)).toMatchObject({ port: 7500, definitions: [resolve('a.ts'), resolve('b.ts')] });
});

test('an unknown flag is refused', () => {
  expect(() => parseFlags(['--prot', '1'])).toThrow(/--prot/);
});
