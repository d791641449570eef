import { isPlatformError } from '../../../src/contracts/errors';
import type { ProcessEnd } from '../../../workers/parts/child-process';
import { ProcessTree, type SupervisedProcess } from '../../../workers/parts/process-tree';
import { ProcessFailure } from '../../../workers/parts/role';

const FLAGS = { strategy: 'one_for_one', intensity: 2, periodSeconds: 60 } as const;

/** A process without a process: what it is told to do is written down, and the test says what becomes of it. */
class Actor implements SupervisedProcess {
  readonly shutdownMs = 1_000;
  starts = 0;
  isWanted = true;
  getsReady = true;
  obeys = true;
  crash: (end: Partial<ProcessEnd>) => void = () => undefined;
  readonly id: string;
  readonly #told: string[];

  constructor(id: string, told: string[]) {
    this.id = id;
    this.#told = told;
  }

  start(): ReturnType<SupervisedProcess['start']> {
    if (!this.isWanted) return undefined;
    this.starts += 1;
    this.#told.push(`start ${this.id}`);
    const ended = new Promise<ProcessEnd>((resolve) => {
      this.crash = (end) => {
        resolve({ how: 'exit code 1', code: 1, lastWords: '', ...end });
      };
    });
    return {
      ready: this.getsReady ? Promise.resolve() : new Promise<void>(() => undefined),
      ended,
      stop: (limitMs) => {
        this.#told.push(`stop ${this.id} within ${String(limitMs)}`);
        if (this.obeys) this.crash({ how: 'exit code 0', code: 0 });
      },
      kill: () => {
        this.#told.push(`kill ${this.id}`);
        this.crash({ how: 'SIGKILL' });
      },
    };
  }
}

function stage(readyMs = 60_000) {
  const told: string[] = [];
  const lines: string[] = [];
  const [a, b, c] = [new Actor('a', told), new Actor('b', told), new Actor('c', told)];
  const say = (_fields: unknown, text?: string): void => {
    lines.push(text ?? '');
  };
  const begin = (): ProcessTree =>
    new ProcessTree([a, b, c], { flags: FLAGS, readyMs, log: { warn: say, info: say } as never });
  return { a, b, c, told, lines, begin };
}

/** Everything that waits for nothing but its turn has had it. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('processes are started in order and stopped in reverse, each with its time limit', async () => {
  const { told, begin } = stage();
  const tree = begin();
  await tree.begun;
  await tree.stop();
  expect(told).toEqual([
    ...['start a', 'start b', 'start c'],
    ...['stop c within 1000', 'stop b within 1000', 'stop a within 1000'],
  ]);
});

test('the next is started when the one before is ready, and one that is not needed is passed over', async () => {
  const { a, b, told, begin } = stage();
  a.getsReady = false;
  b.isWanted = false;
  const tree = begin();
  await settled();
  expect(told).toEqual(['start a']);
  a.crash({});
  await expect(tree.begun).rejects.toThrow(ProcessFailure);
  a.getsReady = true;
  told.length = 0;
  await begin().begun;
  expect(told).toEqual(['start a', 'start c']);
});

test('one that crashes is started again, alone, and one line says which, why and how many of how many', async () => {
  const { a, b, told, lines, begin } = stage();
  const tree = begin();
  await tree.begun;
  a.crash({ how: 'SIGKILL' });
  await settled();
  b.crash({ how: 'exit code 0', code: 0 });
  await settled();
  expect(told.slice(3)).toEqual(['start a', 'start b']);
  expect(lines).toEqual([
    'a ended with SIGKILL; started again, 1 of 2 in 60 s',
    'b ended with exit code 0; started again, 2 of 2 in 60 s',
  ]);
  await tree.stop();
});

test('what cannot be started for the first time ends all, with its exit code', async () => {
  const { b, told, begin } = stage();
  b.getsReady = false;
  const tree = begin();
  await settled();
  b.crash({ how: 'exit code 2', code: 2 });
  const message = 'b could not be started: it ended with exit code 2; its log above says why';
  await expect(tree.begun).rejects.toMatchObject({ message, exitCode: 2 });
  await tree.stop();
  expect(told).toEqual(['start a', 'start b', 'stop a within 1000']);
});

test('one restart more than allowed stops the others and says who crashed how often, its last words and what to do', async () => {
  const { a, b, told, begin } = stage();
  const tree = begin();
  await tree.begun;
  a.crash({});
  await settled();
  b.crash({});
  await settled();
  b.crash({ lastWords: 'Error: no' });
  const error: unknown = await tree.ended.catch((reason: unknown) => reason);
  expect(isPlatformError(error) && error).toMatchObject({
    code: 'supervisor-failed',
    details: { process: 'b', crashes: { a: 1, b: 2 }, intensity: 2, periodSeconds: 60, lastWords: 'Error: no' },
    message:
      'a ended 1 time, b ended 2 times within 60 s, and 2 restarts are allowed: mabeam dev gives up; ' +
      'b ended with exit code 1, its last words: Error: no; correct what its log above says, then start again: the state is kept',
  });
  expect(told.slice(-2)).toEqual(['stop c within 1000', 'stop a within 1000']);
});

test('one that is not ready in time is killed, and its restart fails until the budget is spent', async () => {
  const { c, told, lines, begin } = stage(20);
  const tree = begin();
  await tree.begun;
  c.getsReady = false;
  c.crash({});
  await expect(tree.ended).rejects.toThrow(
    /c could not be started: it ended with SIGKILL, for it was not ready within 0.02 s/,
  );
  expect(c.starts).toBe(3);
  expect(told.filter((each) => each === 'kill c')).toHaveLength(2);
  expect(lines.at(-1)).toMatch(/^c could not be started: .*; started again, 2 of 2 in 60 s$/);
});

test('a stop in the middle of a start waits for nobody to get ready', async () => {
  const { b, told, begin } = stage();
  b.getsReady = false;
  const tree = begin();
  await settled();
  await tree.stop();
  expect(told).toEqual(['start a', 'start b', 'stop b within 1000', 'stop a within 1000']);
});

test('a stop while a crashed one is about to be ready again ends it, too, and nothing is started after it', async () => {
  const { a, told, lines, begin } = stage();
  const tree = begin();
  await tree.begun;
  a.getsReady = false;
  a.crash({});
  await settled();
  await tree.stop();
  expect(told.slice(3)).toEqual(['start a', 'stop a within 1000', 'stop c within 1000', 'stop b within 1000']);
  expect(lines).toHaveLength(1);
});

test('a second signal kills whatever has not ended', async () => {
  const { a, told, begin } = stage();
  a.obeys = false;
  const tree = begin();
  await tree.begun;
  const stopping = tree.stop();
  await settled();
  tree.kill();
  await stopping;
  expect(told.at(-1)).toBe('kill a');
});
