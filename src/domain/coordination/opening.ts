import {
  MAX_DEADLINE_MS,
  MAX_OPTIONS,
  MAX_REASON,
  MAX_ROUNDS,
  MAX_TITLE,
  OPTION_RULES,
  type BallotInit,
  type Electorate,
  type NumberRange,
  type OptionList,
  type RoundPlan,
  type Rule,
} from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { parseName, show } from '../../contracts/ids';
import { numberRefusal } from '../number-range';
import { isWhole } from '../whole';
import { electorateProblems } from './electorate';
import { misfits, ruleProblems, takesOf } from './rule';

const RULES: readonly string[] = [
  'majority',
  'super-majority',
  'unanimity',
  'k-of-n',
  'median',
  'resilient',
  'resilient-median',
  ...OPTION_RULES,
];
/** A name that no shell and no parser takes for something else: it begins with a letter, and is no answer. */
const OPTION = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/;
const ANSWERS: readonly string[] = ['yes', 'no', 'abstain'];

type Question = Pick<BallotInit, 'subject' | 'electorate' | 'rule' | 'deadlineMs' | 'rounds'>;

/** Refuses a rule that has no name of ours. */
export function unknownRule(rule: Rule): Refusal | undefined {
  const kind = (rule as { readonly threshold?: { readonly kind?: unknown } } | undefined)?.threshold?.kind;
  if (typeof kind === 'string' && RULES.includes(kind)) return undefined;
  return refuse('unknown-rule', `a rule is one of ${RULES.join(', ')}; got ${show(kind)}`);
}

function electorateRefusal(electorate: Electorate): Refusal | undefined {
  const no = (problems: readonly string[]): Refusal =>
    refuse('invalid-electorate', problems.join('; '), { details: { problems } });
  if (electorate.length === 0) return no(['an electorate has at least one voter']);
  const names = electorate.flatMap(({ id }) => {
    const known = parseName('agent', id);
    return typeof known === 'string' ? [] : [known.message];
  });
  const standing = electorate.flatMap((voter) =>
    voter.standing === undefined ? [] : [`${voter.id} has a standing vote, which judges the values of a variable set`],
  );
  const problems = [...names, ...electorateProblems(electorate), ...standing];
  return problems.length === 0 ? undefined : no(problems);
}

/** What is wrong with a list of options, in sentences. */
function optionProblems({ names, present }: OptionList): string[] {
  const problems: string[] = [];
  if (names.length < 2 || names.length > MAX_OPTIONS)
    problems.push(`a ballot chooses one of 2 to ${String(MAX_OPTIONS)} options; got ${String(names.length)}`);
  const odd = names.find((name) => !OPTION.test(name) || ANSWERS.includes(name));
  if (odd !== undefined)
    problems.push(
      `an option is 1 to 100 of letters, digits, ".", "_", "-", begins with a letter and is not yes, no or abstain; got ${show(odd)}`,
    );
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) problems.push(`each option is named once; ${show(twice)} is named twice`);
  if (present !== undefined && !names.includes(present))
    problems.push(`the present option is one of ${names.join(', ')}; got ${show(present)}`);
  return problems;
}

function rangeProblems(range: NumberRange): string[] {
  const { low, high, step, present } = range;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high)
    return [`a number lies between two others; got ${show([low, high])}`];
  if (step !== undefined && !(Number.isFinite(step) && step > 0)) return [`a step is above 0; got ${show(step)}`];
  const refusal = numberRefusal('the present value', range, present);
  return refusal === undefined ? [] : [refusal.message];
}

function roundProblems(rule: Rule, { most, spread }: RoundPlan): string[] {
  const problems: string[] = [];
  if (takesOf(rule) !== 'number') problems.push('rounds are for numbers: the rule is a median');
  if (!isWhole(most, 2, MAX_ROUNDS)) problems.push(`there are 2 to ${String(MAX_ROUNDS)} rounds; got ${show(most)}`);
  if (!Number.isFinite(spread) || spread < 0) problems.push(`the spread is a number from 0; got ${show(spread)}`);
  return problems;
}

/** Whether what is voted on is what the rule takes: options, a number, or neither. */
function subjectProblems({ subject, rule, rounds }: Question): string[] {
  const { options, range } = subject;
  const takes = takesOf(rule);
  const { kind } = rule.threshold;
  const problems: string[] = [];
  if (takes === 'ranking' && options === undefined) problems.push(`${kind} chooses one of several options: name them`);
  if (takes !== 'ranking' && options !== undefined) problems.push(`${kind} chooses no option: leave them out`);
  if (takes === 'number' && range === undefined) problems.push(`${kind} decides on a number: say which there may be`);
  if (takes !== 'number' && range !== undefined) problems.push(`${kind} decides on no number: leave it out`);
  if (rounds !== undefined) problems.push(...roundProblems(rule, rounds));
  return problems;
}

function ruleRefusal(question: Question): Refusal | undefined {
  const { rule, electorate } = question;
  const problems = [
    ...ruleProblems(rule, electorate.length),
    ...misfits(rule, electorate),
    ...subjectProblems(question),
  ];
  return problems.length === 0 ? undefined : refuse('invalid-rule', problems.join('; '), { details: { problems } });
}

function formRefusal({ subject, deadlineMs }: Question): Refusal | undefined {
  const { title, because, options, range } = subject;
  const problems: string[] = [];
  if (typeof title !== 'string' || title === '' || title.length > MAX_TITLE)
    problems.push(`the title of a ballot is a text of 1 to ${String(MAX_TITLE)} characters; got ${show(title)}`);
  if (because !== undefined && because.length > MAX_REASON)
    problems.push(`because is a text of at most ${String(MAX_REASON)} characters`);
  if (!isWhole(deadlineMs, 1, MAX_DEADLINE_MS))
    problems.push(`the deadline is 1 ms to 366 days from now; got ${show(deadlineMs)}`);
  if (options !== undefined) problems.push(...optionProblems(options));
  if (range !== undefined) problems.push(...rangeProblems(range));
  return problems.length === 0 ? undefined : refuse('invalid-message', problems.join('; '), { details: { problems } });
}

/**
 * Refuses to open a ballot of its own that contradicts itself. Pure; asked before the start and by the ballot itself, so that
 * nothing is there afterwards.
 * @returns `unknown-rule`, `invalid-electorate`, `invalid-rule` or `invalid-message`, each with all problems of its sort
 */
export function openingRefusal(question: Question): Refusal | undefined {
  return (
    unknownRule(question.rule) ??
    electorateRefusal(question.electorate) ??
    formRefusal(question) ??
    ruleRefusal(question)
  );
}
