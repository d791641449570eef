import { resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { explore, shorten, toldAgain } from '../../src/simulation/explore';
import { Sandbox } from '../../src/simulation/sandbox';
import type { Row } from '../measure';
import { report, table } from '../report';
import { payloadConverterPath } from '../setting';
import { BUGS, planted } from './planted';
import { simulation } from './team.simulation';

/*
 * usage: npm run bench:simulation -- [--seeds N] [--seed S]. The whole team under N seeds of what can go wrong, and each planted bug
 * until it is found; exit 1 when a promise is broken or a bug is not found. Needs no server.
 */

const SEEDS = 10_000;
/** A planted bug is to be found within so many seeds: as many as `npm test` runs. */
const FOUND_WITHIN = 500;

function flag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}

const row = (id: string, what: string, unit: string, ours: number, bar: number | null, holds: boolean | null): Row => ({
  id,
  what,
  unit,
  ours,
  reference: null,
  ratio: null,
  bar,
  holds,
});

async function main(): Promise<boolean> {
  const [seeds, seed] = [flag('--seeds', SEEDS), flag('--seed', 1)];
  const quiet = (): void => undefined;
  const { code } = await bundleWorkflowCode({
    workflowsPath: resolve(__dirname, 'workflows.ts'),
    payloadConverterPath,
    logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const sandbox = new Sandbox(code);
  const began = performance.now();
  let done = 0;
  const each = (): void => {
    done += 1;
    if (done % 500 === 0) process.stderr.write(`${String(done)} of ${String(seeds)} seeds\n`);
  };
  const found = explore(sandbox, simulation, { seed, seeds, most: 20, each });
  const seconds = (performance.now() - began) / 1_000;
  for (const ran of found.broken.slice(0, 1)) {
    const told = toldAgain(sandbox, simulation, shorten(sandbox, simulation, ran));
    process.stdout.write(`seed ${String(ran.seed)}: ${String(told.broken)}\n${(told.lines ?? []).join('\n')}\n`);
  }
  const rows = [
    row(
      'simulation-broken',
      'seeds in which a promise is broken',
      'seeds',
      found.broken.length,
      0,
      found.broken.length === 0,
    ),
    row('simulation-seeds', `seeds, from ${String(seed)} on`, 'seeds', found.seeds, null, null),
    row('simulation-passed', 'simulated time', 'hours', found.passedMs / 3_600_000, null, null),
    row('simulation-tasks', 'workflow tasks', 'tasks', found.tasks, null, null),
    row('simulation-renewals', 'renewals', 'renewals', found.renewals, null, null),
    row('simulation-replays', 'replays of histories', 'replays', found.replays, null, null),
    ...Object.entries(found.struck).map(([kind, count]) =>
      row(`simulation-${kind}`, `faults: ${kind}`, 'faults', count, null, null),
    ),
    ...Object.entries(found.seen).map(([what, count], at) =>
      row(`simulation-seen-${String(at + 1)}`, `seen: ${what}`, 'seeds', count, 1, count > 0),
    ),
    row('simulation-speed', 'a seed', 'ms', (1_000 * seconds) / Math.max(1, found.seeds), null, null),
    ...BUGS.map((bug, at) => {
      const { broken, seeds: needed } = explore(new Sandbox(planted(code, bug)), simulation, {
        seed: 1,
        seeds: FOUND_WITHIN,
      });
      return row(
        `planted-${String(at + 1)}`,
        `planted, ${bug.promise}: ${bug.name}`,
        'seeds until found',
        needed,
        FOUND_WITHIN,
        broken.length > 0,
      );
    }),
  ];
  const notes = [
    'The kernel and the deciders run as they are, on the SDK of Temporal; server, network, clock and machines are simulated.',
    `All runs together have the trace ${found.trace}: the same code and the same seeds give it again.`,
  ];
  await report('simulation', undefined, rows, { command: 'npm run bench:simulation', notes });
  process.stdout.write(`${table(rows)}\n`);
  return rows.every(({ holds }) => holds !== false);
}

void main().then((holds) => {
  process.exitCode = holds ? 0 : 1;
});
