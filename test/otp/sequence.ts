import type { AutoShutdown, ChildType, RestartType, Shutdown, Strategy } from '../../src/contracts/supervisor';

/** A supervisor of a tree. Ids are single letters; a path names a node from the root, whose path is empty. */
export interface Tree {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly period: number;
  readonly autoShutdown: AutoShutdown;
  readonly children: readonly Node[];
}

/** A child: a worker that obeys the script, or a supervisor. */
export interface Node {
  readonly id: string;
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly shutdown: Shutdown;
  readonly type: ChildType;
  /** What a worker ends with when it is asked to stop; a stubborn one waits to be killed. */
  readonly stops: 'shutdown' | 'normal' | 'crash' | 'stubborn';
  readonly sup: Tree | 'none';
}

export type Path = readonly string[];
export type Reason = 'normal' | 'shutdown' | 'shutdown-term' | 'killed' | 'crash';
/** What a start function answers: `{ok, Pid}`, `ignore`, `{error, oops}`, or it exits. */
export type Outcome = 'ok' | 'ignore' | 'error' | 'crash';
export type Call =
  | 'which_children'
  | 'count_children'
  | readonly ['start_child', Node]
  | readonly ['restart_child' | 'delete_child' | 'terminate_child' | 'get_childspec', string];

/** Something done to the tree from outside. `request` numbers what is answered. */
export type Event =
  | { readonly do: 'exit'; readonly path: Path; readonly reason: Reason }
  | { readonly do: 'cut'; readonly path: Path }
  | { readonly do: 'call'; readonly path: Path; readonly request: number; readonly call: Call }
  | { readonly do: 'change'; readonly path: Path; readonly request: number; readonly node: Tree }
  | { readonly do: 'stop'; readonly reason: Reason }
  | { readonly do: 'wait'; readonly ms: number };

/** What both sides run. Plain JSON, so that a failing one can be printed and run alone. */
export interface Sequence {
  readonly root: Tree;
  /** Outcomes of the starts of a node, in order; further ones are `ok`. */
  readonly scripts: readonly (readonly [Path, readonly Outcome[]])[];
  /** Events that come in the middle of the n-th start or ordered stop (not a brutal kill, not of a dynamic child), counted from 0. */
  readonly during: readonly (readonly [number, readonly Event[]])[];
  readonly steps: readonly { readonly event: Event }[];
}

/** One line of what happened: `[start, path, outcome]`, `[stop, path]`, `[answer, request, what]`, `[exit, path, reason]` … */
export type Entry = readonly [string, ...unknown[]];
export type Trace = readonly Entry[];

/** A JSON value as an Erlang term: texts are atoms, objects maps. */
function term(value: unknown): string {
  if (typeof value === 'string') return /^[a-z][a-z_]*$/.test(value) ? value : `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(term).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `#{${Object.entries(value)
    .map(([key, each]) => `${term(key)}=>${term(each)}`)
    .join(',')}}`;
}

/** A sequence as the term that the Erlang side reads. */
export function sequenceTerm({ root, scripts, during, steps }: Sequence): string {
  const pairs = (list: readonly (readonly [unknown, unknown])[]): string =>
    `[${list.map(([key, value]) => `{${term(key)},${term(value)}}`).join(',')}]`;
  return `#{root=>${term(root)},scripts=>${pairs(scripts)},during=>${pairs(during)},steps=>${term(steps)}}`;
}
