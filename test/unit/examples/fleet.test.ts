import type { Entry, Job } from '../../../examples/fleet/journal';
import { judge } from '../../../examples/fleet/judge';
import { strikesOf } from '../../../examples/fleet/kill';

const order = { rounds: 1, workers: ['ann', 'ben'] };
const jobs: readonly Job[] = [
  { id: '1-1', shelf: 'bolts', worker: 'ann' },
  { id: '1-2', shelf: 'bolts', worker: 'ben' },
];
const planned = (worker: string, term: number): Entry => ({ kind: 'planned', worker, term, round: 1, jobs });
const written = (worker: string, token: number, job: string): Entry => ({
  kind: 'written',
  worker,
  token,
  round: 1,
  job,
  shelf: 'bolts',
});
const at = (kind: 'arrived' | 'passed' | 'broken', worker: string, generation = 1): Entry => ({
  kind,
  worker,
  round: 1,
  generation,
});
const end = [at('arrived', 'ann'), at('arrived', 'ben'), at('passed', 'ann'), at('passed', 'ben')];
const good: readonly Entry[] = [planned('ann', 7), written('ann', 3, '1-1'), written('ben', 4, '1-2'), ...end];

const breachesOf = (journal: readonly Entry[]): readonly string[] => judge(journal, order).breaches;

test('what keeps every promise is counted, and no breach is found', () => {
  const elected: Entry = { kind: 'elected', worker: 'ben', term: 9 };
  const refused: Entry = { kind: 'refused', worker: 'ann', what: 'write', why: 'too old' };
  expect(judge([...good, elected, refused], order)).toEqual({
    rounds: 1,
    jobs: 2,
    doneOnce: 2,
    refused: 1,
    broken: 0,
    terms: [
      { term: 7, worker: 'ann', rounds: [1] },
      { term: 9, worker: 'ben', rounds: [] },
    ],
    breaches: [],
  });
});

test.each<[string, readonly Entry[], string]>([
  [
    'a write of a holder that was frozen',
    [...good.slice(0, 3), written('ann', 2, '1-2'), ...end],
    'job 1-2 was done 2 times: by ben with token 4, then by ann with token 2',
  ],
  ['a job that nobody did', good.filter((entry) => entry !== good[2]), 'job 1-2 was never done'],
  [
    'a token that falls',
    [planned('ann', 7), written('ann', 5, '1-1'), written('ben', 4, '1-2'), ...end],
    'ben wrote job 1-2 with token 4 after 5 had been on bolts',
  ],
  [
    'a leader of the past',
    [planned('ann', 7), planned('ben', 6), ...good.slice(1)],
    'ben planned in term 6 after term 7',
  ],
  [
    'a second plan',
    [planned('ann', 7), planned('ben', 8), ...good.slice(1)],
    'round 1 was planned twice: by ann, then by ben',
  ],
  ['two leaders in a term', [{ kind: 'elected', worker: 'ben', term: 7 }, ...good], 'ben and ann both led in term 7'],
  [
    'one that did not wait',
    [...good.slice(0, 3), at('arrived', 'ann'), at('passed', 'ann'), at('arrived', 'ben'), at('passed', 'ben')],
    'ann left round 1 before ben came',
  ],
  [
    'an arrival at a generation that broke',
    [...good.slice(0, 4), at('arrived', 'ben', 2), at('passed', 'ann', 2), at('passed', 'ben', 2)],
    'ann left round 1 before ann came',
  ],
  [
    'work after the end',
    [...good.slice(0, 2), ...end, written('ben', 4, '1-2')],
    'ben wrote job 1-2 when its round was over',
  ],
  ['one that is missing at the end', good.slice(0, -1), 'ben did not come to the end'],
])('%s is found', (_what, journal, breach) => {
  expect(breachesOf(journal)).toContain(breach);
});

test('a seed gives the same strikes again, one freeze and one kill in each round, and all kinds in four', () => {
  const strikes = strikesOf(7, 4);
  expect(strikesOf(7, 4)).toEqual(strikes);
  expect(strikesOf(8, 4)).not.toEqual(strikes);
  expect(strikes.map(({ round, how }) => `${how} ${String(round)}`)).toEqual(
    [1, 2, 3, 4].flatMap((round) => [`freeze ${String(round)}`, `kill ${String(round)}`]),
  );
  expect(new Set(strikes.map(({ how, act }) => `${how} ${act}`)).size).toBe(6);
});
