import { getClient } from '@temporalio/activity';
import { createSupervisionActivities, type SupervisionPort } from '../../activities/supervise';
import { openTemporal } from '../../src/client/temporal';
import type { OutboxBatch } from '../../src/contracts/envelope';
import { parseSpace } from '../../src/contracts/ids';
import type { StartOrder, StopOrder } from '../../src/contracts/supervision';
import { supervisionPort } from '../../workers/parts/supervision-port';
import { startHarness, type Harness } from '../support/kernel/harness';
import { difference } from './compare';
import { Erlang, hasErlang } from './erlang';
import { tellFigures } from './figures';
import { RealRun } from './real/run';
import { byStep } from './real/told';
import { samples, type Sample } from './tame';

/*
 * The same trees and events on OTP's supervisor and on `supervisorWorkflow`, with real child workflows, real starts, stops
 * and kills. Settings:
 * MABEAM_OTP=real           this suite, too: it takes a minute
 * MABEAM_OTP=long           this suite, and 400 random sequences instead of 34
 * MABEAM_OTP_REAL=text      only the samples whose name contains it
 */
const { MABEAM_OTP: length, MABEAM_OTP_REAL: only } = process.env;
const all = samples(length === 'long' ? 400 : 34);
const wanted = all.filter(({ name }) => only === undefined || name.includes(only));
/** Sequences that run at a time, each in a space of its own. */
const AT_ONCE = 6;
const LONG_MS = 3_600_000;

const runs = new Map<string, RealRun>();
const runOf = (space: string): RealRun => {
  const run = runs.get(space);
  if (run === undefined) throw new Error(`no sequence runs in ${space}`);
  return run;
};

let queuePrefix = '';
let harness: Harness;
let erlang: Erlang;

/** The activities of supervisors as they are; what they start and stop is told to the sequence first. */
function toldActivities(): Record<string, (order: never) => Promise<unknown>> {
  let real: ((space: string) => Promise<SupervisionPort>) | undefined;
  const activities = createSupervisionActivities(async (space) => {
    real ??= supervisionPort(getClient(), queuePrefix);
    const port = await real(space);
    return {
      ...port,
      startChild: async (order, previous) => {
        await runOf(space).starting(order, async (asked) => {
          await port.startChild(asked, previous);
        });
        return {};
      },
    };
  });
  return {
    startChild: (order: StartOrder) => activities.startChild(order),
    stopChild: async (order: StopOrder) => {
      await runOf(order.workflowId.split(':')[0] ?? '').ordered(order);
      return activities.stopChild(order);
    },
    scriptStopping: ({ space, id }: { readonly space: string; readonly id: string }) => runOf(space).stopping(id),
  };
}

function appendEvents(batch: OutboxBatch): Promise<{ storedThrough: number }> {
  runs.get(batch.space)?.stored(batch);
  return Promise.resolve({ storedThrough: batch.events.at(-1)?.sequence ?? 0 });
}

async function differs({ name, sequence }: Sample, number: number): Promise<string | undefined> {
  const space = parseSpace(`${harness.temporal.space}-${String(number)}`);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { client: harness.temporal.client, queuePrefix });
  const run = new RealRun(temporal, sequence);
  runs.set(space, run);
  try {
    const [theirs, ours] = await Promise.all([erlang.run(sequence), run.run()]);
    const found = difference(sequence, byStep(theirs), byStep(ours));
    return found && `MABEAM_OTP_REAL='${name}'\n${JSON.stringify(sequence)}\n${found}`;
  } catch (error) {
    return `MABEAM_OTP_REAL='${name}'\n${JSON.stringify(sequence)}\n  ${String(error)}`;
  }
}

(hasErlang ? describe : describe.skip)("our workflows and OTP's supervisor (needs Erlang)", () => {
  beforeAll(async () => {
    // First what may fail to start: what runs then is closed by the run alone.
    harness = await startHarness('otp', '../otp/workflows.ts', toldActivities(), appendEvents);
    queuePrefix = `${harness.temporal.space}-`;
    erlang = Erlang.start();
  });
  afterAll(async () => {
    await Promise.all([harness.close(), erlang.stop()]);
  });

  test(
    `SUP-1…12: ${String(wanted.length)} trees and sequences start, stop, answer and end alike on real workflows`,
    async () => {
      const waiting = wanted.map((sample, at) => [sample, at] as const);
      const failed: string[] = [];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const found = await differs(...next);
          if (found !== undefined) failed.push(found);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      tellFigures({ real: wanted.length, realOff: failed.length });
      expect(failed.slice(0, 3).join('\n')).toBe('');
      if (only === undefined) expect(wanted.length).toBeGreaterThanOrEqual(50);
    },
    LONG_MS,
  );
});
