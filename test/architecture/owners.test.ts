import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';
import { KINDS } from '../../src/contracts/ids';
import { OWNERSHIP } from '../../src/contracts/root-supervisor';

const ROOT = join(__dirname, '../..');

/** What runs on by itself once it was begun, and what has to be called by who closes it. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  setInterval: /clearInterval\(/,
  spawn: /\.kill\(/,
  fork: /\.kill\(/,
  createServer: /\.close\(/,
  listen: /\.close\(/,
  createReadStream: /\.destroy\(|pipeline\(/,
  'Worker.create': /\.shutdown\(|polling\(/,
  'NativeConnection.connect': /\.close\(/,
  'Connection.connect': /\.close\(/,
};

/** What is handed to who closes it: the file that begins it, and the one that closes. */
const HANDED: Readonly<Record<string, { readonly call: string; readonly to: string }>> = {
  'src/client/temporal.ts': { call: 'Connection.connect', to: 'src/client/temporal.ts' },
  'src/rest/listen.ts': { call: 'listen', to: 'src/rest/facade.ts' },
  'workers/parts/evaluator-workers.ts': { call: 'Worker.create', to: 'workers/parts/breakable-worker.ts' },
};

function isHanded(name: string, call: string, closing: RegExp): boolean {
  const handed = HANDED[name];
  return handed?.call === call && closing.test(readFileSync(join(ROOT, handed.to), 'utf8'));
}

function callOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  if (ts.isIdentifier(expression)) return expression.text;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const whole = expression.getText();
  return Object.hasOwn(BEGINNINGS, whole) ? whole : expression.name.text;
}

/** The function or the class, of those that stand by themselves in the file, in which a call stands. */
function unitOf(node: ts.Node): ts.Node {
  let unit = node;
  while (!ts.isSourceFile(unit.parent)) unit = unit.parent;
  return unit;
}

/** Loops without an end that wait, such as `for (;;) { await … }`: they must have a way out or hear of their cancellation. */
function isEndless(node: ts.Node): boolean {
  const isFor = ts.isForStatement(node) && node.condition === undefined;
  const isWhile = ts.isWhileStatement(node) && node.expression.kind === ts.SyntaxKind.TrueKeyword;
  return (isFor || isWhile) && /\bawait\b/.test(node.getText());
}
const WAY_OUT = /\breturn\b|\bbreak\b|\bthrow\b|throwIfAborted\(|\bsleep\(|\borAborted\(/;

/** What in a file begins something that nobody closes. */
function unowned(name: string, text: string): readonly string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const where = (node: ts.Node): string =>
    `${name}:${String(file.getLineAndCharacterOfPosition(node.getStart()).line + 1)}`;
  const visit = (node: ts.Node): void => {
    const call = callOf(node);
    const closing = call === undefined || !Object.hasOwn(BEGINNINGS, call) ? undefined : BEGINNINGS[call];
    if (call !== undefined && closing !== undefined && !closing.test(unitOf(node).getText()))
      if (!isHanded(name, call, closing)) found.push(`${where(node)} ${call}`);
    if (isEndless(node) && !WAY_OUT.test(node.getText())) found.push(`${where(node)} endless loop`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, folder, name));
}

test('every workflow type has an owner and a restart type', () => {
  const text = readFileSync(join(ROOT, 'workflows/index.ts'), 'utf8');
  const types = [...text.matchAll(/export \{ (\w+) \}/g)].map(([, type]) => type);
  // What answers for a type that nobody knows fails with its first task.
  const declared = Object.values(OWNERSHIP).map(({ workflow }) => workflow);
  expect(types.filter((type) => type !== 'unknownWorkflow').toSorted()).toEqual(
    declared.filter((type) => type !== OWNERSHIP.agent.workflow).toSorted(),
  );
  expect(Object.keys(OWNERSHIP).toSorted()).toEqual([...KINDS].toSorted());
});

test('every loop, interval, stream, server and process has an owner that closes it', () => {
  const files = ['workers', 'src', 'activities'].flatMap(filesBelow);
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => unowned(relative(ROOT, file), readFileSync(file, 'utf8')))).toEqual([]);
});

test.each([
  ['an interval', 'function beat(): void { setInterval(() => undefined, 10); }'],
  ['a process', "function run(): void { spawn('ls', []); }"],
  ['a worker', 'async function work() { const worker = await Worker.create({}); await worker.run(); }'],
  ['a connection', 'const open = () => NativeConnection.connect({});'],
  ['a server', 'function serve(app: App) { app.listen(80); }'],
  ['a loop', 'async function look() { for (;;) { await rest(10); } }'],
])('%s without an owner is found', (_what, text) => {
  expect(unowned('planted.ts', text)).toHaveLength(1);
});
