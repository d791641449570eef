import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { pages, ROOT, snippetsOf } from '../support/docs/pages';

/** Inside the repository, so that packages resolve; not in git. */
const FOLDER = join(ROOT, '.test/snippets');

/** Every block of TypeScript as a file; the blocks of a page see each other by the names in their first lines. */
const files = new Map(
  pages().flatMap((page) =>
    snippetsOf(page)
      .filter(({ language }) => language === 'ts')
      .map(({ file, text }, at): [string, string] => {
        const name = file ?? `block-${String(at + 1)}.ts`;
        return [
          join(FOLDER, page.path.replace(/\W+/g, '-'), name),
          file === undefined ? `${text}\nexport {};\n` : text,
        ];
      }),
  ),
);

function problems(): readonly string[] {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: { readonly compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noEmit: true, incremental: false, declaration: false },
    ROOT,
  );
  const program = ts.createProgram([...files.keys()], options);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${path.slice(FOLDER.length + 1)}:${String(line)} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}

test('every block of TypeScript in the documentation compiles against the two doors', () => {
  expect(files.size).toBeGreaterThan(0);
  expect(problems()).toEqual([]);
});
