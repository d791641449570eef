import { resolve } from 'node:path';
import { Worker } from '@temporalio/worker';
import * as platform from '../../workflows/index';
import { bundleOf, payloadConverterPath } from '../support/kernel/bundle';
import { silence } from '../support/kernel/silence';
import { recordedHistories, renewalsOf, typeOf, type RecordedHistory } from './histories';

const histories = recordedHistories();
let codePath = '';
beforeAll(async () => {
  silence();
  codePath = await bundleOf(resolve(__dirname, 'workflows.ts'));
});

async function replay(history: RecordedHistory | undefined): Promise<void> {
  const options = { workflowBundle: { codePath }, dataConverter: { payloadConverterPath }, replayName: 'replayed' };
  await Worker.runReplayHistory(options, { events: history?.events ?? [] }, history?.workflowId);
}

test.each(Object.keys(histories))('%s is replayed by the code of today', async (file) => {
  await replay(histories[file]);
});

test('every workflow type has a recorded history, and every one that lives long one that is renewed', () => {
  const all = Object.values(histories);
  const types = (some: readonly RecordedHistory[]): readonly string[] => [...new Set(some.map(typeOf))].sort();
  const named = [...Object.keys(platform), 'keeperAgentWorkflow'].sort();
  expect(types(all)).toEqual(named);
  const long = named.filter((name) => name !== 'unknownWorkflow');
  expect(types(all.filter((history) => renewalsOf(history).begun))).toEqual(long);
  expect(types(all.filter((history) => renewalsOf(history).ended))).toEqual(long);
});

test('a history that the code would not make again is seen', async () => {
  // given the planted breach: an activity of another name, as after a careless change
  const entry = Object.entries(histories).find(([, { events }]) =>
    events.some((event) => event['activityTaskScheduledEventAttributes'] !== undefined),
  );
  const history = entry?.[1];
  if (history === undefined) throw new Error('a history with an activity was expected');
  const events = history.events.map((event) => {
    const scheduled = event['activityTaskScheduledEventAttributes'] as object | undefined;
    const activityType = { name: 'quiteAnother' };
    return scheduled === undefined
      ? event
      : { ...event, activityTaskScheduledEventAttributes: { ...scheduled, activityType } };
  });
  await expect(replay({ ...history, events: events })).rejects.toMatchObject({
    name: 'DeterminismViolationError',
  });
});
