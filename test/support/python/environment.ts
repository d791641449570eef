import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const repository = resolve(__dirname, '../../..');
const look = [join(repository, 'tools/python/prepare.mjs'), '--look'];

/** The Python of the environment that `npm test` makes; empty when there is none. */
export const python = spawnSync(process.execPath, look, { encoding: 'utf8' }).stdout;

/** Where the package's sources are. */
export const PACKAGE = join(repository, 'python');

/** `describe`, or one that is skipped where there is no Python: its title says why. */
export const describePython = python === '' ? describe.skip : describe;
