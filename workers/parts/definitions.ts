import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { register } from 'tsx/cjs/api';
import { agentWorkflowType } from '../../src/contracts/agent';
import { PlatformError, refuse } from '../../src/contracts/errors';
import type { SupervisorDefinition } from '../../src/contracts/supervision';
import { withDoors } from './doors';

/** A definition that was found: in which file, under which export, of which name. */
export interface Found {
  readonly file: string;
  readonly exported: string;
  readonly name: string;
}
/** A definition of an evaluator, as `defineEvaluator` makes it. */
export interface FoundEvaluator extends Found {
  readonly definition: unknown;
}
/** An activity of the user. */
export type Activity = (arg: never) => unknown;

/** What the definition files of a process hold. */
export interface Definitions {
  readonly agents: readonly Found[];
  readonly sets: readonly Found[];
  readonly supervisors: readonly Found[];
  readonly evaluators: readonly FoundEvaluator[];
  readonly activities: Readonly<Record<string, Activity>>;
}

type Exports = Readonly<Record<string, unknown>>;

/** What a load failed with, without Node's list of who required what. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\nRequire stack')[0] ?? text;
}

let loader: ReturnType<typeof tsxLoader> | undefined;
const tsxLoader = () => register({ namespace: 'mabeam-definitions' });

/** TypeScript is compiled on the way, for these files and what they import alone. */
export function loadFile(file: string): Exports {
  const { require: required } = (loader ??= tsxLoader());
  return withDoors(() => required(file, __filename) as Exports);
}

/** Collects problems, so that all are told at once. */
class Loading {
  readonly agents: Found[] = [];
  readonly sets: Found[] = [];
  readonly supervisors: Found[] = [];
  readonly #children = new Map<string, readonly string[]>();
  readonly evaluators: FoundEvaluator[] = [];
  readonly activities = new Map<string, { readonly file: string; readonly run: Activity }>();
  readonly problems: string[] = [];
  readonly #seen = new Set<unknown>();

