import { announced, CROWD, crowdNames, standing, thinking } from '../definitions';
import {
  bareActivityFanOutWorkflow,
  bareAddUpdate,
  bareEntityWorkflow,
  bareSignalBallotWorkflow,
} from '../bare-workflows';
import { compared, interleaved, type Row } from '../measure';
import type { Proposing, VariableSetHandle } from '../../src/client/variable-sets';
import { until } from '../history';
import type { Setting } from '../setting';

const POLL_MS = 50;
/** Waits until the set and the crowd have handed over all they said. */
function handedOver(setting: Setting, set: Pick<VariableSetHandle, 'status'>): () => Promise<void> {
  const agents = crowdNames.map((name) => setting.space.agents.at(name));
  return async () => {
    for (const each of [set, ...agents]) await until(async () => (await each.status()).outbox === 0, POLL_MS);
  };
}

async function bareCrowd(setting: Setting): Promise<readonly string[]> {
  const { workflow } = setting.temporal.client;
  const ids = crowdNames.map((name) => `${setting.queue}-bare-${name}`);
  for (const workflowId of ids)
    await workflow.start(bareEntityWorkflow, { args: [0], taskQueue: setting.queue, workflowId });
  return ids;
}

/** Ballots of fifty, and a version announced to fifty, against the same written on the bare SDK. */
export async function crowd(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const rounds = isShort ? 8 : 40;
  const { space, queue } = setting;
  const { workflow } = setting.temporal.client;
  await Promise.all(crowdNames.map((name) => space.agents.get('subject', name)));
  const ids = await bareCrowd(setting);
  const one = workflow.getHandle(ids[0] ?? '');
  let numbers = 0;
  const options = (): { taskQueue: string; workflowId: string; args: [readonly string[]] } => {
    numbers += 1;
    return { taskQueue: queue, workflowId: `${queue}-fan-${String(numbers)}`, args: [ids] };
  };
  const byActivity = (): Promise<number> => workflow.execute(bareActivityFanOutWorkflow, options());

  const standingSet = await space.variables.get(standing);
  const decidedAtOnce = await interleaved(
    rounds * 3,
    {
      ours: async (round) => {
        const basedOn = round + 1;
        const verdict = await standingSet.propose({ threshold: (basedOn % 10) / 10 }, { basedOn }).verdict;
        if (verdict.kind !== 'accepted') throw new Error(`expected accepted, got ${verdict.kind}`);
      },
      reference: () => one.executeUpdate(bareAddUpdate, { args: [1] }),
    },
    handedOver(setting, standingSet),
  );

  const thinkingSet = await space.variables.get(thinking);
  let version = 1;
  const propose = (): Proposing => {
    const basedOn = version;
    version += 1;
    return thinkingSet.propose({ threshold: (version % 10) / 10 }, { basedOn });
  };
  const decided = await interleaved(
    rounds,
    {
      ours: async () => {
        const { kind } = await propose().decided();
        if (kind !== 'accepted') throw new Error(`expected accepted, got ${kind}`);
      },
      signals: () => workflow.execute(bareSignalBallotWorkflow, options()),
      activity: byActivity,
    },
    handedOver(setting, thinkingSet),
  );

  const announcedSet = await space.variables.get(announced);
  for (const name of crowdNames) await announcedSet.subscribe(name);
  const adopted = await interleaved(
    rounds,
    {
      ours: async (round) => {
        const version = round + 2;
        await announcedSet.propose({ value: version }, { basedOn: version - 1 }).verdict;
        await announcedSet.adopted(version);
      },
      reference: byActivity,
    },
    handedOver(setting, announcedSet),
  );
  const laggards = (await announcedSet.adoption()).laggards.length;
  if (laggards > 0) throw new Error(`${String(laggards)} of ${String(CROWD)} agents did not adopt`);

  const ballot = 'ballot of 50 that think';
  const row = (id: string, what: string, ours: number, reference: number, bar: number): Row =>
    compared({ id, what, unit: 'ms', ours, reference, bar });
  const { ours, signals, activity } = decided;
  return [
    row(
      'ballot-standing',
      'ballot of 50 standing votes over one bare update',
      decidedAtOnce.ours,
      decidedAtOnce.reference,
      3,
    ),
    row('ballot-thinking-signals', `${ballot} over bare signals both ways`, ours, signals, 0.5),
    row('ballot-thinking-activity', `${ballot} over one bare activity sending 50 updates`, ours, activity, 1.5),
    row(
      'announce',
      'version adopted by 50 agents over one bare activity sending 50 updates',
      adopted.ours,
      adopted.reference,
      1.5,
    ),
  ];
}
