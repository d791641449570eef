import { PlatformError, refuse } from '../../../src/contracts/errors';
import type { StudyDoor } from '../../../src/rest/route';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';

const path = '/v1/spaces/demo/studies/filter-1:export';
const logged: string[] = [];
let pieces: StudyDoor['export'];
let http: Http & { close(): void };
beforeAll(async () => {
  const deps = scriptedDeps(freshScript());
  http = await serve({
    ...deps,
    space: async (name) => {
      const door = await deps.space(name);
      const at = (study: string) => ({ ...door.studies.at(study), export: (how?: object) => pieces(how) });
      return { ...door, studies: { ...door.studies, at } };
    },
    log: { info: () => undefined, error: (_line, text) => void logged.push(text) },
  });
});
afterAll(() => http.close());

test('an export says what it is: JSON lines unless CSV is asked for', async () => {
  pieces = async function* (options) {
    yield `${options?.format ?? ''} 1\n`;
    yield '2\n';
  };
  const lines = await fetch(`${http.base}${path}`);
  expect([lines.status, lines.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  expect(await lines.text()).toBe('jsonl 1\n2\n');
  const csv = await fetch(`${http.base}${path}?format=csv`);
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(await csv.text()).toBe('csv 1\n2\n');
  expect((await http.get(`${path}?format=xml`)).body).toMatchObject({ code: 'invalid-request', status: 400 });
  expect((await http.get(`${path}?fromat=csv`)).body).toMatchObject({ code: 'unknown-field' });
});

test('a study without trials is an empty text', async () => {
  pieces = async function* () {
    // no trial, no piece
  };
  const empty = await fetch(`${http.base}${path}`);
  expect([empty.status, empty.headers.get('content-type'), await empty.text()]).toEqual([
    200,
    'application/x-ndjson',
    '',
  ]);
});

test('what fails before the first piece is a problem; what fails later breaks off, so that no part is taken for the whole', async () => {
  pieces = async function* () {
    throw new PlatformError(refuse('study-not-found', 'there is no filter-1'));
  };
  expect((await http.get(path)).body).toMatchObject({ code: 'study-not-found', status: 404 });
  pieces = async function* () {
    yield '1\n';
    throw new PlatformError(refuse('reads-unavailable', 'the store went away'));
  };
  await expect(fetch(`${http.base}${path}`).then((broken) => broken.text())).rejects.toThrow();
  expect(logged).toEqual(['an export broke off']);
});
