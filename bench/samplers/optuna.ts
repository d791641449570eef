import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { Course, Problem } from './problem';

/** What one study of Optuna is asked for. */
export interface Asked {
  readonly sampler: string;
  readonly problem: Problem;
  /** Of the problem's instance. */
  readonly seed: number;
  /** Of the sampler. */
  readonly own: number;
  readonly trials: number;
  /** So many are asked for together, and then told. */
  readonly batch: number;
  /** What it evaluates before its sampler is asked. */
  readonly first: readonly Configuration[];
}

/** A process of Optuna that plays one study after the other. */
export interface OptunaSide {
  readonly version: string;
  study(asked: Asked): Promise<Course>;
  close(): Promise<void>;
}

/** Its side of the talk. */
export const SIDE = join(__dirname, 'optuna_side.py');

/** Starts it. @param python of an environment with what `requirements.txt` names @throws with what it wrote when it ends early */
export async function startOptuna(python: string): Promise<OptunaSide> {
  const child = spawn(python, [SIDE], { stdio: ['pipe', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error(`Optuna's side ended: ${err.slice(-2_000)}`);
    return JSON.parse(line.value) as unknown;
  };
  const write = (value: unknown): void => {
    child.stdin.write(`${JSON.stringify(value)}\n`);
  };
  const { optuna: version } = (await read()) as { readonly optuna: string };
  return {
    version,
    study: async ({ sampler, problem, seed, own, trials, batch, first }) => {
      const { told, course } = problem.instance(seed);
      const { objectives } = problem;
      const configurations: Configuration[] = [];
      write({ sampler, seed: own, trials, batch, first, objectives, dimensions: problem.space.dimensions });
      for (let number = 1; number <= trials; number += 1) {
        const configuration = (await read()) as Configuration;
        configurations.push(configuration);
        // of a batch it reads what has been told when it has asked for all of it
        write(told(configuration, number));
      }
      return course(configurations);
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
