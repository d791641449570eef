import { plantedIn, type Mutation } from '../mutation';

const at = (name: string) => `src/domain/coordination/${name}.ts`;
const tally = 'test/unit/domain/ballot-tally.test.ts';
const median = 'test/unit/domain/ballot-median.test.ts';
const questions = 'test/unit/domain/ballot-questions.test.ts';
const fanOut = { file: 'activities/fan-out.ts', test: 'test/unit/activities/fan-out.test.ts' };
const set = 'test/unit/domain/variable-set.test.ts';

/** Ballots and sets of variables. */
export const DECISIONS: readonly Mutation[] = [
  ...plantedIn({ file: at('electorate'), test: tally }, [
    [
      'BAL-1 the hash is of the names alone',
      'return hashOf(electorate);',
      'return hashOf(electorate.map(({ id }) => id));',
      'BAL-1 the frozen electorate is hashed',
    ],
    [
      'BAL-6 shares are multiplied in floating point',
      'part * share.denominator >= share.numerator * whole',
      'part >= (share.numerator / share.denominator) * whole',
      'BAL-6 ties are exact',
    ],
  ]),
  ...plantedIn({ file: at('tally'), test: tally }, [
    [
      'BAL-2 an abstention follows the vote that came first',
      'choices.set(cast.voter, cast.choice)',
      "choices.set(cast.voter, cast.choice === 'abstain' ? (casts[0]?.choice ?? 'abstain') : cast.choice)",
      'BAL-2 no order of arrival changes the outcome',
    ],
    [
      'BAL-3 that all may be lost is not looked at',
      '    adopts(rule, count(electorate, rule, choices, silent)),\n',
      '',
      'BAL-3 an early decision is that of every completion',
    ],
    [
      'BAL-3 a veto holder is not waited for',
      "    adopts(rule, count(electorate, rule, all('no'), lost)),\n",
      '',
      'BAL-3 BAL-8 a veto holder who has not voted',
    ],
    [
      'BAL-6 a tie is a majority',
      'counted.yes * 2 > whole',
      'counted.yes * 2 >= whole',
      'BAL-6 BAL-8 AARR under a rule',
    ],
    [
      'BAL-7 the excluded shrink the eligible below a majority',
      'Math.max(frozen - excluded, Math.floor(frozen / 2) + 1)',
      'frozen - excluded',
      'leave it when they are excluded',
    ],
    [
      'BAL-7 the excluded shrink the quorum',
      'reaches(yes + no + abstained + named, rule.quorum, frozen)',
      'reaches(yes + no + abstained + named, rule.quorum, yes + no + abstained + named)',
      'leave the quorum as it was',
    ],
    ['BAL-8 a veto is no veto', "if (own === 'no' && voter.veto) vetoed = true;", '', 'BAL-3 BAL-8 a veto holder'],
  ]),
  ...plantedIn({ file: at('ballot'), test: tally }, [
    [
      'BAL-4 a closing changes a decision',
      'if (ballot.tally !== undefined) return ballot;\n  const evidence',
      'const evidence',
      'BAL-4 a decision never changes',
    ],
    [
      'BAL-5 a second ballot of a voter counts',
      'if (ballot.tally !== undefined || (standing !== undefined && !isReplaceable(ballot.rule, standing))) return ballot;',
      'if (ballot.tally !== undefined) return ballot;',
      'BAL-5 the first ballot of a voter counts',
    ],
  ]),
  ...plantedIn({ file: at('electorate'), test: median }, [
    ['BAL-8 no cap', 'Math.min(voter.weight, most)', 'voter.weight', 'BAL-8 a cap holds for numbers'],
  ]),
  ...plantedIn({ file: at('median'), test: median }, [
    [
      'BAL-8 the lower median alone',
      'return Math.min(Math.max(present, lower), value);',
      'return lower;',
      'BAL-8 no group with at most half',
    ],
  ]),
  ...plantedIn({ file: at('tally'), test: questions }, [
    [
      'BAL-9 a majority is enough where some may lie',
      'counted.yesVoters * 2 > counted.voters + rule.threshold.liars',
      'counted.yesVoters * 2 > counted.voters',
      'BAL-9 a resilient rule',
    ],
  ]),
  ...plantedIn({ file: at('delegation'), test: questions }, [
    [
      'BAL-8 a delegation is followed one step far',
      'at?.delegate !== undefined; steps += 1)',
      'at?.delegate !== undefined && steps < 1; steps += 1)',
      'decides as if all who delegate',
    ],
  ]),
  ...plantedIn(fanOut, [
    [
      'BAL-5 a retry asks everybody',
      'voters.filter((voter) => !done.has(voter))',
      '[...voters]',
      'BAL-5 a retry resumes',
    ],
    [
      'BAL-7 silence is an answer',
      "return { kind: 'silent' };",
      "return { kind: 'lost', code: 'timeout', evidence: 'late' };",
      'BAL-7 who has not answered by the deadline',
    ],
    [
      'VAR-5 a retry tells everybody again',
      'agents.filter((agent) => acknowledged[agent] === undefined)',
      '[...agents]',
      'VAR-5 an announcement brings',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/variable-set-state.ts', test: set }, [
    [
      'VAR-1 versions grow by two',
      'const version = state.version + 1;',
      'const version = state.version + 2;',
      'VAR-1 VAR-3 changes of several variables',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/variable-set-outlook.ts', test: set }, [
    [
      'VAR-2 an older base is taken',
      'if (basedOn === version) return undefined;',
      'if (basedOn <= version) return undefined;',
      'VAR-2 a stale base',
    ],
    [
      'VAR-6 joint constraints are not looked at',
      'reasons: brokenConstraints(spec, known.constraints, values),',
      'reasons: [],',
      'VAR-2 VAR-6 write skew',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/variable-set-proposals.ts', test: set }, [
    [
      'VAR-2 a commit leaves the other open proposals open',
      'const others = committed.state.open.filter(({ proposal }) => staleness(committed.state, proposal) !== undefined);',
      'const others: typeof committed.state.open = [];',
      'under any proposals and reports',
    ],
    [
      'VAR-3 base and constraints are not looked at again',
      'leased === undefined ? objections(state, proposal, ahead) : [leased];',
      'leased === undefined ? [] : [leased];',
      'VAR-3 nothing is visible before the commit',
    ],
  ]),
  ...plantedIn({ file: 'src/domain/variable-set.ts', test: set }, [
    [
      'VAR-3 the laxest policy counts',
      'Math.max(0, ...found)',
      'Math.min(2, ...found)',
      'VAR-3 a proposal obeys the strictest',
    ],
    [
      'VAR-6 a constraint that throws holds',
      'return broken(`threw ${show(String(error))}`);',
      'return [];',
      'VAR-6 constraints are functions',
    ],
    [
      'VAR-6 an inactive variable keeps a value',
      'else if (isActive && value !== undefined)',
      'else if (value !== undefined)',
      'VAR-6 inactive values are absent',
    ],
  ]),
];
