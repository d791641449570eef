import { bestProposal, proposalOfTrial } from '../../../src/client/study-proposal';
import type { StudySpec, StudyView, Trial } from '../../../src/contracts/optimisation/study';

const spec = {
  over: { set: 'board', version: 3, hash: 'h', values: { x: 0.1 } },
  objective: { measure: 'loss', direction: 'minimise' },
  objectives: [
    { measure: 'loss', direction: 'minimise' },
    { measure: 'accuracy', direction: 'maximise' },
  ],
} as unknown as StudySpec;
const trial = (number: number, more: Partial<Trial> = {}): Trial => ({
  number,
  configuration: { x: number },
  state: 'complete',
  attempts: 1,
  measures: { loss: number, accuracy: number },
  feasible: true,
  askedAt: '',
  ...more,
});
const viewOf = (more: object): StudyView => more as StudyView;

test('of several objectives none is the best: who proposes names a trial', () => {
  const front = { size: 2, trials: [3, 7].map((number) => ({ number, measures: {} })) };
  expect(bestProposal('s', viewOf({ front }))).toMatchObject({
    code: 'invalid-request',
    message: 's has several objectives, so none is the best: name a trial, such as 3, 7',
  });
  // a front that is too large to be kept has no numbers
  expect(bestProposal('s', viewOf({ front: { trials: [] } }))).toMatchObject({ code: 'invalid-request' });
  expect(bestProposal('s', viewOf({ front: { size: 0, trials: [] } }))).toMatchObject({
    code: 'no-result',
    message: 's has nothing to propose: it has no feasible trial',
  });
  expect(bestProposal('s', viewOf({ best: trial(1) }))).toMatchObject({
    message: expect.stringContaining('the set had') as string,
  });
});

test('a trial that is named is proposed with the baseline beside it', () => {
  const proposal = proposalOfTrial({ name: 's', spec }, trial(4), trial(1));
  expect(proposal).toMatchObject({
    set: 'board',
    basedOn: 3,
    changes: { x: 4 },
    because: 'trial 4 of study s: loss 1 → 4, accuracy 1 → 4',
    evidence: { trials: [1, 4] },
  });
  // trial 1 is no baseline when a sampler, or a person, suggested it
  for (const first of [trial(1, { ask: 0 }), trial(1, { enqueued: true }), undefined])
    expect(proposalOfTrial({ name: 's', spec }, trial(4), first)).toMatchObject({ evidence: { trials: [4] } });
});

test.each([
  [trial(4, { state: 'failed' }), 'trial 4 is failed'],
  [trial(4, { state: 'running' }), 'trial 4 is running'],
  [trial(4, { feasible: false }), 'trial 4 broke a bound'],
  [trial(4, { configuration: { x: 0.1 } }), 'trial 4 is what the set had'],
])('a trial that cannot be proposed says why', (named, why) => {
  expect(proposalOfTrial({ name: 's', spec }, named, undefined)).toMatchObject({
    code: 'no-result',
    message: `s has nothing to propose: ${why}`,
  });
});

test('a study over no set has nothing to propose', () => {
  const { over: _none, ...own } = spec;
  expect(proposalOfTrial({ name: 's', spec: own }, trial(4), undefined)).toMatchObject({
    message: 's has nothing to propose: it is over no set',
  });
});
