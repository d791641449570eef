import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { counted, type Row } from '../measure';

const run = promisify(execFile);
const SCRIPT = join(__dirname, '../samplers/speed.ts');
/** Milliseconds for an ask in 5 dimensions. */
const BARS = [
  { sampler: 'tpe', trials: 1_000, bar: 1 },
  { sampler: 'gp', trials: 200, bar: 100 },
];

/** What asks take by themselves, in a process of their own: the rows of `bench/samplers/speed.ts` that have a bar. */
export async function askRows(): Promise<readonly Row[]> {
  const { stdout } = await run('npx', ['tsx', SCRIPT]);
  return BARS.map(({ sampler, trials, bar }) => {
    const what = `an ask of ${sampler}, 5 floats, ${String(trials)} trials`;
    const line = stdout.split('\n').find((each) => each.startsWith(`| ${what} |`));
    const ours = Number(line?.split('|')[3]);
    if (!(ours > 0)) throw new Error(`${SCRIPT} does not say "${what}":\n${stdout}`);
    return counted({ id: `ask-${sampler}`, what, unit: 'ms', ours, bar });
  });
}
