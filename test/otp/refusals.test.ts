import { checkChildSpecs, checkSupervisorSpec } from '../../src/domain/supervisor/specification';
import { Erlang, hasErlang } from './erlang';

const start = { kind: 'agent', type: 'worker' };
const mfa = '{m,f,[]}';

/** What OTP says of a specification, and ours: the term that our refusal names must be the one that OTP answers. */
const SPECS: readonly (readonly [title: string, autoShutdown: string, theirs: string, ours: unknown])[] = [
  ['no id', 'never', `[#{start=>${mfa}}]`, [{ start }]],
  ['no start', 'never', '[#{id=>a}]', [{ id: 'a' }]],
  [
    'a duplicate id',
    'never',
    `[#{id=>a,start=>${mfa}},#{id=>a,start=>${mfa}}]`,
    [
      { id: 'a', start },
      { id: 'a', start },
    ],
  ],
  [
    'a wrong restart type',
    'never',
    `[#{id=>a,start=>${mfa},restart=>sometimes}]`,
    [{ id: 'a', start, restart: 'sometimes' }],
  ],
  ['a wrong child type', 'never', `[#{id=>a,start=>${mfa},type=>agent}]`, [{ id: 'a', start, type: 'agent' }]],
  ['a negative shutdown', 'never', `[#{id=>a,start=>${mfa},shutdown=> -1}]`, [{ id: 'a', start, shutdown: -1 }]],
  [
    'a shutdown of a wrong kind',
    'never',
    `[#{id=>a,start=>${mfa},shutdown=>soon}]`,
    [{ id: 'a', start, shutdown: 'soon' }],
  ],
  ['a fractional shutdown', 'never', `[#{id=>a,start=>${mfa},shutdown=>1.5}]`, [{ id: 'a', start, shutdown: 1.5 }]],
  [
    'a significant child with never',
    'never',
    `[#{id=>a,start=>${mfa},restart=>transient,significant=>true}]`,
    [{ id: 'a', start, restart: 'transient', significant: true }],
  ],
  [
    'a significant permanent child',
    'any_significant',
    `[#{id=>a,start=>${mfa},significant=>true}]`,
    [{ id: 'a', start, significant: true }],
  ],
  [
    'a significant permanent child and never',
    'never',
    `[#{id=>a,start=>${mfa},significant=>true}]`,
    [{ id: 'a', start, significant: true }],
  ],
  [
    'significant maybe',
    'never',
    `[#{id=>a,start=>${mfa},significant=>maybe}]`,
    [{ id: 'a', start, significant: 'maybe' }],
  ],
  ['no specification', 'never', '[7]', [7]],
  ['nothing wrong', 'any_significant', `[#{id=>a,start=>${mfa}}]`, [{ id: 'a', start }]],
  [
    'two things wrong: the first in its order',
    'never',
    `[#{id=>a,start=>${mfa},shutdown=>soon,restart=>sometimes}]`,
    [{ id: 'a', start, shutdown: 'soon', restart: 'sometimes' }],
  ],
];

const FLAGS: readonly (readonly [title: string, theirs: string, ours: unknown])[] = [
  ['intensity below 0', '{#{intensity=> -1},[]}', { flags: { intensity: -1 }, children: [] }],
  ['intensity of a wrong kind', '{#{intensity=>many},[]}', { flags: { intensity: 'many' }, children: [] }],
  ['period 0', '{#{period=>0},[]}', { flags: { periodSeconds: 0 }, children: [] }],
  ['a wrong strategy', '{#{strategy=>one_for_none},[]}', { flags: { strategy: 'one_for_none' }, children: [] }],
  ['a wrong auto_shutdown', '{#{auto_shutdown=>always},[]}', { flags: { autoShutdown: 'always' }, children: [] }],
  ['nothing wrong', '{#{},[]}', { flags: {}, children: [] }],
];

(hasErlang ? describe : describe.skip)("our refusals and OTP's (needs Erlang)", () => {
  let erlang: Erlang;
  beforeAll(() => (erlang = Erlang.start()));
  afterAll(() => erlang.stop());

  test.each(SPECS)(
    'SUP-2, SUP-9: %s is refused with what OTP would say',
    async (_title, autoShutdown, theirs, ours) => {
      const checked = checkChildSpecs(ours, autoShutdown as 'never');
      const said = checked.ok ? 'ok' : `{error,${checked.problem.otp}}`;
      expect(said).toBe(await erlang.check(theirs, autoShutdown));
      if (!checked.ok) expect(checked.problem.message).toMatch(/got|mandatory|comes twice|it is never/);
    },
  );

  test.each(FLAGS)('SUP-1: %s is refused with what OTP would say', async (_title, theirs, ours) => {
    const checked = checkSupervisorSpec(ours);
    expect(checked.ok ? 'ok' : checked.problem.otp).toBe(await erlang.startLink(`{ok,${theirs}}`));
    if (!checked.ok) expect(checked.problem.message).toContain('got');
  });
});
