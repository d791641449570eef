import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPORAL_CLI } from '../../../tools/temporal/build';
import { cacheFolder } from '../../../tools/temporal/cache';
import { findTemporal } from '../../../tools/temporal/find';
import type { Progress } from '../../../tools/temporal/progress';

let folder = '';
let lines: string[] = [];
const progress: Progress = { say: (line) => void lines.push(line), during: () => () => undefined };
const before = { ...process.env };

async function program(at: string, version: string): Promise<void> {
  await mkdir(at, { recursive: true });
  await writeFile(
    join(at, 'temporal'),
    `#!/bin/sh\n${version === '' ? 'exit 3' : `echo temporal version ${version}`}\n`,
  );
  await chmod(join(at, 'temporal'), 0o755);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mabeam-find-'));
  lines = [];
  process.env['MABEAM_CACHE'] = join(folder, 'cache');
  process.env['PATH'] = join(folder, 'bin');
  process.env['TEMPORAL_CONFIG_FILE'] = join(folder, 'temporal.toml');
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1'; // no download out of a unit test
  await writeFile(join(folder, 'temporal.toml'), '[profile.default]\n');
  delete process.env['TEMPORAL_ADDRESS'];
});
afterEach(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true, force: true });
});

describe('finding a Temporal server', () => {
  test('the server of TEMPORAL_ADDRESS comes first, then that of the configuration file', async () => {
    await writeFile(join(folder, 'temporal.toml'), '[profile.default]\naddress = "elsewhere:7233"\n');
    await program(join(folder, 'bin'), '1.0.0');
    expect(await findTemporal(progress)).toEqual({ kind: 'server', address: 'elsewhere:7233', from: 'configuration' });
    process.env['TEMPORAL_ADDRESS'] = 'here:7233';
    expect(await findTemporal(progress)).toEqual({ kind: 'server', address: 'here:7233', from: 'TEMPORAL_ADDRESS' });
    expect(lines.at(-1)).toBe('Temporal: the server at here:7233, named by TEMPORAL_ADDRESS');
  });

  test('a program of the cache comes before one of the PATH, and one line says so', async () => {
    await program(join(folder, 'bin'), '1.0.0');
    expect(await findTemporal(progress)).toMatchObject({ kind: 'program', from: 'path', version: '1.0.0' });
    const cached = await cacheFolder(TEMPORAL_CLI.module, TEMPORAL_CLI.name);
    await program(cached, '1.8.2');
    expect(await findTemporal(progress)).toMatchObject({ kind: 'program', from: 'cache', version: '1.8.2' });
    expect(lines).toEqual([
      `Temporal: program 1.0.0, from the PATH (${join(folder, 'bin/temporal')})`,
      `Temporal: program 1.8.2, from the cache (${join(cached, 'temporal')})`,
    ]);
  });

  test('half a build, and a program that does not answer, do not count', async () => {
    const cached = await cacheFolder(TEMPORAL_CLI.module, TEMPORAL_CLI.name);
    await program(`${cached}.part-1-abc`, '1.8.2');
    await program(join(folder, 'bin'), '');
    await expect(findTemporal(progress)).rejects.toThrow('no temporal program');
  });

  test('when nothing works the error says what was tried and what to install', async () => {
    const failure = await findTemporal(progress).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(failure).toContain(`no temporal program in ${join(folder, 'cache')} or on the PATH`);
    expect(failure).toContain('the official download of the Temporal CLI failed');
    expect(failure).toContain('building the Temporal CLI failed: there is no go on the PATH');
    expect(failure).toContain('Install the Temporal CLI (https://docs.temporal.io/cli) or Go 1.26 or newer');
  });
});
