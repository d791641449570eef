import type { StudyOptions } from '../../src/client/optimisation';
import type { Trial } from '../../src/contracts/optimisation/study';
import type { MemberView, TeamMember, TeamRule } from '../../src/contracts/optimisation/team';
import type { proposer } from '../support/studies/definitions';
import { float } from '../support/studies/dimensions';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { runsOf } from '../support/sets/history';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('studies-team');
  await harness.evaluator('bowl', ({ params }) => ({ loss: bowl(params) }));
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const bowl = (of: Readonly<Record<string, unknown>>): number =>
  (Number(of['x']) - 0.3) ** 2 + (Number(of['y']) - 0.7) ** 2;
const NATIVE: readonly TeamMember[] = [
  { name: 'trees', sampler: 'tpe' },
  { name: 'evolution', sampler: 'cmaes' },
];
const study = (rule: TeamRule, members: readonly TeamMember[], more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: { dimensions: { x: float(0, 1), y: float(0, 1) } },
  evaluator: 'bowl',
  minimise: 'loss',
  team: { members, rule },
  seed: 3,
  budget: { trials: 30 },
  parallelism: 1,
  ...more,
});

/** ECO-2: what a member was given is what it has, what is set aside and what it paid. */
function expectBalance(members: readonly MemberView[]): void {
  for (const { account } of members)
    expect(account.free + account.reserved + account.spent).toBeCloseTo(account.minted, 9);
}
const membersOf = (trials: readonly Trial[]): readonly (string | undefined)[] =>
  trials.map(({ proposedBy }) => proposedBy?.member);

test('MKT-3 ECO-2 a team sells its trials to samplers and to an agent of one’s own; each says who proposed it and why, and accounts balance', async () => {
  const own = await harness.agents.get<typeof proposer>('proposer', 'halver');
  const liar = await harness.agents.get<typeof proposer>('proposer', 'liar', { args: { manner: 'liar' } });
  const members = [...NATIVE, { name: 'halver', agent: 'halver' }, { name: 'liar', agent: 'liar' }];
  const started = await harness.studies.start('auction', study('auction', members, { budget: { trials: 40 } }));
  const { account, best } = await started.finished({ timeoutMs: 60_000 });
  expect(account).toMatchObject({ asked: 40, complete: 40 });
  expect(best?.proposedBy?.member).toBeDefined();
  const trials = harness.endings('auction');
  expect(trials.every(({ proposedBy }) => proposedBy !== undefined && proposedBy.why.length > 0)).toBe(true);
  expect(new Set(membersOf(trials)).size).toBeGreaterThan(2);
  // each asked agent keeps a state of its own
  expect(await own.inspect('asked')).toBe(40);
  expect(await liar.inspect('asked')).toBe(40);
  const { team } = await started.view();
  expect(team?.members.map(({ proposed }) => proposed).reduce((a, b) => a + b)).toBe(40);
  expectBalance(team?.members ?? []);
  // what was sold is paid
  const paid = trials.reduce((sum, { proposedBy }) => sum + (proposedBy?.price ?? 0), 0);
  const spent = (team?.members ?? []).reduce((sum, each) => sum + each.account.spent, 0);
  expect(paid).toBeGreaterThan(0);
  expect(spent).toBeCloseTo(paid, 5);
  // and who bids the most for rubbish is soon left with its share of exploration
  const late = membersOf(trials).slice(10);
  expect(late.filter((each) => each === 'liar').length).toBeLessThan(10);
});

test('a member that throws, is absent, answers another space or nothing costs itself alone, and the study says so', async () => {
  const manners = ['throws', 'foreign', 'refuses', 'passes'] as const;
  for (const manner of manners) await harness.agents.get('proposer', manner, { args: { manner } });
  const members: readonly TeamMember[] = [
    ...manners.map((manner) => ({ name: manner, agent: manner, askMs: 2_000 })),
    { name: 'absent', agent: 'nobody' },
    { name: 'chance', sampler: 'random' },
  ];
  const started = await harness.studies.start('rough', study('hedge', members, { budget: { trials: 6 } }));
  const { account } = await started.finished({ timeoutMs: 60_000 });
  expect(account).toMatchObject({ asked: 6, complete: 6 });
  expect(new Set(membersOf(harness.endings('rough')))).toEqual(new Set(['chance']));
  const { team } = await started.view();
  const of = (name: string): MemberView | undefined => team?.members.find((each) => each.name === name);
  const codeOf = (name: string): string | undefined => of(name)?.lastFailure?.refusal.code;
  expect(manners.slice(0, 3).map((name) => of(name)?.failures)).toEqual([6, 6, 6]);
  expect([codeOf('foreign'), codeOf('refuses'), codeOf('absent')]).toEqual([
    'invalid-message',
    'effect-failed',
    'agent-not-found',
  ]);
  expect(of('passes')).toMatchObject({ passes: 6, failures: 0 });
  const told = harness.happened('rough').filter(({ type }) => type === 'study.memberFailed');
  expect(told).toHaveLength(4 * 6);
  expect(told[0]?.data).toMatchObject({ ask: 0 });
  const stood = harness.endings('rough').filter(({ proposedBy }) => proposedBy?.why.includes('in the place of'));
  expect(stood.length).toBeGreaterThan(0);
});

test('STU-5 the same history gives the same proposals, over renewals and in another study', async () => {
  const members: readonly TeamMember[] = [...NATIVE, { name: 'model', sampler: 'gp' }];
  const options = study('bandit', members, { budget: { trials: 24 }, seed: 9 });
  const one = await harness.studies.start('one', options);
  const other = await harness.studies.start('other', options, { limits: { renewAfterEvents: 60 } });
  await Promise.all([one, other].map((each) => each.finished({ timeoutMs: 60_000 })));
  expect((await runsOf(harness.temporal, other.workflowId)).length).toBeGreaterThan(1);
  const said = (name: string) =>
    harness.suggestions(name).map(({ configuration, ...of }) => [configuration, (of as Trial).proposedBy]);
  expect(said('other')).toEqual(said('one'));
  expect(new Set(membersOf(harness.endings('one'))).size).toBe(3);
  expectBalance((await other.view()).team?.members ?? []);
});
