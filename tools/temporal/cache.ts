import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where programs that were built or downloaded are kept, outside of any checkout: `MABEAM_CACHE`, else the user's cache. */
export function cacheRoot(): string {
  return process.env['MABEAM_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'mabeam');
}

/** A folder of `tools`, such as `temporal`, that holds a Go module; compiled code finds it from the package's root. */
export function toolFolder(name: string): string {
  const source = join(__dirname, '..', name);
  return existsSync(join(source, 'go.mod')) ? source : join(__dirname, '../../../tools', name);
}

/** What a program that is made for this machine is called in the cache: by version, and by what it is made from. */
export function cachedName(name: string, checksum: string): string {
  return `${name}-${checksum}-${process.platform}-${process.arch}`;
}

/** The folder of the cache for what a Go module builds; its name holds the checksum of `go.mod` and `go.sum`. */
export async function cacheFolder(module: string, name: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(module, file)));
  return join(cacheRoot(), cachedName(name, hash.digest('hex').slice(0, 16)));
}
