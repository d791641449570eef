import type { SupervisionTree, TreeNode } from '../client/supervision-tree';
import type { ChildWhy } from '../contracts/read-models';
import type { SupervisorView } from '../contracts/supervision';
import type { ChildFailure } from '../contracts/supervisor';

const FAILURE = 100;
const instant = (at: number | string): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
const stateText = (state: string): string => (state === 'none' ? 'not running' : state);

/** A text of an agent in one line that can do nothing to a terminal. */
function oneLine(text: string, most = FAILURE): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

const DAY_MS = 86_400_000;

/** The time of the last day, the date of what is older; both UTC. */
function failureText({ at, text }: ChildFailure, now: number): string {
  const iso = new Date(at).toISOString();
  return `failed ${now - at < DAY_MS ? `${iso.slice(11, 19)}Z` : iso.slice(0, 10)} "${oneLine(text)}"`;
}

const budget = (restarts = 0, intensity = 0, seconds = 0): string =>
  `${String(restarts)} of ${String(intensity)} in ${String(seconds)} s`;

/** What stands behind the name of a node. */
function facts(node: TreeNode, now: number): readonly [string, string, string, string] {
  const { strategy, restart, state, restarts, intensity, periodSeconds, mailbox, queue, lastFailure, problem } = node;
  const counted = strategy === undefined ? '' : budget(restarts, intensity, periodSeconds);
  const told = [
    ...(mailbox === undefined ? [] : [`mailbox ${String(mailbox)}`]),
    ...(queue === undefined ? [] : [`queue ${queue}`]),
  ];
  const waiting = told.join(', ');
  const failed = lastFailure === undefined ? '' : failureText(lastFailure, now);
  return [strategy ?? restart ?? '', stateText(state), counted + waiting, problem ?? failed];
}

type Line = readonly [name: string, ...facts: readonly string[]];

function linesOf(node: TreeNode, now: number, first = '', next = ''): readonly Line[] {
  const { children = [], hidden = {} } = node;
  const left = Object.entries(hidden);
  const last = children.length - (left.length === 0 ? 1 : 0);
  const sum = left.reduce((total, [, count]) => total + count, 0);
  const more = left.map(([state, count]) => `${String(count)} ${stateText(state)}`).join(', ');
  const own: readonly Line[] = [[`${first}${node.name}`, ...facts(node, now)]];
  const below = children.flatMap((child, at) =>
    at === last ? linesOf(child, now, `${next}└─ `, `${next}   `) : linesOf(child, now, `${next}├─ `, `${next}│  `),
  );
  return [...own, ...below, ...(sum === 0 ? [] : [[`${next}└─ … ${String(sum)} more: ${more}`] as const])];
}

/** Columns as wide as their widest field; the last one, and a line of one field, run on. */
function aligned(lines: readonly Line[]): readonly string[] {
  const full = lines.filter((line) => line.length > 1);
  const widths = (full[0] ?? []).map((_field, at) => Math.max(...full.map((line) => (line[at] ?? '').length)));
  return lines.map((line) =>
    line
      .map((field, at) => (line.length > 1 ? field.padEnd(widths[at] ?? 0) : field))
      .join('  ')
      .trimEnd(),
  );
}

/** The tree as lines: name, strategy or restart type, state, restarts in the window or mailbox, last failure. */
export function treeLines({ roots, hidden }: SupervisionTree, now: number): readonly string[] {
  if (roots.length === 0) return ['no supervisor runs in this space'];
  const lines = aligned(roots.flatMap((root) => linesOf(root, now)));
  return hidden === 0 ? lines : [...lines, `${String(hidden)} more ${hidden === 1 ? 'is' : 'are'} not shown`];
}

/** A supervisor, its children, and what it decided last. */
export function supervisorText(name: string, view: SupervisorView, now: number): string {
  const { flags, phase, children, counts, decisions, definition, restarts } = view;
  const of = definition === undefined || definition === name ? '' : ` (${definition})`;
  const head = `${name}${of}  ${flags.strategy}  ${phase}  restarts ${budget(restarts, flags.intensity, flags.periodSeconds)}`;
  const total = `${String(counts.active)} of ${String(children.length)} run`;
  const lines = children.map((child): Line => {
    const { id, restart, status, generation, lastFailure } = child;
    const number = generation === undefined ? '' : `generation ${String(generation)}`;
    return [
      `  ${id}`,
      restart,
      stateText(status),
      number,
      lastFailure === undefined ? '' : failureText(lastFailure, now),
    ];
  });
  const said = decisions.slice(-5).map(({ at, text }) => `  ${instant(at)}  ${oneLine(text)}`);
  return `${[head, `children: ${total}`, ...aligned(lines), 'decided last:', ...said].join('\n')}\n`;
}

/** The last decisions on a child, oldest first. */
export function childWhyText({ supervisor, child, decisions }: ChildWhy): string {
  const lines = decisions.map(({ at, text }) => `  ${instant(at)}  ${oneLine(text, 2 * FAILURE)}\n`);
  return `${child}, decided by ${supervisor}:\n${lines.join('')}`;
}
