import { MAX_CHILDREN, MAX_INTENSITY, MAX_START_BYTES, type SupervisorSpec } from '../../../src/contracts/supervisor';
import { startSupervisor } from '../../../src/domain/supervisor/decide';
import { checkChildSpecs, checkSupervisorSpec } from '../../../src/domain/supervisor/specification';
import { child, Drive } from '../../support/supervisor/drive';

const at = { now: 0, firstGeneration: 1 };
const backOff = { initialMs: 1, maxMs: 2, jitter: 0, resetMs: 0, seed: 1 };

/** What OTP would refuse is compared with OTP in test/otp/refusals.test.ts; these are the texts, and what is ours. */
const BAD: readonly (readonly [title: string, spec: unknown, field: string, message: RegExp])[] = [
  ['no object', 7, '', /an object with flags and children; got 7/],
  ['flags of a wrong kind', { flags: 1, children: [] }, 'flags', /flags are an object; got 1/],
  ['no list of children', { children: 'a' }, 'children', /a list of specifications; got "a"/],
  ['intensity below 0', { flags: { intensity: -1 }, children: [] }, 'flags.intensity', /from 0 to 1000; got -1/],
  ['an intensity too large', { flags: { intensity: MAX_INTENSITY + 1 }, children: [] }, 'flags.intensity', /got 1001/],
  [
    'an unknown flag',
    { flags: { period: 5 }, children: [] },
    'flags.period',
    /flags has the fields .*periodSeconds.*; got period/,
  ],
  [
    'automatic shutdown of dynamic children',
    { flags: { strategy: 'simple_one_for_one', autoShutdown: 'any_significant' }, children: [child('w')] },
    'flags.autoShutdown',
    /goes with autoShutdown never; got "any_significant"/,
  ],
  [
    'no template',
    { flags: { strategy: 'simple_one_for_one' }, children: [] },
    'children',
    /exactly one specification.*got 0/,
  ],
  [
    'a duplicate id',
    { children: [child('a'), child('a')] },
    'children[1].id',
    /used once in a supervisor; a comes twice/,
  ],
  ['an id that is no name', { children: [child('A b')] }, 'children[0].id', /got "A b"/],
  [
    'a start without a type',
    { children: [{ id: 'a', start: { kind: 'agent' } }] },
    'children[0].start',
    /kind and type/,
  ],
  [
    'a queue that cannot be one',
    { children: [child('a', { start: { kind: 'agent', type: 't', options: { queue: 'G P U' } } })] },
    'children[0].start.options.queue',
    /a queue is .*; got "G P U"/,
  ],
  [
    'options that are too large',
    { children: [child('a', { start: { kind: 'agent', type: 't', options: 'x'.repeat(MAX_START_BYTES) } })] },
    'children[0].start.options',
    /at most 8192 bytes of JSON; got 8194 bytes/,
  ],
  ['an unknown field', { children: [{ ...child('a'), restarts: 3 }] }, 'children[0].restarts', /got restarts/],
  [
    'a time limit above a day',
    { children: [child('a', { shutdown: 86_400_001 })] },
    'children[0].shutdown',
    /got 86400001/,
  ],
  [
    'more children than allowed',
    { flags: { maxChildren: 1 }, children: [child('a'), child('b')] },
    'children',
    /at most 1 children are allowed here \(maxChildren\); got 2/,
  ],
  [
    'maxChildren above ours',
    { flags: { maxChildren: MAX_CHILDREN + 1 }, children: [] },
    'flags.maxChildren',
    /got 1001/,
  ],
  ['half a back-off', { flags: { backOff: { initialMs: 1 } }, children: [] }, 'flags.backOff.maxMs', /needs maxMs/],
  ['a back-off of a wrong kind', { flags: { backOff: 5 }, children: [] }, 'flags.backOff', /got 5/],
  [
    'a back-off that shrinks',
    { flags: { backOff: { ...backOff, initialMs: 9 } }, children: [] },
    'flags.backOff.maxMs',
    /at least initialMs, 9; got 2/,
  ],
  [
    'a jitter above 1',
    { flags: { backOff: { ...backOff, jitter: 1.1 } }, children: [] },
    'flags.backOff.jitter',
    /got 1.1/,
  ],
  [
    'an unknown part of the back-off',
    { flags: { backOff: { ...backOff, base: 2 } }, children: [] },
    'flags.backOff.base',
    /got base/,
  ],
  [
    'half a quarantine',
    { flags: { quarantine: { restarts: 1 } }, children: [] },
    'flags.quarantine.periodSeconds',
    /needs periodSeconds/,
  ],
  ['a quarantine of a wrong kind', { flags: { quarantine: true }, children: [] }, 'flags.quarantine', /got true/],
];

test.each(BAD)('SUP-2: %s is refused before anything is started, with the field', (_title, spec, field, message) => {
  const started = startSupervisor(spec as SupervisorSpec, at);
  expect(started).toMatchObject({ ok: false, problem: { field } });
  if (!started.ok) expect(started.problem.message).toMatch(message);
});

test('SUP-1, SUP-2: what is good is taken as it is, with the defaults of what was left out', () => {
  const flags = {
    strategy: 'one_for_all',
    backOff,
    quarantine: { restarts: 0, periodSeconds: 1 },
    maxChildren: 3,
  } as const;
  expect(checkSupervisorSpec({ flags, children: [child('a')] })).toMatchObject({
    ok: true,
    value: { flags: { ...flags, intensity: 1, periodSeconds: 5, autoShutdown: 'never' }, children: [{ id: 'a' }] },
  });
  expect(checkSupervisorSpec({ children: [] })).toMatchObject({ ok: true });
});

test('SUP-10: check_childspecs without flags does not hold significant against them', () => {
  const spec = [child('a', { restart: 'transient', significant: true })];
  expect(checkChildSpecs(spec)).toMatchObject({ ok: true });
  expect(checkChildSpecs(spec, 'never')).toMatchObject({ ok: false });
});

test('SUP-10: a bad start_child is refused with what is wrong, and starts nothing', () => {
  const drive = Drive.started({}, [child('a')]);
  expect(
    drive.ask({ kind: 'start_child', spec: child('b', { restart: 'transient', significant: true }) }),
  ).toMatchObject({
    error: 'invalid',
    problem: { field: 'spec.significant', otp: '{bad_combination,[{auto_shutdown,never},{significant,true}]}' },
  });
  expect(drive.ask({ kind: 'start_child', id: 'b' })).toMatchObject({ error: 'invalid' });
  const dynamic = Drive.started({ strategy: 'simple_one_for_one' }, [child('w')]);
  expect(dynamic.ask({ kind: 'start_child', id: 'No' })).toMatchObject({ error: 'invalid', problem: { field: 'id' } });
  const args = 'x'.repeat(MAX_START_BYTES);
  expect(dynamic.ask({ kind: 'start_child', id: 'b', args })).toMatchObject({
    error: 'invalid',
    problem: { field: 'args' },
  });
  expect([drive.take(), dynamic.take()]).toEqual([[], []]);
});
