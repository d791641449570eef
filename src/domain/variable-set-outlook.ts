import type { NumberRange, Rule, Tally } from '../contracts/coordination/ballot';
import { refuse, type Refusal } from '../contracts/errors';
import type { Policy, Value, Values } from '../contracts/variable';
import type { Change, Proposal, VariableSetSpec } from '../contracts/variable-set';
import { takesOf } from './coordination/rule';
import { intervalOf } from './variable';
import { brokenConstraints, changesBetween, complete, strictestPolicy } from './variable-set';
import type { KnownDefinition, SetState } from './variable-set-state';

/** Where a proposal leads: the values after it under which definition, or why not. */
export interface Outlook {
  readonly spec: VariableSetSpec;
  readonly hash: string;
  readonly values: Values;
  readonly changes: readonly Change[];
  readonly reasons: readonly Refusal[];
}

/**
 * Refuses what is malformed whatever the set decides: unknown variables, wrong kinds, values out of range, inactive
 * variables on the current version, a restored version that is not kept. Such a proposal leaves no trace.
 */
export function proposalRefusal(state: SetState, proposal: Proposal): Refusal | undefined {
  const unknown = proposal.reads?.find((name) => !Object.hasOwn(state.spec.variables, name));
  if (unknown !== undefined)
    return refuse('unknown-variable', `${state.spec.name} has no variable ${unknown}, which the proposal says it read`);
  if (proposal.restore !== undefined) {
    const kept = state.history.map((each) => each.version);
    return kept.includes(proposal.restore)
      ? numbersRefusal(state, proposal)
      : refuse(
          'not-found',
          `${state.spec.name} keeps the versions ${kept.join(', ')}; got ${String(proposal.restore)}`,
        );
  }
  const completed = complete(state.spec, state.values, proposal.changes);
  const reasons = completed.ok ? [] : completed.reasons;
  const isFresh = staleness(state, proposal) === undefined;
  const unfit = reasons.filter((each) => isFresh || each.code !== 'inactive-variable');
  const [first] = unfit;
  if (first === undefined) return numbersRefusal(state, proposal);
  if (unfit.length === 1) return first;
  const message = unfit.map((each) => each.message).join('; ');
  return { ...first, message, details: { ...first.details, errors: unfit } };
}

/** What a proposal changes or names, in the order of the set. */
const touchedBy = (proposal: Proposal, changes: readonly Change[]): readonly string[] => [
  ...new Set([...changes.map((each) => each.variable), ...Object.keys(proposal.changes)]),
];

/**
 * Voters who name numbers decide on one variable at a time. A proposal on an old version is refused as stale by the set: what
 * it would change is not known.
 */
function numbersRefusal(state: SetState, proposal: Proposal): Refusal | undefined {
  const { spec } = state;
  if (takesOf(spec.rule) !== 'number' || staleness(state, proposal) !== undefined) return undefined;
  const before = proposal.restore === undefined ? state.values : {};
  const completed = complete(spec, before, wishes(state, proposal));
  if (!completed.ok) return undefined;
  const changes = changesBetween(state.values, completed.values, Object.keys(spec.variables));
  const touched = touchedBy(proposal, changes);
  if (touched.length <= 1 || policyOf(state, proposal, changes) !== 'consensus') return undefined;
  const text = `${spec.name} is decided by the median: a proposal changes one number; got ${touched.join(', ')}`;
  return refuse('invalid-message', text, { details: { variables: touched } });
}

/** The number that voters name on a proposal that is decided by the median; else nothing. */
export function rangeOf(state: SetState, proposal: Proposal, changes: readonly Change[]): NumberRange | undefined {
  const [variable = ''] = touchedBy(proposal, changes);
  const spec = state.spec.variables[variable];
  const present = state.values[variable];
  const isNumber = spec?.kind === 'float' || spec?.kind === 'int';
  if (takesOf(ruleOf(state, proposal)) !== 'number' || !isNumber || typeof present !== 'number') return undefined;
  return { variable, present, ...intervalOf(spec) };
}

/** The rule of a proposal's ballot: a new definition is no number, so that a set of the median decides on it by yes and no. */
export function ruleOf({ spec: { rule } }: SetState, proposal: Proposal): Rule {
  const { threshold } = rule;
  if (takesOf(rule) !== 'number' || proposal.redefine === undefined) return rule;
  const isResilient = threshold.kind === 'resilient-median';
  return {
    ...rule,
    threshold: isResilient ? { kind: 'resilient', liars: threshold.liars } : { kind: 'majority' },
    of: 'eligible',
  };
}

/** The proposal that a ballot decided: of what was proposed, voters who name numbers may make another value. */
export function asDecided(proposal: Proposal, { median }: Tally): Proposal {
  if (median === undefined) return proposal;
  const { restore: _whole, ...rest } = proposal;
  return { ...rest, changes: { [median.variable]: median.value } };
}

