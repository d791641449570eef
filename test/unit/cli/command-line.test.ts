import type { Command } from 'commander';
import { buildProgram, run } from '../../../src/cli/main';
import type { Space } from '../../../src/client/index';
import { ERRORS, PlatformError, refuse, type ErrorCode } from '../../../src/contracts/errors';

const deps = (answer: () => unknown, more: { isTty?: boolean; isColoured?: boolean } = {}) => {
  const got = { out: '', err: '' };
  const agent = { ask: () => answer(), tell: () => answer(), status: () => answer(), with: () => agent };
  const set = {
    read: () => Promise.resolve({ version: 7, values: { threshold: 0.9 }, since: 't' }),
    propose: () => ({ verdict: Promise.resolve(answer()), decided: () => Promise.resolve(answer()) }),
  };
  const list = () => Promise.resolve({ items: [{ name: 'tally', status: 'running' }], position: 3 });
  const space = {
    agents: { at: () => agent, list },
    variables: { at: () => set },
    close: () => Promise.resolve(),
  } as unknown as Space;
  return {
    got,
    connect: () => Promise.resolve(space),
    server: () => Promise.reject(new PlatformError(refuse('temporal-unavailable', 'nobody answers'))),
    dataDir: () => '.mabeam',
    now: () => 0,
    out: (text: string) => void (got.out += text),
    err: (text: string) => void (got.err += text),
    isTty: false,
    ...more,
  };
};
const fail =
  (code: ErrorCode, details = {}) =>
  (): never => {
    throw new PlatformError(refuse(code, 'expected this; got that', { details }));
  };
const ended = async (line: string, answer: () => unknown, more = {}) => {
  const made = deps(answer, more);
  return { code: await run(line.split(' '), made), ...made.got };
};

function commandsOf(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((each) => commandsOf(each, [...path, each.name()]))];
}
const all = commandsOf(buildProgram({ ...deps(() => undefined), exit: () => undefined }));

/** What each page says is held by docs/reference/cli.md; here, that it can be had, and where it goes. */
test.each(all.map((path) => [['mabeam', ...path].join(' '), path] as const))(
  '%s --help is data, and ends well',
  async (name, path) => {
    const { code, out, err } = await ended([...path, '--help'].join(' '), () => undefined);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: ${name}`);
    if (path.length > 0) expect(out).toContain('--output <format>');
  },
);

describe('each exit code', () => {
  test.each<[number, string, () => unknown]>([
    [0, 'agent ask tally drain', () => Promise.resolve(3)],
    [1, 'agent ask tally drain', fail('internal')],
    [1, 'agent ask tally drain', fail('mailbox-full')],
    [2, 'agent ask tally drain', fail('invalid-message')],
    [3, 'agent ask tally drain', fail('agent-not-found')],
    [5, 'agent start', () => Promise.resolve()],
    [6, 'agent ask tally drain', fail('timeout')],
  ])('%i', async (exit, line, answer) => {
    if (exit === 5) {
      const refused = { kind: 'refused', reasons: [refuse('stale-base', 'is at 7, not 6')], currentVersion: 7 };
      expect(await ended('propose mail threshold=0.93', () => refused)).toMatchObject({
        code: 5,
        err: 'refused: stale-base (exit 5)\n  is at 7, not 6\n',
      });
      return;
    }
    expect((await ended(line, answer)).code).toBe(exit);
  });

  test.each([
    'nonsense',
    'agent ask',
    'agent ask a b c d',
    'agent list --nope',
    '-o xml agent list',
    'propose mail threshold',
    'agent replay tally first',
    'events --after yesterday',
    'vote mail@1 ann a,,b',
  ])('2 for wrong usage: %s', async (line) => {
    const { code, out, err } = await ended(line, () => undefined);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/error: /);
  });

  test('every code of the table has one of them', () => {
    expect(new Set(Object.values(ERRORS).map(({ exitCode }) => exitCode))).toEqual(new Set([1, 2, 3, 5, 6]));
  });
});

test('a refusal reads as in the sketch: the code, the exit code, what was expected and what came', async () => {
  const refused = {
    kind: 'refused',
    reasons: [refuse('value-out-of-range', 'threshold must lie in [0.5, 0.999]; got 1.2')],
  };
  expect(await ended('propose mail-filter threshold=1.2', () => refused)).toEqual({
    code: 2,
    out: '',
    err: 'refused: value-out-of-range (exit 2)\n  threshold must lie in [0.5, 0.999]; got 1.2\n',
  });
});

test('what may have been done prints how to repeat it: the key, and the base that was looked up', async () => {
  const { err } = await ended('--idempotency-key k1 propose mail threshold=0.93', fail('timeout'));
  expect(err).toContain('  repeat it safely with --idempotency-key k1 --based-on 7\n');
  expect((await ended('--idempotency-key k1 propose mail threshold=0.93 --based-on 6', fail('timeout'))).err).toMatch(
    /with --idempotency-key k1\n/,
  );
  expect((await ended('agent tell tally add 1', fail('timeout'))).err).toMatch(/--idempotency-key [0-9a-f-]{36}\n/);
  expect((await ended('agent tell tally add 1', fail('agent-not-found'))).err).not.toContain('repeat');
  expect((await ended('agent show tally', fail('timeout'))).err).not.toContain('repeat');
});

test('a table on a terminal, tabs in a pipe, the page as it is for json, a line for each item for jsonl', async () => {
  const line = 'agent list';
  expect((await ended(line, () => undefined)).out).toBe('tally\trunning\t\t\t\t\n');
  expect((await ended(line, () => undefined, { isTty: true })).out).toMatch(/^NAME {3}STATUS .*\ntally {2}running\n$/);
  expect(JSON.parse((await ended(`${line} -o json`, () => undefined)).out)).toEqual({
    items: [{ name: 'tally', status: 'running' }],
    position: 3,
  });
  expect((await ended(`${line} -o jsonl`, () => undefined)).out).toBe('{"name":"tally","status":"running"}\n');
  expect((await ended(`${line} -o table`, () => undefined)).out).toMatch(/^NAME/);
});

test('headings and refusals are set off in colour only where that is wanted', async () => {
  const colour = { isTty: true, isColoured: true };
  expect((await ended('agent list', () => undefined, colour)).out).toMatch(/^\u001b\[1mNAME.*\u001b\[0m\ntally/);
  expect((await ended('agent ask tally drain', fail('timeout'), colour)).err).toMatch(
    /^\u001b\[31mrefused\u001b\[0m: timeout/,
  );
  expect((await ended('agent list', () => undefined, { isTty: true })).out).not.toContain('\u001b');
});
