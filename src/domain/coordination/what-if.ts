import type { Rule, Tally, WhatIf } from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { outstanding } from './ballot';
import { certainDecision, decisionOf, keeping, recompute, recordOf, type Decision } from './decision';
import { unknownRule } from './opening';
import { misfits, ruleProblems, takesOf } from './rule';

const WORDS = { answer: 'yes and no', number: 'numbers', ranking: 'options' } as const;

/** Refuses a rule under which these votes mean nothing. */
function unfitRule(tally: Tally, rule: Rule): Refusal | undefined {
  const unknown = unknownRule(rule);
  if (unknown !== undefined) return unknown;
  const [takes, took] = [takesOf(rule), takesOf(tally.rule)];
  const problems = [
    ...(takes === took
      ? []
      : [`the votes were ${WORDS[took]}; ${rule.threshold.kind} asks for ${WORDS[takes]}, which nobody was asked for`]),
    ...ruleProblems(rule, tally.electorate.length),
    ...misfits(rule, tally.electorate),
  ];
  return problems.length === 0 ? undefined : refuse('invalid-rule', problems.join('; '), { details: { problems } });
}

const shown = ({ value, option }: Decision): Pick<WhatIf, 'value' | 'option'> => ({
  ...(value === undefined ? {} : { value }),
  ...(option === undefined ? {} : { option }),
});

/**
 * What a decided ballot would have decided under another rule, from its record alone (BAL-4): the same electorate, the same votes.
 *
 * Says so when the record does not tell: a ballot that was decided early has voters who were never heard, and under another rule
 * it might have waited for them. What voters would have said had they known of that rule nobody can say. Under `approval` every
 * option that a voter ranked is approved. Pure.
 *
 * @returns `unknown-rule`, or `invalid-rule` where these votes mean nothing under it
 */
export function whatIf(tally: Tally, rule: Rule): WhatIf | Refusal {
  const refusal = unfitRule(tally, rule);
  if (refusal !== undefined) return refusal;
  const was = { outcome: tally.outcome, because: tally.because, rule: tally.rule, ...shown(recompute(tally)) };
  const answer = (decision: Decision, because: Tally['because']): WhatIf => ({
    rule,
    outcome: decision.outcome,
    because,
    ...shown(decision),
    waitingFor: [],
    was,
  });
  if (tally.because === 'withdrawn') return answer(keeping(tally), 'withdrawn');
  const record = { ...recordOf(tally), rule };
  const certain = certainDecision(record);
  const waitingFor = outstanding(record).map(({ id }) => id);
  if (certain === undefined && waitingFor.length > 0) return { rule, outcome: 'open', waitingFor, was };
  const decision = decisionOf(record, certain);
  return answer(decision, decision.because);
}
