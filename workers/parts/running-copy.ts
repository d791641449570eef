import { join, resolve } from 'node:path';

const top = resolve(__dirname, '../..');
/** The running copy is source under tsx, compiled code otherwise. */
export const extension = __filename.endsWith('.ts') ? '.ts' : '.js';

/** A module of the running copy of mabeam, by its path in the repository without extension: source or compiled. */
export function moduleFile(path: string): string {
  return join(top, path + extension);
}
