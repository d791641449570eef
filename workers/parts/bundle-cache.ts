import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, parse } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** So many are kept, those that were used last: about 25 MB. */
const MAX_KEPT = 16;
const SUFFIX = '.json.gz';
/** Times of files come from a clock that is a little behind. */
const CLOCK_MS = 20;

/** A text that was made from files. */
export interface Made {
  readonly text: string;
  /** Every file and folder that was looked at. */
  readonly files: readonly string[];
  /** What was looked for and was not there: a file of that name would change the text. */
  readonly missing: readonly string[];
  /** False when more counts than these, such as what else is in a folder: then it is not kept. */
  readonly isAll: boolean;
}

interface Kept extends Omit<Made, 'isAll'> {
  readonly digest: string;
}

/** Where a `.swcrc` would count: the compiler looks above what it compiles, and tells nobody. */
function compilerSettings(files: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const file of files.filter((each) => each.endsWith('.ts')))
    for (let at = dirname(file); !folders.has(at) && at !== parse(at).root; at = dirname(at)) folders.add(at);
  return [...folders].map((folder) => join(folder, '.swcrc'));
}

/** @returns of names and contents; a folder counts as its name, and what is not there as nothing */
function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`\0${file}\0`);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isFile()) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

function isNewer(file: string, than: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.isFile() && Math.max(stat.mtimeMs, stat.ctimeMs) >= than;
}

function find(path: string): string | undefined {
  try {
    const { text, files, missing, digest } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as Kept;
    if (digestOf(files) !== digest || missing.some((each) => existsSync(each))) return undefined;
    utimesSync(path, new Date(), new Date());
    return text;
  } catch {
    return undefined; // nothing is there, or half of it
  }
}

function forget(folder: string): void {
  const kept = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of kept.slice(MAX_KEPT)) rmSync(path, { force: true });
}

function keep(path: string, { text, files, missing, isAll }: Made, since: number): void {
  const seen = [...files, ...compilerSettings(files)];
  // What somebody wrote meanwhile may be in the text or not.
  if (!isAll || seen.some((file) => isNewer(file, since - CLOCK_MS))) return;
  const kept: Kept = { text, files: seen, missing, digest: digestOf(seen) };
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${path}.${String(process.pid)}`;
    writeFileSync(draft, gzipSync(JSON.stringify(kept), { level: 1 }));
    renameSync(draft, path);
    forget(folder);
  } catch {
    // a process that may not write makes it again each time
  }
}

/**
 * A text that takes long to make, kept in a folder as long as every file that it was made from has the same content and none
 * came in the place of one that was looked for in vain. Safe for many processes at once; what cannot be kept is made each time.
 *
 * @param folder undefined: nothing is kept
 * @param key what it is made from beside files
 */
export async function keptText(folder: string | undefined, key: string, make: () => Promise<Made>): Promise<string> {
  if (folder === undefined) return (await make()).text;
  const path = join(folder, createHash('sha256').update(key).digest('hex').slice(0, 24) + SUFFIX);
  const found = find(path);
  if (found !== undefined) return found;
  const since = Date.now();
  const made = await make();
  keep(path, made, since);
  return made.text;
}
