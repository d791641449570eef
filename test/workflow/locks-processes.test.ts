import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { startCoordination, type CoordinationHarness } from '../support/coordination/harness';

const HOLDER = join(__dirname, '../support/coordination/holder-process.ts');
const TTL_MS = 1_500;

let harness: CoordinationHarness;
const children: ChildProcess[] = [];
beforeAll(async () => {
  harness = await startCoordination('lock-processes');
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await harness.close();
});

/** A process that holds a lock, and what it says next. */
async function holder(lock: string): Promise<{ child: ChildProcess; token: number; next: () => Promise<string> }> {
  const args = ['--import', 'tsx', HOLDER, harness.temporal.space, lock, String(TTL_MS)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines: Interface = createInterface({ input: child.stdout });
  const next = async (): Promise<string> => String((await once(lines, 'line'))[0]);
  const [, token] = (await next()).split(' ');
  return { child, token: Number(token), next };
}

test('SES-4 SES-5 LCK-1 a process that was frozen refuses to act before its next call; one that was killed holds nothing after its time', async () => {
  const [frozen, killed] = await Promise.all([holder('frozen'), holder('killed')]);
  const waiting = [harness.locks.at('frozen').acquire(), harness.locks.at('killed').acquire()];
  // given that they may act
  const said = frozen.next();
  frozen.child.stdin?.write('may you\n');
  expect(await said).toBe('acts');
  // when one is frozen and the other killed, until others have their locks
  frozen.child.kill('SIGSTOP');
  killed.child.kill('SIGKILL');
  const [first, second] = await Promise.all(waiting);
  expect(first?.token).toBeGreaterThan(frozen.token);
  expect(second?.token).toBeGreaterThan(killed.token);
  // then it knows by itself, before the server could tell it
  const thawed = frozen.next();
  frozen.child.stdin?.write('may you\n');
  frozen.child.kill('SIGCONT');
  expect(await thawed).toBe('session-in-doubt');
  await Promise.all([first?.release(), second?.release()]);
});
