import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../../..');

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Snippet {
  readonly page: string;
  readonly language: string;
  /** The file that its first line names in a comment: `// my-agents.ts`, `# train.py`. */
  readonly file: string | undefined;
  readonly text: string;
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The pages that people read: those at the root, all below docs/, and that of the Python package. */
export function pages(): readonly Page[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const files = [
    ...top.map((name) => join(ROOT, name)),
    ...markdownIn(join(ROOT, 'docs')),
    join(ROOT, 'python/README.md'),
  ];
  return files.map((file) => ({
    path: relative(ROOT, file),
    text: readFileSync(file, 'utf8'),
  }));
}

/** The fenced blocks of a page, in order. */
export function snippetsOf({ path, text }: Page): readonly Snippet[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', body = '']) => ({
    page: path,
    language,
    file: /^(?:\/\/|#) ([\w./-]+\.(?:m?ts|py))\b/.exec(body)?.[1],
    text: body,
  }));
}