  read(file: string): Exports | undefined {
    if (!['.ts', '.js'].includes(extname(file))) {
      this.problems.push(`${file}: expected a .ts or .js file`);
      return undefined;
    }
    if (!existsSync(file)) {
      this.problems.push(`${file}: there is no such file`);
      return undefined;
    }
    try {
      return loadFile(file);
    } catch (error) {
      this.problems.push(`${file}: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** @param isRequired whether a file without a definition is a mistake */
  take(file: string, isRequired: boolean): void {
    const exports = this.read(file);
    if (exports === undefined) return;
    const found = Object.entries(exports).filter(([exported, value]) => this.#takeOne(file, exported, value));
    if (isRequired && found.length === 0) {
      const names = Object.keys(exports).join(', ');
      this.problems.push(
        `${file}: expected an export made with defineAgent, defineVariables, defineSupervisor or defineEvaluator; it exports ${names || 'nothing'}`,
      );
    }
  }

  takeActivities(file: string, reserved: ReadonlySet<string>): void {
    for (const [name, run] of Object.entries(this.read(file) ?? {})) {
      if (typeof run !== 'function' || name === 'default') continue;
      const before = this.activities.get(name);
      if (reserved.has(name)) this.problems.push(`${file}: the activity ${name} has a name that mabeam uses itself`);
      else if (before !== undefined)
        this.problems.push(`two activities are named ${name}: in ${before.file} and ${file}`);
      else this.activities.set(name, { file, run: run as Activity });
    }
  }

  #takeOne(file: string, exported: string, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
    const named = value as { readonly kind: unknown; readonly type?: unknown; readonly name?: unknown };
    const name = named.kind === 'agent' ? named.type : named.name;
    if (typeof name !== 'string') return false;
    const one = { file, exported, name };
    switch (named.kind) {
      case 'agent':
        if (this.#isNew(value)) this.#add(this.agents, one, 'agents are of type', agentWorkflowType);
        return true;
      case 'variables':
        if (this.#isNew(value)) this.#add(this.sets, one, 'variable sets are named', (each) => each);
        return true;
      case 'supervisor':
        if (this.#isNew(value)) {
          this.#add(this.supervisors, one, 'supervisors are named', (each) => each);
          this.#children.set(name, supervisorsBelow(value as SupervisorDefinition));
        }
        return true;
      case 'evaluator':
        if (this.#isNew(value)) {
          const evaluator = { ...one, definition: value };
          this.#add(this.evaluators, evaluator, 'evaluators are named', (each) => each);
        }
        return true;
      default:
        return false;
    }
  }

  /** A supervisor that would be started below itself; OTP's modules would recurse for ever. */
  findCycles(): void {
    const below = (name: string, above: readonly string[]): void => {
      if (above.includes(name)) this.problems.push(`supervisors form a cycle: ${[...above, name].join(' → ')}`);
      else for (const next of this.#children.get(name) ?? []) below(next, [...above, name]);
    };
    for (const name of this.#children.keys()) below(name, []);
  }

  /** The same definition under two exports, or exported on by another file, counts once. */
  #isNew(value: unknown): boolean {
    const isNew = !this.#seen.has(value);
    this.#seen.add(value);
    return isNew;
  }

  #add<F extends Found>(list: F[], one: F, what: string, keyOf: (name: string) => string): void {
    const before = list.find((each) => keyOf(each.name) === keyOf(one.name));
    if (before === undefined) {
      list.push(one);
      return;
    }
    const names =
      before.name === one.name ? one.name : `${before.name} and ${one.name}, which are the same workflow type`;
    const where = (of: Found): string => `${of.exported} of ${of.file}`;
    this.problems.push(`two ${what} ${names}: ${where(before)} and ${where(one)}`);
  }
}

/** The definitions that a supervisor starts as supervisors. */
function supervisorsBelow({ spec }: SupervisorDefinition): readonly string[] {
  return spec.children.filter(({ start }) => start.kind === 'supervisor').map(({ start }) => start.type);
}

/** A file beside a definition file, such as `my-agents.activities.ts`. */
function beside(file: string, what: string): readonly string[] {
  const stem = file.slice(0, -extname(file).length);
  return ['.ts', '.js'].map((end) => `${stem}.${what}${end}`).filter((each) => existsSync(each));
}

/**
 * Loads the definition files of users and says what is in them: agents, sets, evaluators, and the activities of
 * `NAME.activities.ts` beside each, or of files of their own. `NAME.evaluators.ts` beside a file belongs to it, too.
 *
 * @param files paths of .ts or .js files
 * @param reserved names of activities that users may not take
 * @throws PlatformError `invalid-definition` that lists every problem: a file that cannot be loaded or has no definition,
 *   a definition that contradicts itself, two of one name
 */
export function loadDefinitions(
  files: readonly string[],
  activityFiles: readonly string[] = [],
  reserved: ReadonlySet<string> = new Set(),
): Definitions {
  const loading = new Loading();
  for (const file of new Set(files)) loading.take(file, true);
  for (const file of new Set(files.flatMap((each) => beside(each, 'evaluators')))) loading.take(file, true);
  const all = new Set([...files.flatMap((each) => beside(each, 'activities')), ...activityFiles]);
  for (const file of all) loading.takeActivities(file, reserved);
  loading.findCycles();
  const { agents, sets, supervisors, evaluators, problems } = loading;
  if (problems.length > 0) {
    const lead = `the definitions in ${files.map((file) => basename(file)).join(', ')} cannot be used`;
    throw new PlatformError(refuse('invalid-definition', `${lead}: ${problems.join('; ')}`, { details: { problems } }));
  }
  const activities = Object.fromEntries([...loading.activities].map(([name, { run }]) => [name, run]));
  return { agents, sets, supervisors, evaluators, activities };
}
