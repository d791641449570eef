import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { StudyOptions } from '../../../src/client/optimisation';
import { MAX_IMPORT_BYTES } from '../../../src/contracts/optimisation/warm-start';
import { readOptunaSqliteBytes } from '../../../src/store/optuna-sqlite';
import { journalLines, recordedFile } from '../../support/optuna/recorded';
import { misfits } from '../../support/rest/document';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';

const studies = '/v1/spaces/demo/studies';
const started: (readonly [name: string, request: StudyOptions])[] = [];
let http: Http & { close(): void };
beforeAll(async () => {
  const deps = scriptedDeps(freshScript());
  http = await serve({
    ...deps,
    readOptunaSqlite: readOptunaSqliteBytes,
    space: async (name) => {
      const door = await deps.space(name);
      const start = (study: string, request: StudyOptions) => {
        started.push([study, request]);
        return Promise.resolve({ view: () => Promise.resolve({ state: 'running' } as never) });
      };
      return { ...door, studies: { ...door.studies, start } };
    },
  });
});
afterAll(() => http.close());
beforeEach(() => started.splice(0));

const FILE = { 'Content-Type': 'application/octet-stream' };

async function sent(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(`${http.base}${studies}${path}`, {
    method: 'POST',
    body,
    headers: { ...FILE, ...headers },
  });
  const { status } = response;
  return { status, replayed: response.headers.get('Idempotency-Replayed'), body: (await response.json()) as object };
}

const bytes = (name: 'journal.log' | 'studies.db'): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(recordedFile(name)));
const key = (): Record<string, string> => ({ 'Idempotency-Key': crypto.randomUUID() });

test.each(['journal.log', 'studies.db'] as const)('what %s has is told, and nothing is changed', async (name) => {
  const { status, body } = await sent(':readImport?study=two&measure=speed,price', bytes(name));
  expect([status, misfits('ImportedStudy', body)]).toEqual([200, []]);
  const objectives = [{ measure: 'speed' }, { measure: 'price', direction: 'maximise' }];
  expect(body).toMatchObject({ study: 'two', objectives, trials: [{ number: 1 }, { number: 2 }, { number: 3 }] });
  const without = await sent(':readImport?study=layers', bytes(name));
  expect([without.status, misfits('ImportedStudy', without.body)]).toEqual([200, []]);
  expect(without.body).toMatchObject({ space: { code: 'invalid-import' } });
  expect(started).toEqual([]);
});

test('a study begins with what a file has, once for each key, another file under it is refused', async () => {
  const path = ':import?study=plain&name=goes-on&measure=loss&evaluator=square&trials=8';
  const headers = key();
  const first = await sent(path, bytes('studies.db'), headers);
  const again = await sent(path, bytes('studies.db'), headers);
  expect([first.status, first.body, again.body, again.replayed]).toEqual([
    200,
    { name: 'goes-on', state: 'running' },
    first.body,
    'true',
  ]);
  expect(started).toHaveLength(1);
  expect(started[0]).toMatchObject([
    'goes-on',
    { evaluator: 'square', minimise: 'loss', budget: { trials: 8 }, warmStart: { from: 'study plain of Optuna' } },
  ]);
  expect(started[0]?.[1].warmStart?.trials).toHaveLength(30);
  const other = await sent(path, bytes('journal.log'), headers);
  const asked = await sent(path.replace('trials=8', 'trials=9'), bytes('studies.db'), headers);
  expect([other.body, asked.body]).toMatchObject([
    { code: 'idempotency-key-reused' },
    { code: 'idempotency-key-reused' },
  ]);
});

test.each<[string, string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
  [
    'several studies',
    ':readImport',
    bytes('studies.db'),
    {},
    400,
    'has mixed, layers, two, none, plain, empty: choose',
  ],
  ['no such study', ':readImport?study=nope', bytes('journal.log'), {}, 404, 'the file has no study nope'],
  ['no file', ':readImport', '', {}, 422, 'the file is empty'],
  ['something else', ':readImport', 'a,b\n1,2\n', {}, 422, 'line 1: expected a line of an Optuna journal'],
  ['a torn SQLite file', ':readImport', bytes('studies.db').slice(0, 20_000), {}, 422, 'the file: expected an SQLite'],
  ['JSON', ':readImport', '{}', { 'Content-Type': 'application/json' }, 415, 'expected a file'],
  ['no key', ':import?study=plain&name=x', bytes('studies.db'), {}, 400, 'Idempotency-Key'],
  ['an unknown parameter', ':readImport?studdy=plain', bytes('studies.db'), {}, 400, 'studdy'],
  ['a space that is none here', ':import?study=layers&name=x', bytes('studies.db'), key(), 422, 'is missing in some'],
  [
    'one name for two',
    ':import?study=two&measure=a&name=x',
    bytes('studies.db'),
    key(),
    422,
    'got 1 names of measures',
  ],
  ['too large', ':readImport', new Uint8Array(MAX_IMPORT_BYTES + 1), {}, 413, 'at most 16000000 bytes'],
])('%s is a problem', async (_what, path, file, headers, status, text) => {
  const { body, status: got } = await sent(path, file, headers);
  expect([got, body]).toMatchObject([status, { status, detail: expect.stringContaining(text) as string }]);
  expect(started).toEqual([]);
});

test('a fifth file at once is told to ask again; nothing of a file stays on the disk', async () => {
  const slow = await Promise.all(
    Array.from({ length: 4 }, async () => {
      let release: () => void = () => undefined;
      let reached: () => void = () => undefined;
      const isOpen = new Promise<void>((open) => (reached = open));
      const lines = new ReadableStream({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode(`${journalLines()[0] ?? ''}\n`));
          release = () => controller.close();
        },
        pull: () => reached(),
      });
      const answer = fetch(`${http.base}${studies}:readImport`, {
        method: 'POST',
        body: lines,
        headers: FILE,
        duplex: 'half',
      });
      await isOpen;
      return { release, answer };
    }),
  );
  let fifth = await sent(':readImport?study=two', bytes('studies.db'));
  // the four are on their way
  for (const deadline = Date.now() + 10_000; fifth.status === 200 && Date.now() < deadline;)
    fifth = await sent(':readImport?study=two', bytes('studies.db'));
  expect(fifth).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
  for (const { release, answer } of slow) {
    release();
    // the journal has a study without trials
    expect((await answer).status).toBe(422);
  }
  expect((await sent(':readImport?study=two', bytes('studies.db'))).status).toBe(200);
  expect((await readdir(tmpdir())).filter((each) => each.startsWith('mabeam-import-'))).toEqual([]);
});
