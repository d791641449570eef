import { run } from '../../../src/cli/main';
import { childWhyText, supervisorText, treeLines } from '../../../src/cli/supervision-text';
import type { Space } from '../../../src/client/index';
import type { SupervisionTree, TreeNode } from '../../../src/client/supervision-tree';
import { PlatformError, refuse, type ErrorCode } from '../../../src/contracts/errors';
import { DEFAULT_FLAGS } from '../../../src/contracts/supervisor';

const at = Date.parse('2026-11-25T12:00:00.123Z');
const leaf = (name: string, more: Partial<TreeNode> = {}): TreeNode => ({
  name,
  kind: 'agent',
  workflowId: `demo:agent:${name}`,
  state: 'running',
  restart: 'permanent',
  mailbox: 0,
  ...more,
});
const top = (children: readonly TreeNode[], more: Partial<TreeNode> = {}): TreeNode => ({
  name: 'shop',
  kind: 'supervisor',
  workflowId: 'demo:supervisor:shop',
  state: 'running',
  strategy: 'rest_for_one',
  restarts: 1,
  intensity: 3,
  periodSeconds: 10,
  children,
  ...more,
});
const tree = (...roots: readonly TreeNode[]): SupervisionTree => ({
  roots,
  shown: roots.length,
  hidden: 0,
  answered: 0,
});

test('the tree has one line for each node: strategy or restart type, state, restarts or mailbox, last failure', () => {
  const failure = { at, generation: 2, text: `agent-failed: \u001b[2J\r\nboom ${'x'.repeat(200)}` };
  const inner = top([leaf('deep', { state: 'restarting', queue: 'gpu' })], { name: 'inner', state: 'starting' });
  const lost = leaf('far', { kind: 'supervisor', state: 'unknown', problem: 'no-worker' });
  const parked = leaf('b', { state: 'quarantined', lastFailure: failure });
  const lines = treeLines(
    tree(top([leaf('a', { mailbox: 12 }), inner, parked, lost], { hidden: { running: 4, none: 1 } })),
    at + 1_000,
  );
  expect(lines.map((line) => line.replace(/x+…"$/, 'x…"'))).toEqual([
    'shop        rest_for_one  running      1 of 3 in 10 s',
    '├─ a        permanent     running      mailbox 12',
    '├─ inner    rest_for_one  starting     1 of 3 in 10 s',
    '│  └─ deep  permanent     restarting   mailbox 0, queue gpu',
    '├─ b        permanent     quarantined  mailbox 0             failed 12:00:00Z "agent-failed:  [2J boom x…"',
    '├─ far      permanent     unknown      mailbox 0             no-worker',
    '└─ … 5 more: 4 running, 1 not running',
  ]);
  expect(treeLines(tree(parked), at + 86_400_000)[0]).toMatch(
    /^b {2}permanent {2}quarantined {2}mailbox 0 {2}failed 2026-11-25 "/,
  );
  expect(treeLines(tree(), at)).toEqual(['no supervisor runs in this space']);
});

test('a supervisor shows its budget, its children and its last five decisions; why shows them all', () => {
  const child = {
    id: 'web',
    workflowId: 'demo:agent:web',
    start: { kind: 'agent', type: 'child' },
    restart: 'transient' as const,
    significant: false,
    shutdown: 5_000,
    type: 'worker' as const,
    status: 'none' as const,
  };
  const decisions = [1, 2, 3, 4, 5, 6].map((n) => ({ at: '2026-11-25T12:00:00.000Z', text: `started ${String(n)}` }));
  const counts = { specs: 1, active: 0, supervisors: 0, workers: 1 };
  const view = { phase: 'running' as const, flags: DEFAULT_FLAGS, children: [child], counts, restarts: 0, decisions };
  expect(supervisorText('shop', { ...view, definition: 'market' }, at).split('\n')).toEqual([
    'shop (market)  one_for_one  running  restarts 0 of 1 in 5 s',
    'children: 0 of 1 run',
    '  web  transient  not running',
    'decided last:',
    ...[2, 3, 4, 5, 6].map((n) => `  2026-11-25T12:00:00Z  started ${String(n)}`),
    '',
  ]);
  const note = { kind: 'child-added' as const, id: 'web' };
  const said = decisions.map((each, position) => ({ ...each, position, supervisor: 1, note }));
  const text = childWhyText({ supervisor: 'shop', child: 'web', decisions: said, position: 9 });
  expect(text.split('\n')).toHaveLength(8);
});

/** Answers one after the other; then the supervisor is gone, which ends a watch. */
async function watched(answers: readonly (SupervisionTree | ErrorCode)[], line: string, isTty: boolean) {
  const left = [...answers];
  const next = (): Promise<SupervisionTree> => {
    const answer = left.shift() ?? 'supervisor-not-found';
    if (typeof answer !== 'string') return Promise.resolve(answer);
    return Promise.reject(new PlatformError(refuse(answer, 'as asked')));
  };
  const got: string[] = [];
  let err = '';
  const code = await run(line.split(' '), {
    connect: () => Promise.resolve({ supervisors: { tree: next }, close: () => Promise.resolve() } as unknown as Space),
    server: () => Promise.reject(new Error('unused')),
    dataDir: () => '.mabeam',
    now: () => 0,
    out: (text) => void got.push(text),
    err: (text) => void (err += text),
    isTty,
    ...(isTty ? { size: () => ({ columns: 30, rows: 4 }) } : {}),
  });
  return { code, got, err };
}
const [one, two] = [tree(top([leaf('a')])), tree(top([leaf('a'), leaf('b'), leaf('c'), leaf('d')]))];

test('--watch on a terminal draws over itself in one write, within its size, and goes on when Temporal is away', async () => {
  const { code, got } = await watched([one, 'temporal-unavailable', two], 'tree --watch --every-ms 1', true);
  const end = '\u001b[K\n';
  expect(code).toBe(3);
  expect(got).toEqual([
    `shop  rest_for_one  running  …${end}└─ a  permanent     running  …${end}\u001b[J`,
    `\u001b[2A\rshop  rest_for_one  running  …${end}└─ a  permanent     running  …${end}temporal-unavailable: as asked${end}\u001b[J`,
    `\u001b[3A\rshop  rest_for_one  running  …${end}├─ a  permanent     running  …${end}… 3 more lines${end}\u001b[J`,
  ]);
});

test('--watch in a pipe prints plain lines, and again only when something changed', async () => {
  const { got, err } = await watched([one, one, 'timeout', two], 'tree --watch --every-ms 1', false);
  expect(got.join('')).not.toContain('\u001b');
  expect(
    got
      .join('')
      .split('\n\n')
      .map((text) => text.trimEnd().split('\n').length),
  ).toEqual([2, 5]);
  expect(err).toMatch(/^timeout: as asked\nrefused: supervisor-not-found \(exit 3\)/);
  const lines = await watched([one, one, two], '-o json tree --watch --every-ms 1', false);
  expect(lines.got.map((text) => JSON.parse(text) as unknown)).toEqual([one, two]);
});

test.each<[string, unknown]>([
  ['-o json tree', one],
  ['-o jsonl tree shop', one.roots[0]],
])('%s prints what the client answers', async (line, expected) => {
  const { code, got } = await watched([one], line, true);
  expect([code, JSON.parse(got.join(''))]).toEqual([0, expected]);
});

test.each([
  'supervisor start shop --spec {',
  'supervisor start shop --spec /nowhere.json',
  'tree --most 0',
  'supervisor change shop',
])('%s is wrong usage', async (line) => {
  expect(await watched([], line, false)).toMatchObject({ code: 2, got: [] });
});
