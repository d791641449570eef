import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Code, and all that it rests on. */
interface Kept {
  readonly code: string;
  /** Digests of the files that it was made of. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the bundler looked and found nothing: what comes there would be taken instead. */
  readonly missing: readonly string[];
}

/** What a bundler has looked at. */
export interface LookedAt {
  readonly files: Iterable<string>;
  readonly missing: Iterable<string>;
}

/** One bundle in a directory: it is taken while nothing that it was made of has changed. */
export interface KeptBundle {
  /** @returns its code; `undefined` when there is none, or another one would be made today */
  find(): string | undefined;
  /** @param scratch a directory that is not there the next time: what lies in it does not count */
  keep(code: string, { files, missing }: LookedAt, scratch: string): void;
}

const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

function read(path: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept;
  } catch {
    return undefined; // none yet, or a damaged one: another is made
  }
}

function isAsItWas([path, was]: readonly [string, string]): boolean {
  try {
    return digest(readFileSync(path)) === was;
  } catch {
    return false;
  }
}

/**
 * @param entry text of the entry file
 * @param makers files of the programs that make a bundle, whose change makes another
 */
export function keptBundle(directory: string, entry: string, makers: readonly string[]): KeptBundle {
  const made = makers.map((path) => digest(readFileSync(path)));
  const path = join(directory, `${digest([process.version, ...made, entry].join('\n')).slice(0, 32)}.json`);
  return {
    find: () => {
      const kept = read(path);
      if (kept === undefined || kept.missing.some((each) => existsSync(each))) return undefined;
      return Object.entries(kept.files).every(isAsItWas) ? kept.code : undefined;
    },
    keep: (code, { files, missing }, scratch) => {
      const lasting = (each: string): boolean =>
        !each.startsWith(`${scratch}${sep}`) && statSync(each, { throwIfNoEntry: false })?.isFile() === true;
      const kept: Kept = {
        code,
        files: Object.fromEntries([...files].filter(lasting).map((each) => [each, digest(readFileSync(each))])),
        missing: [...missing].filter((each) => !existsSync(each)),
      };
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const draft = `${path}.${String(process.pid)}`;
      writeFileSync(draft, JSON.stringify(kept), { mode: 0o600 });
      renameSync(draft, path);
    },
  };
}
