import type { Command } from 'commander';
import type { SpaceHealth } from '../../contracts/health';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';

const PART = 12;

/** One line for each part, and one for each that is not well, with the reason. */
function text(health: SpaceHealth): string {
  const { temporal, store, queues, workers, supervision, messages, reasons, takenOut = [] } = health;
  const told = [
    ['Temporal', temporal] as const,
    ['store', store] as const,
    ...queues.map((queue) => ['queue', queue] as const),
    ...workers.map((worker) => ['worker', { ...worker, detail: `${worker.identity}: ${worker.detail}` }] as const),
    ...takenOut.map((out) => ['worker', out] as const),
    ['supervision', supervision] as const,
    ['messages', messages] as const,
  ];
  const lines = told.map(([part, { ok, detail }]) => `${part.padEnd(PART)}${ok ? 'ok      ' : 'NOT OK  '}${detail}\n`);
  const why = reasons.map((reason) => `  ${reason}\n`);
  return [...lines, ...(why.length === 0 ? [] : ['because:\n', ...why])].join('');
}

/** `mabeam health`: how the space is. Exit code 0 only when all is well. */
export function addHealthCommand(program: Command, deps: CliDeps): void {
  program
    .command('health')
    .description('how the space is: queues, workers, supervisors, the oldest message; what is wrong, and why')
    .action((_options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const health = await space.health();
        printOne(deps, options.output, health, () => text(health));
        return health.ok ? 0 : 1;
      }),
    );
}