/** Where the proposal leads from the values as they are now. Constraints are asked here: at proposal and at commit. */
export function outlook(state: SetState, proposal: Proposal, known: KnownDefinition | undefined): Outlook {
  const here = { spec: state.spec, hash: state.hash, values: state.values, changes: [] };
  if (known === undefined)
    return { ...here, reasons: [refuse('unknown-definition', `no worker knows the definition ${state.definition}`)] };
  const isRedefinition = proposal.redefine !== undefined;
  if (isRedefinition && proposal.redefine !== known.hash) {
    const text = `the definition ${state.definition} has the hash ${known.hash} on this worker; got ${proposal.redefine}`;
    return { ...here, reasons: [refuse('definition-mismatch', text)] };
  }
  const spec = isRedefinition ? known.spec : state.spec;
  const hash = isRedefinition ? known.hash : state.hash;
  const completed = isRedefinition
    ? complete(spec, state.values, {})
    : complete(spec, proposal.restore === undefined ? state.values : {}, wishes(state, proposal));
  if (!completed.ok) return { ...here, spec, hash, reasons: completed.reasons };
  const { values } = completed;
  return {
    spec,
    hash,
    values,
    changes: changesBetween(state.values, values, Object.keys(spec.variables)),
    reasons: brokenConstraints(spec, known.constraints, values),
  };
}

function wishes(state: SetState, proposal: Proposal): Values {
  if (proposal.restore === undefined) return proposal.changes;
  const old = state.history.find((each) => each.version === proposal.restore)?.values ?? {};
  return Object.fromEntries(Object.entries(old).filter(([name]) => Object.hasOwn(state.spec.variables, name)));
}

/** A redefinition of a set that has anything to guard is decided by its present electorate. */
export function policyOf(state: SetState, proposal: Proposal, changes: readonly Change[]): Policy {
  if (proposal.redefine === undefined) {
    return strictestPolicy(state.spec, touchedBy(proposal, changes));
  }
  const isGuarded = strictestPolicy(state.spec, Object.keys(state.spec.variables)) !== 'free';
  return isGuarded && state.spec.electorate.length > 0 ? 'consensus' : 'free';
}

/**
 * Why a proposal rests on what is no longer so (VAR-2): a newer version, or, where it says what it read, another value of one of
 * those variables or of one that it changes. So what commits could have been proposed in the order of the versions, each on the
 * values before it (backward validation: Kung and Robinson, On Optimistic Methods for Concurrency Control, 1981; by values, so a
 * variable that came back to what it was is no conflict). A base that is no longer kept cannot be compared and is stale.
 */
export function staleness(state: SetState, proposal: Proposal): Refusal | undefined {
  const { version, spec, history, values } = state;
  const { basedOn, reads } = proposal;
  if (basedOn === version) return undefined;
  const details = { currentVersion: version };
  const text = `${spec.name} is at version ${String(version)}, not ${String(basedOn)}`;
  const isWhole = proposal.restore !== undefined || proposal.redefine !== undefined;
  if (reads === undefined || isWhole || basedOn > version) return refuse('stale-base', text, { details });
  const base = history.find((each) => each.version === basedOn);
  if (base === undefined) return refuse('stale-base', `${text}, and it is no longer kept`, { details });
  const conflicts = [...new Set([...reads, ...Object.keys(proposal.changes)])].filter(
    (name) => base.values[name] !== values[name],
  );
  if (conflicts.length === 0) return undefined;
  const changed = conflicts.map((name) => `${name} ${shown(base.values[name])} → ${shown(values[name])}`);
  return refuse('stale-base', `${text}; meanwhile ${changed.join(', ')}`, { details: { ...details, conflicts } });
}

const shown = (value: Value | undefined): string => (value === undefined ? 'inactive' : JSON.stringify(value));

/** Why the set refuses at once, whatever voters would say. */
export function objections(state: SetState, proposal: Proposal, ahead: Outlook): readonly Refusal[] {
  const stale = staleness(state, proposal);
  if (stale !== undefined) return [stale];
  if (ahead.reasons.length > 0) return ahead.reasons;
  if (policyOf(state, proposal, ahead.changes) !== 'locked') return [];
  const locked = touchedBy(proposal, ahead.changes).filter((name) => state.spec.variables[name]?.policy === 'locked');
  return [refuse('variable-locked', `${locked.join(', ')} is locked: only a new definition changes it`)];
}

/** What was asked for, where it cannot be completed: shown in the record of a refused proposal. */
export function wished(state: SetState, proposal: Proposal): readonly Change[] {
  return Object.entries(wishes(state, proposal)).map(([variable, after]) => ({
    variable,
    before: state.values[variable] ?? null,
    after,
  }));
}
