/**
 * `npm run demo`: the main job of mabeam on this machine, from nothing to its end. Everything runs as real processes; state
 * lies in `.mabeam/demo`.
 *
 *   npm run demo [-- --trials 100] [--stay]
 *
 * Exit code 0 only if nothing was lost, left running, over budget or repeated; 1 otherwise; 130 when interrupted.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { demo } from '../../examples/mail-filter/demo/demo';
import { setUp, type DemoStage } from './stage';
import { Terminal } from './terminal';

const DATA_DIR = path.join(__dirname, '../../.mabeam/demo');
const TRIALS = 100;
const INTERRUPTED = 130;

interface Options {
  readonly trials: number;
  readonly dataDir: string;
  readonly isStaying: boolean;
}

function options(): Options {
  const { values } = parseArgs({
    options: { trials: { type: 'string' }, 'data-dir': { type: 'string' }, stay: { type: 'boolean' } },
  });
  const trials = Number(values.trials ?? TRIALS);
  if (!Number.isInteger(trials) || trials < 2)
    throw new Error(`--trials takes a whole number from 2; got ${String(trials)}`);
  return { trials, dataDir: path.resolve(values['data-dir'] ?? DATA_DIR), isStaying: values.stay === true };
}

/** Where to go from here. */
function next(terminal: Terminal, dataDir: string): void {
  const from = path.relative(process.cwd(), dataDir);
  terminal.chapter('What to try next');
  terminal.say(`$ npx mabeam dev --data-dir ${from} examples/mail-filter/agents.ts`);
  terminal.say('all of this goes on where it ended: the agents, their mail, the set; then, in another terminal:');
  terminal.say('$ npx mabeam propose mail-filter threshold=0.6     the guards measure, and vote');
  terminal.say('$ npx mabeam events                                everything that happened, in order');
}

/** Resolves when somebody wants the end. */
function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve('interrupted');
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}

async function play({ trials, dataDir, isStaying }: Options, terminal: Terminal): Promise<number> {
  const interrupted = interruption();
  const began = Date.now();
  let stage: DemoStage | undefined;
  const settingUp = setUp(dataDir, trials, terminal);
  try {
    const ready = await Promise.race([settingUp, interrupted]);
    if (ready === 'interrupted') return INTERRUPTED;
    stage = ready;
    const outcome = await Promise.race([demo(stage), stage.failed, interrupted]);
    if (outcome === 'interrupted') return INTERRUPTED;
    next(terminal, dataDir);
    terminal.say();
    const seconds = ((Date.now() - began) / 1_000).toFixed(0);
    terminal.say(
      outcome ? `all is well, in ${seconds} s` : `something is not as it should be; the logs are in ${dataDir}`,
    );
    writeFileSync(path.join(dataDir, 'transcript.json'), JSON.stringify(terminal.shown));
    if (isStaying) await Promise.race([interrupted, stage.failed]);
    return outcome ? 0 : 1;
  } finally {
    // Also what was still starting when we were interrupted.
    await settingUp.then((each) => each.close()).catch(() => undefined);
  }
}

const terminal = new Terminal(process.stdout);
terminal.raw('mabeam: agents tune a live mail filter; a decision travels from a proposal to the live system');
void Promise.resolve()
  .then(() => play(options(), terminal))
  .catch((error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  })
  .then((code) => process.exit(code));
