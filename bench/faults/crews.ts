import { join, resolve } from 'node:path';
import { start } from '../../test/support/processes/program';
import type { Crew } from './fleet';

const FOLDER = __dirname;
const PACKAGE = resolve(FOLDER, '../../python/src');

/** Evaluators in TypeScript, one trial of each at a time. @param dist the compiled program; env of each process */
export function typescriptCrew(dist: string, env: Record<string, string>): Crew {
  const more = { MABEAM_DEFINITIONS: join(FOLDER, 'evaluators.ts'), MABEAM_ACTIVITY_SLOTS: '1' };
  return {
    launch: () => start(process.execPath, [join(dist, 'workers/evaluator.js')], FOLDER, { ...env, ...more }),
    ready: 'polls mabeam',
    mayEnd: false,
  };
}

/** The evaluator in Python, one trial at a time. */
export function pythonCrew(python: string, env: Record<string, string>): Crew {
  const more = { PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: '1' };
  const words = ['-m', 'mabeam.evaluator', 'fault_evaluators:python', '--activity-slots', '1'];
  return { launch: () => start(python, words, FOLDER, { ...env, ...more }), ready: 'polls ', mayEnd: false };
}
