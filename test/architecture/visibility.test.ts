import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as ts from 'typescript';
import { ROOT } from '../support/docs/pages';

/** What asks the server's visibility store, which is a moment old: the client's short ways and the service's own. */
const ASKS = /\.workflow\s*\.(list|count)\(|\b(list|scan|count)(Open|Closed|Archived)?WorkflowExecutions\(/i;

/** Who may ask, and why nothing is decided by it. */
const MAY: Readonly<Record<string, string>> = {
  'src/client/placed-queues.ts':
    'health hears which queues to look at, and how many wait; who serves them the queue says',
  'src/client/study-deletion.ts':
    'of a study that Describe says is over and told to be deleted, which histories are left to remove; none is read',
  'activities/sweep-children.ts':
    'of many children it says whom to look at; each exit, stop and adoption is by Describe',
};

const files = ['src', 'workflows', 'activities', 'workers'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, folder, name)),
);

/** The functions of a file, by name. */
function functionsOf(path: string): ReadonlyMap<string, string> {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.flatMap((each) =>
    ts.isFunctionDeclaration(each) && each.name !== undefined ? [[each.name.text, each.getText()] as const] : [],
  );
  return new Map(found);
}

test('no decision asks a list or a count of the server: the sweep asks whom to look at, and health at which queues', () => {
  expect(files.length).toBeGreaterThan(100);
  const asking = files.filter((file) => ASKS.test(readFileSync(file, 'utf8'))).map((file) => relative(ROOT, file));
  expect(asking).toEqual(Object.keys(MAY));
});

test('what the sweep says of a child, and what it stops, was looked at one by one before', () => {
  const sweep = functionsOf('activities/sweep-children.ts');
  const asking = [...sweep].filter(([, text]) => ASKS.test(text)).map(([name]) => name);
  expect(asking).toEqual(['ownedBy']);
  const telling = [...sweep].filter(([, text]) => text.includes('childGoneSignal')).map(([name]) => name);
  expect(telling).toEqual(['tellGone']);
  const told = sweep.get('tellGone') ?? '';
  expect(told.indexOf('await find(client, workflowId)')).toBeGreaterThan(0);
  expect(told.indexOf('await find(client, workflowId)')).toBeLessThan(told.indexOf('.signal(childGoneSignal'));
  const stop = functionsOf('activities/stop-child.ts').get('stop') ?? '';
  expect(stop.indexOf('await find(client, workflowId)')).toBeGreaterThan(0);
  expect(stop.indexOf('await find(client, workflowId)')).toBeLessThan(stop.indexOf('.terminate('));
});

test.each([
  ['a list', 'for await (const each of client.workflow.list({ query })) use(each);'],
  ['a count', 'const { count } = await client.workflow.count(query);'],
  ['the service itself', 'await client.workflowService.listWorkflowExecutions({ namespace, query });'],
])('%s is found', (_what, text) => {
  expect(ASKS.test(text)).toBe(true);
});
