import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandNames } from '../support/docs/generated';
import { pages, ROOT, snippetsOf } from '../support/docs/pages';

const all = pages();
/** What looks like a path of this repository, in backquotes. */
const FOLDERS = '(?:\\.ci|src|workflows|activities|workers|bench|deploy|docs|examples|python|test|tools)';
const PATH = new RegExp(`\`(${FOLDERS}(?:/[\\w.-]+)*/?|[\\w.-]+\\.(?:md|json|mjs|cjs|yml))\``, 'g');
/** Written while running, or by users. */
const ELSEWHERE = new Set(['tsconfig.build.json']);

describe.each(all)('$path', ({ path, text }) => {
  test('every path that it names exists', () => {
    const named = [...text.matchAll(PATH)].map(([, name = '']) => name).filter((name) => !ELSEWHERE.has(name));
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  test('every link within the repository leads somewhere', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
  });
});

test('README names every script that a user is told to run, and each exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const told = all.flatMap(({ text }) =>
    [...text.matchAll(/npm (?:run )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
  );
  const builtIn = new Set(['ci', 'install', 'pack', 'run']);
  expect([...new Set(told)].filter((name) => !builtIn.has(name) && !(name in scripts))).toEqual([]);
});

test('every command line that a page shows is one', () => {
  const known = commandNames();
  const groups = new Set(known.filter((name) => known.some((other) => other.startsWith(`${name} `))));
  const shown = all.flatMap((page) => {
    const inline = [...page.text.matchAll(/`((?:npx )?mabeam [^`\n]+)`/g)].map(([, line = '']) => line);
    const blocks = snippetsOf(page).filter(({ language }) => language === 'sh');
    return [...inline, ...blocks.flatMap(({ text }) => text.split('\n'))].flatMap((text) => {
      const [, first, second = ''] = /^(?:npx )?(mabeam [a-z]+)( [a-z]+)?/.exec(text) ?? [];
      return first === undefined ? [] : [`${page.path}: ${groups.has(first) ? first + second : first}`];
    });
  });
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter((line) => !known.includes(line.slice(line.indexOf(': ') + 2)))).toEqual([]);
});
