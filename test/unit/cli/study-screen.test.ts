import type { StoredEvent } from '../../../src/contracts/event-store';
import type { StudyView, Trial } from '../../../src/contracts/optimisation/study';
import { eventText, outcomeText, screenOf } from '../../../src/cli/study-screen';
import { reportedOf, specOf, trialOf } from '../../support/studies/reported';

const NOW = Date.parse('2026-11-30T06:00:20.000Z');
const spec = specOf({ budget: { trials: 8 } });
const running = (number: number, more: Partial<Trial> = {}): Trial => {
  const { endedAt: _none, worker: _neither, measures: _nor, ...trial } = trialOf(spec, number);
  return { ...trial, state: 'running', attempts: 0, ...more };
};
function viewOf(trials: readonly Trial[], more: Partial<StudyView> = {}): StudyView {
  const { view } = reportedOf(trials, { spec });
  const recent = trials.filter(({ state }) => state !== 'running');
  return { ...view, enqueued: 0, recent, ...more };
}

test('a screen has progress, counts, the best, what runs with its age, and what ended last, newest first', () => {
  const lease = { attempt: 2, client: 'lab-1', until: '2026-11-30T07:00:00.000Z' };
  const trials = [
    trialOf(spec, 1, { attempts: 2 }),
    trialOf(spec, 2),
    running(3, { lastReport: { step: 7, value: 0.25 } }),
    running(4, { lease }),
  ];
  const lines = screenOf('filter-1', viewOf(trials), NOW);
  expect(lines[0]).toBe(`filter-1  running  ${'█'.repeat(7)}${'░'.repeat(23)}  2 of 8`);
  expect(lines[1]).toBe('account   2 complete, 2 running; 1 begun again, 0 late');
  expect(lines[2]).toMatch(/^best {6}trial 1 {2}loss=0\.\d+ memory=\S+ {2}\{"rate":/);
  expect(lines[3]).toMatch(/^running {3}trial 3 +\d+\.\d s {2}step 7: 0\.25$/);
  expect(lines[4]).toMatch(/^ {10}trial 4 +\d+\.\d s {2}lab-1 \(attempt 2\)$/);
  expect(lines[5]).toMatch(/^last {6}trial 2 .* complete {3}loss=.* gpu-2@rack-7$/);
  expect(lines[6]).toMatch(/^ {10}trial 1 .* attempt 2$/);
});

const OUT = { worker: 'w/7', since: '2026-11-30T06:00:00.000Z', failures: 5, until: '2026-11-30T06:01:00.000Z' };
const OUT_TEXT =
  'w/7 taken out since 2026-11-30T06:00:00.000Z, after 5 failures in a row, last: no space?; takes one trial at 2026-11-30T06:01:00.000Z';

test('a screen says which workers are out, and why', () => {
  const lines = screenOf('sick', viewOf([], { workersOut: [{ ...OUT, last: 'no space\u001b' }] }), NOW);
  expect(lines[3]).toBe(`out       ${OUT_TEXT}`);
});

test('a screen of a study that has nothing yet says whom it waits for', () => {
  const lines = screenOf('new', viewOf([], { state: 'created', waitingFor: 'nobody evaluates "train"' }), NOW);
  expect(lines.slice(1)).toEqual(['account   0 complete', 'best      none yet', 'waiting   nobody evaluates "train"']);
});

test('of many trials that run the first are shown and the others counted', () => {
  const many = Array.from({ length: 40 }, (_none, at) => running(at + 1));
  const lines = screenOf('wide', viewOf(many), NOW);
  expect(lines.filter((line) => line.includes('trial '))).toHaveLength(12);
  expect(lines.at(-1)).toBe(`${' '.repeat(10)}28 more`);
});

test('what waits at a rung is counted, shown, and told', () => {
  const waits = [{ rung: 0, step: 4, from: '2026-11-30T06:00:10.000Z' }];
  const resting = running(3, { state: 'waiting', waits, lastReport: { step: 4, value: 0.5 } });
  const { account } = viewOf([]);
  const lines = screenOf('rungs', viewOf([], { account: { ...account, waiting: 1 }, waiting: [resting] }), NOW);
  expect(lines).toContain('account   0 complete, 1 waiting');
  expect(lines.at(-1)).toBe('at rungs  trial 3      waits since 2026-11-30T06:00:10.000Z  step 4: 0.5');
  expect(eventText(happened('study.trialWaits', { trial: resting }))).toMatch(/trial 3 .* waiting {4}step 4: 0\.5/);
});

test('what a worker calls itself steers no terminal', () => {
  const lines = screenOf('odd', viewOf([trialOf(spec, 1, { worker: 'w\u001b[2J\u202e' })]), NOW);
  expect(/[\u0000-\u001f\u202e]/.test(lines.join(''))).toBe(false);
});

const happened = (type: string, data: Readonly<Record<string, unknown>>): StoredEvent =>
  ({ position: 1, event: { type, time: '2026-11-30T06:00:00Z', data } }) as unknown as StoredEvent;

test.each([
  ['study.asked', { trials: [{ number: 3 }, { number: 4 }] }, 'asked\ttrials 3, 4'],
  ['study.promoted', { trials: [{ number: 3, attempt: 2 }] }, 'promoted\ttrials 3'],
  ['study.paused', { reason: 'lunch' }, 'paused\tlunch'],
  ['study.resumed', {}, 'resumed\t'],
  ['study.workerBroken', { ...OUT, last: 'no space\n' }, `workerBroken\t${OUT_TEXT}`],
  ['study.workerMended', { worker: 'w/7' }, 'workerMended\tw/7'],
])('%s is a line', (type, data, line) => {
  expect(eventText(happened(type, data))).toBe(`2026-11-30T06:00:00Z\t${line}`);
});

test('a trial that failed is a line with its reason', () => {
  const trial = trialOf(spec, 5, {
    state: 'failed',
    refusal: { code: 'evaluation-failed', message: 'out of\nmemory' },
  });
  expect(eventText(happened('study.trialEnded', { trial }))).toMatch(
    /\ttrialEnded\ttrial 5 .* failed {5}evaluation-failed: out of\?memory {2}gpu-/,
  );
});

test('an outcome says how it ended, and the best', () => {
  const { account, best } = viewOf([trialOf(spec, 1)]);
  const ended = { study: 'filter-1', state: 'finished', reason: 'the budget is spent', account } as const;
  expect(outcomeText(ended)).toBe('filter-1 finished: the budget is spent; 1 of 1 complete; best none yet');
  expect(outcomeText({ ...ended, ...(best === undefined ? {} : { best }) })).toMatch(/; best trial 1 {2}loss=/);
});
