/**
 * `npm run example:fleet`: a fleet of processes works in rounds under a leader, locks and a barrier, while its processes are killed and frozen.
 *
 *   npm run example:fleet [-- --rounds 4] [--workers 4] [--seed 1] [--without-fence]
 *
 * Exit code 0 only if every promise was kept, and the breach that is then brought about without the fence was found; 130 when it is interrupted, else 1.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { connect, createHttpReads, type Space } from 'mabeam';
import { sendOut, type Returned, type Sent } from './fleet';
import { strikesOf, type Strike } from './kill';
import { alertsOf, reportOf } from './report';
import { startServices, type Services } from './services';

const TTL_MS = 3_000;
const INTERRUPTED = 130;
/** One worker is frozen with a write on its way. */
const ONE_FREEZE: readonly Strike[] = [{ how: 'freeze', act: 'write', round: 1, nth: 1 }];

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    workers: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    'data-dir': { type: 'string', default: path.join(__dirname, '../../.mabeam/fleet') },
    'without-fence': { type: 'boolean', default: false },
  },
});

function whole(name: 'rounds' | 'workers' | 'seed', least: number): number {
  const value = Number(options[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes a whole number from ${String(least)}; got ${options[name]}`);
}

const say = (text: string): void => {
  console.log(text === '' ? '' : `   ${text}`);
};

/** Sends the fleet out under strikes, then two workers without the fence. */
async function play(
  open: (space: string) => Promise<Space>,
  base: Pick<Sent, 'failed'>,
  name: string,
): Promise<number> {
  const crew = (count: number): readonly string[] =>
    Array.from({ length: count }, (_each, index) => `worker-${String(index + 1)}`);
  const send = async (more: Omit<Sent, 'env' | 'ttlMs' | 'failed' | 'say'>): Promise<Returned> => {
    const env = { MABEAM_SPACE: more.space.name };
    const returned = await sendOut({ ...base, ...more, env, ttlMs: TTL_MS, say });
    for (const line of ['', ...reportOf(returned, more.rounds)]) say(line);
    return returned;
  };
  const [rounds, workers] = [whole('rounds', 1), crew(whole('workers', 2))];
  const isFenced = !options['without-fence'];
  console.log(`1  ${String(workers.length)} workers, ${String(rounds)} rounds${isFenced ? '' : ', and no fence'}`);
  const space = await open(name);
  const { breaches } = await send({ space, rounds, workers, isFenced, strikes: strikesOf(whole('seed', 0), rounds) });
  say(`alerts    ${await alertsOf(space)}`);
  if (breaches.length > 0) return 1;
  console.log('\n2  The same without the fence: one of two is frozen with a write on its way');
  const bare = { space: await open(`${name}-bare`), rounds: 1, workers: crew(2), isFenced: false, strikes: ONE_FREEZE };
  const isFound = (await send(bare)).breaches.some((breach) => breach.includes('done 2 times'));
  console.log(isFound ? '\nevery promise was kept; without the fence one is broken' : '\nthe breach was not found');
  return isFound ? 0 : 1;
}

/** Begins what the fleet needs, and ends it. */
async function main(interrupted: Promise<never>): Promise<number> {
  const name = `fleet-${Date.now().toString(36)}`;
  // On a server of somebody else nobody is disturbed.
  process.env['MABEAM_QUEUE_PREFIX'] = process.env['TEMPORAL_ADDRESS'] === undefined ? '' : `${name}-`;
  const services: Services = await startServices(options['data-dir']);
  const failed = Promise.race([services.failed, interrupted]);
  failed.catch(() => undefined);
  try {
    const { temporal, url } = await Promise.race([services.begun, failed]);
    process.env['TEMPORAL_ADDRESS'] = temporal;
    return await play((space) => connect({ space, reads: createHttpReads(url) }), { failed }, name);
  } finally {
    await services.stop();
  }
}

/** Rejects when somebody wants the end. */
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      reject(new Error(signal));
      process.exitCode = INTERRUPTED;
    });
});
interrupted.catch(() => undefined);

void main(interrupted)
  .catch((error: unknown) => {
    if (process.exitCode === INTERRUPTED) return INTERRUPTED;
    console.error(error);
    return 1;
  })
  .then((code) => process.exit(code));
