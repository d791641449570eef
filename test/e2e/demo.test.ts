import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '../..');
const folders: string[] = [];

interface Run {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has printed the text. */
  printed(text: string): Promise<void>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

function runDemo(...args: readonly string[]): Run {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'mabeam-demo-'));
  folders.push(dataDir);
  const main = path.join(root, 'tools/demo/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--data-dir', dataDir, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      for (const listen of listeners) listen();
    });
  }
  const ended = once(child, 'exit').then(([code]: unknown[]) => code as number | null);
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const listen = (): void => {
        if (output.includes(text)) resolve();
      };
      listeners.add(listen);
      listen();
      void ended.then(() => {
        reject(new Error(`the demo ended without printing ${JSON.stringify(text)}:\n${output}`));
      });
    });
  return { child, output: () => output, printed, ended };
}

/** The processes that the demo says it has started. */
function processesIn(output: string): readonly number[] {
  const lines = output.split('\n').filter((line) => /^ +(processes|another one is started)/.test(line));
  return lines.flatMap((line) => [...line.matchAll(/\d+/g)].map(([pid]) => Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('the demo tunes the filter over the death of a worker, and nothing is lost, repeated or left', async () => {
  const demo = runDemo('--trials', '12');
  const code = await demo.ended;
  const output = demo.output();
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toMatch(/kill -9 \d+: an evaluator is gone, and with it trials? \d+/);
  expect(output).toContain('lost 0, zombie 0, over budget 0, repeated after acceptance 0');
  expect(output).toMatch(/guard-false-positives +yes +\d+ of \d+ legitimate mails lost, before \d+/);
  expect(output).toMatch(/guard-false-positives +no +\d+ of \d+ legitimate mails lost, before \d+/);
  expect(output).toContain('$ mabeam why mail-filter threshold');
  expect(output).toContain('all is well');
  expect(processesIn(output)).toHaveLength(5);
  expect(processesIn(output).filter(isAlive)).toEqual([]);
}, 240_000);

test('Ctrl-C ends the demo with 130, and all of its processes', async () => {
  const demo = runDemo('--trials', '12');
  await demo.printed('The first 1,000 mails');
  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(130);
  expect(processesIn(demo.output())).toHaveLength(4);
  expect(processesIn(demo.output()).filter(isAlive)).toEqual([]);
}, 120_000);
