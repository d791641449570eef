/** A process that runs the agents of definition files under seeded faults, and ends. It needs no server. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ERRORS, isPlatformError, PlatformError, refuse } from '../src/contracts/errors';
import { explore, shorten, toldAgain } from '../src/simulation/explore';
import { runSeed, type Ran } from '../src/simulation/run';
import { Sandbox } from '../src/simulation/sandbox';
import type { Simulation } from '../src/simulation/simulation';
import { bundleDefinitions } from './parts/bundle';
import { loadDefinitions } from './parts/definitions';
import { loadSimulations } from './parts/simulations';

const SEEDS = 1_000;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function whole(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new PlatformError(refuse('invalid-request', `--${name}: expected a whole number from 1; got ${String(text)}`));
}

/** Everything that happened, and how to see it again. */
function tell(name: string, files: readonly string[], { seed, broken, lines = [], struck }: Ran): void {
  for (const line of lines) say(line);
  say('');
  say(`${name}: ${broken === undefined ? 'nothing is broken' : `broken: ${broken}`}`);
  say(`  with ${String(struck.length)} faults${struck.length === 0 ? '' : ':'}`);
  for (const { id, kind, name: what, at } of struck) say(`  ${id}  ${String(at)} ms  ${kind} ${what}`);
  const only = struck.length === 0 ? 'none' : struck.map(({ id }) => id).join(',');
  say(`  again with   mabeam simulate ${files.join(' ')} --seed ${String(seed)} --only ${only}`);
}

function runMany(
  sandbox: Sandbox,
  files: readonly string[],
  name: string,
  simulation: Simulation,
  seed: number,
  seeds: number,
): boolean {
  const began = performance.now();
  const found = explore(sandbox, simulation, { seed, seeds });
  const [ran] = found.broken;
  if (ran !== undefined) {
    say(`${name}: seed ${String(ran.seed)} is broken; leaving out what it does not need ...`);
    tell(name, files, toldAgain(sandbox, simulation, shorten(sandbox, simulation, ran)));
    return false;
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const faults = Object.values(found.struck).reduce((sum, count) => sum + count, 0);
  const hours = (found.passedMs / 3_600_000).toFixed(1);
  say(`${name}: ${String(found.seeds)} seeds from ${String(seed)} on, nothing is broken`);
  say(
    `  ${String(found.tasks)} workflow tasks, ${String(found.renewals)} renewals, ${String(faults)} faults, ${hours} hours of the simulated clock, in ${seconds} s`,
  );
  const never = Object.keys(
    simulation.make({ whole: (least) => least, pick: ([first]) => first as never }).sometimes ?? {},
  ).filter((each) => found.seen[each] === undefined);
  for (const each of never) say(`  never seen: ${each}`);
  return never.length === 0 || seeds < SEEDS;
}

async function main(): Promise<boolean> {
  const options = { seeds: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const seed = whole('seed', values.seed, 1);
  const seeds = whole('seeds', values.seeds, values.seed === undefined ? SEEDS : 1);
  const files = positionals.map((file) => resolve(file));
  const simulations = loadSimulations(files);
  const { code } = await bundleDefinitions(loadDefinitions(files));
  const sandbox = new Sandbox(code, files);
  let isWhole = true;
  for (const [name, simulation] of simulations) {
    if (seeds > 1) isWhole = runMany(sandbox, positionals, name, simulation, seed, seeds) && isWhole;
    else {
      const only = values.only?.split(',').filter((id) => id !== 'none');
      const ran = runSeed(sandbox, simulation, { seed, isTold: true, ...(only === undefined ? {} : { only }) });
      tell(name, positionals, ran);
      isWhole = ran.broken === undefined && isWhole;
    }
  }
  return isWhole;
}

main().then(
  (isWhole) => {
    process.exitCode = isWhole ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isPlatformError(error) ? ERRORS[error.code].exitCode : 1;
  },
);
