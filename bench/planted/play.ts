import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mutated, type Mutation } from './mutation';

/** What came of a test with a fault in the sources: it must pass without it, and fail with it. */
export interface Played {
  readonly mutation: Mutation;
  readonly isFound: boolean;
  /** Why it does not count as found. */
  readonly why?: string;
}

/** What Jest said of one file in one project; the title of each test with its status. */
interface Heard {
  readonly project: string;
  readonly file: string;
  readonly crashed?: string;
  readonly tests: readonly { readonly title: string; readonly status: string }[];
}

const RIGHT = 'right';
const LONGEST_MS = 45 * 60_000;
const CONFIG = 'planted.config.cjs';
const HEARD = 'planted.heard';

/** Notes each file with its project, which Jest's own report leaves out. */
const REPORTER = `
const { appendFileSync } = require('node:fs');
module.exports = class {
  onTestResult({ context }, { testFilePath, testExecError, testResults }) {
    const project = context.config.displayName?.name;
    const tests = testResults.map(({ fullName, status }) => ({ title: fullName, status }));
    const crashed = testExecError == null ? {} : { crashed: String(testExecError.message ?? testExecError) };
    appendFileSync(${JSON.stringify(HEARD)}, JSON.stringify({ project, file: testFilePath, ...crashed, tests }) + '\\n');
  }
};`;

/** Each project runs the tests of its own titles: a test of another one may never end with this fault. */
const ENVIRONMENT = `
const { default: Base } = require('./test/support/environment.ts');
module.exports = class extends Base {
  constructor(config, context) {
    super(config, context);
    this.titles = config.projectConfig.testEnvironmentOptions.titles;
  }
  async handleTestEvent(event, state) {
    if (event.name === 'run_start') state.testNamePattern = new RegExp(this.titles);
    await super.handleTestEvent(event, state);
  }
};`;

/** What a project has so that it runs the tests of some titles only. */
const only = (titles: readonly string[]) => ({
  testEnvironment: '<rootDir>/planted.environment.cjs',
  testEnvironmentOptions: {
    titles: titles.map((title) => title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|'),
  },
});

async function jest(root: string, config: string): Promise<readonly Heard[]> {
  rmSync(join(root, HEARD), { force: true });
  writeFileSync(join(root, 'planted.reporter.cjs'), REPORTER);
  writeFileSync(join(root, 'planted.environment.cjs'), ENVIRONMENT);
  writeFileSync(join(root, CONFIG), config);
  const words = ['node_modules/jest/bin/jest.js', '--config', CONFIG, '--ci', '--maxWorkers', '2'];
  const child = spawn(process.execPath, words, { cwd: root, stdio: 'ignore', timeout: LONGEST_MS });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (!existsSync(join(root, HEARD))) throw new Error('Jest has run nothing');
  const lines = readFileSync(join(root, HEARD), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Heard);
}

/** A configuration of Jest: that of the tree with other projects. `projects` is code over `of(kind)`. */
const configOf = (projects: string): string => `
const base = require('./jest.config.cjs');
const of = (kind) => base.projects.find(({ displayName }) => displayName === kind);
module.exports = { ...base, reporters: ['<rootDir>/planted.reporter.cjs'], projects: ${projects} };`;

const at = (file: string): string => `<rootDir>/${file}`;
const isFileOf = ({ file }: Heard, { test }: Mutation): boolean => file.endsWith(test);

function judged(mutation: Mutation, right: Heard | undefined, wrong: Heard | undefined): Played {
  const ofTitle = (heard: Heard | undefined) =>
    heard?.tests.filter(({ title, status }) => title.includes(mutation.title) && status !== 'pending') ?? [];
  const no = (why: string): Played => ({ mutation, isFound: false, why });
  const [passing, failing] = [ofTitle(right), ofTitle(wrong)];
  if (passing.length === 0) return no('no test has that title');
  if (passing.some(({ status }) => status !== 'passed')) return no('the test fails without the fault, too');
  if (wrong === undefined) return no('the test was not run');
  if (wrong.crashed !== undefined) return no(`the file crashed: ${wrong.crashed.slice(0, 200)}`);
  return failing.some(({ status }) => status === 'failed') ? { mutation, isFound: true } : no('the test passes');
}

/** Faults in rules, all in one run of Jest: each is a project of its own that finds the wrong file in the place of the right one. */
export async function playUnits(root: string, mutations: readonly Mutation[]): Promise<readonly Played[]> {
  if (mutations.length === 0) return [];
  const projects = mutations.map((mutation, index) => {
    const { file, test } = mutation;
    const wrong = file.replace(/\.ts$/, `.planted-${String(index)}.ts`);
    writeFileSync(join(root, wrong), mutated(readFileSync(join(root, file), 'utf8'), mutation));
    const resolver = `planted-${String(index)}.cjs`;
    const [from, to] = [join(root, file), join(root, wrong)].map((path) => JSON.stringify(path));
    writeFileSync(
      join(root, resolver),
      `module.exports = (request, options) => { const found = options.defaultResolver(request, options); return found === ${String(from)} ? ${String(to)} : found; };`,
    );
    const more = {
      displayName: String(index),
      testMatch: [at(test)],
      roots: [at(dirname(test))],
      resolver: at(resolver),
      ...only([mutation.title]),
    };
    return `{ ...of('unit'), ...${JSON.stringify(more)} }`;
  });
  const tests = [...new Set(mutations.map(({ test }) => test))];
  const right = {
    displayName: RIGHT,
    testMatch: tests.map(at),
    roots: [...new Set(tests.map((test) => at(dirname(test))))],
    ...only([...new Set(mutations.map(({ title }) => title))]),
  };
  const all = `[{ ...of('unit'), ...${JSON.stringify(right)} }, ${projects.join(', ')}]`;
  const heard = await jest(root, configOf(all));
  return mutations.map((mutation, index) =>
    judged(
      mutation,
      heard.find((each) => each.project === RIGHT && isFileOf(each, mutation)),
      heard.find((each) => each.project === String(index)),
    ),
  );
}

/** Faults in what runs on a server: one after the other in the copy, whose bundles are made of it. */
export async function playOnServer(
  root: string,
  mutations: readonly Mutation[],
  say: (text: string) => void,
): Promise<readonly Played[]> {
  const configFor = ({ project, test }: Mutation, titles: readonly string[]): string =>
    configOf(`[{ ...of('${project}'), ...${JSON.stringify({ testMatch: [at(test)], ...only(titles) })} }]`);
  const rights = new Map<string, Heard | undefined>();
  for (const each of mutations) {
    if (rights.has(each.test)) continue;
    const titles = mutations.flatMap(({ test, title }) => (test === each.test ? [title] : []));
    rights.set(each.test, (await jest(root, configFor(each, [...new Set(titles)])))[0]);
  }
  const played: Played[] = [];
  for (const mutation of mutations) {
    const path = join(root, mutation.file);
    const text = readFileSync(path, 'utf8');
    try {
      writeFileSync(path, mutated(text, mutation));
      const [wrong] = await jest(root, configFor(mutation, [mutation.title]));
      played.push(judged(mutation, rights.get(mutation.test), wrong));
    } finally {
      writeFileSync(path, text);
    }
    say(`${mutation.id}: ${played.at(-1)?.why ?? 'found'}`);
  }
  return played;
}
