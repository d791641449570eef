import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildPrograms, type GoPrograms } from '../../../tools/temporal/build';
import { cacheFolder } from '../../../tools/temporal/cache';
import { progressOn, type Progress } from '../../../tools/temporal/progress';
import { serverArguments } from '../../../tools/temporal/start';

const hasGo = spawnSync('go', ['version']).status === 0;
const silent: Progress = { say: () => undefined, during: () => () => undefined };
let folder = '';
const before = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mabeam-build-'));
  process.env['MABEAM_CACHE'] = join(folder, 'cache');
});
afterEach(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true, force: true });
});

async function tinyModule(source: string): Promise<GoPrograms> {
  await writeFile(join(folder, 'go.mod'), 'module mabeam.invalid/tiny\n\ngo 1.21\n');
  await writeFile(join(folder, 'go.sum'), '');
  await writeFile(join(folder, 'main.go'), source);
  return { module: folder, name: 'tiny', programs: { tiny: 'mabeam.invalid/tiny' } };
}

/** A process id that is certainly free: of a process that has just ended. */
function goneProcess(): number {
  return spawnSync('true').pid;
}

(hasGo ? describe : describe.skip)('building with Go (needs Go)', () => {
  test('what a killed builder left is neither used nor in the way', async () => {
    const tiny = await tinyModule('package main\n\nfunc main() { println("whole") }\n');
    const target = await cacheFolder(tiny.module, tiny.name);
    const gone = String(goneProcess());
    const remains = `${target}.part-${gone}-abcdef`;
    await mkdir(remains, { recursive: true });
    await writeFile(join(remains, 'tiny'), 'half');
    await writeFile(`${target}.lock`, `${hostname()} ${gone}`);
    expect(await buildPrograms(tiny, silent)).toBe(target);
    expect(spawnSync(join(target, 'tiny')).stderr.toString()).toBe('whole\n');
    expect(await readdir(dirname(target))).toEqual([basename(target)]);
  });

  test('of several at once one builds, the others wait for it', async () => {
    const tiny = await tinyModule('package main\n\nfunc main() {}\n');
    const began: string[] = [];
    const heard: Progress = { say: (line) => void began.push(line), during: () => () => undefined };
    const folders = await Promise.all([1, 2, 3].map(() => buildPrograms(tiny, heard)));
    expect(new Set(folders).size).toBe(1);
    expect(began).toEqual(['building tiny from mabeam.invalid/tiny with Go: takes minutes, once']);
  });

  test('a build that fails leaves nothing and says what the compiler said', async () => {
    const tiny = await tinyModule('package main\n\nfunc main() { return 1 }\n');
    await expect(buildPrograms(tiny, silent)).rejects.toThrow('too many return values');
    expect(existsSync(await cacheFolder(tiny.module, tiny.name))).toBe(false);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });
});

describe('progress', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    { isTTY: false, expected: 'count 1\ncount 2\n' },
    { isTTY: true, expected: Array.from({ length: 30 }, (_each, at) => `\r\u001B[2Kcount ${String(at + 1)}`).join('') },
  ])('writes plain lines, or one line over and over on a terminal (terminal: $isTTY)', ({ isTTY, expected }) => {
    let text = '';
    let count = 0;
    const stream = { isTTY, write: (more: string) => (text += more) };
    const end = progressOn(stream).during(() => `count ${String((count += 1))}`);
    jest.advanceTimersByTime(30_000);
    expect(text).toBe(expected);
    end();
    jest.advanceTimersByTime(30_000);
    expect(text).toBe(isTTY ? `${expected}\r\u001B[2K` : expected);
  });
});

test('a server that mabeam starts has the settings without which each hop waits 50 ms', () => {
  const text = serverArguments({ port: 7_233, dbFilename: '/data/temporal.db' }).join(' ');
  for (const setting of [
    '--dynamic-config-value history.transferProcessorMaxPollRPS=2000',
    '--dynamic-config-value history.timerProcessorMaxPollRPS=2000',
    '--dynamic-config-value history.visibilityProcessorMaxPollRPS=500',
    '--dynamic-config-value history.maximumBufferedEventsBatch=2000',
    '--dynamic-config-value history.MaxBufferedQueryCount=100',
    '--sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=NORMAL',
    '--search-attribute MabeamSpace=Keyword',
    '--search-attribute MabeamOwner=Keyword',
    '--ip 127.0.0.1 --port 7233',
    '--ui-ip 127.0.0.1 --ui-port 8233',
  ])
    expect(text).toContain(setting);
  expect(serverArguments({ port: 7_233 }).join(' ')).not.toContain('pragma');
});
