import type { Configuration, SearchSpace } from '../../contracts/optimisation/search-space';
import type { Measures, StudySpec } from '../../contracts/optimisation/study';
import type { SuggestInput, TrialColumns } from '../../contracts/optimisation/suggesting';
import type { OptimiserReply } from '../../contracts/optimisation/team';
import { historyOf, type History, type HistoryData } from './history';
import { isNative, samplersIn } from './team/spec';
import type { Opening, Pick as Picked } from './team/standing';
import { nomineesOf, type Nominees } from './team/team';
import type { Pending } from './samplers/sampler';
import { samplers } from './samplers/table';

/** An ask that is computed outside the workflow. While it is open nothing is asked for. */
export interface Thinking {
  /** Number of the first ask, and how many there are. */
  readonly ask: number;
  readonly count: number;
  /** Trials that had ended when it began: with what runs since, all that the suggestions are made of (STU-5). */
  readonly ended: number;
  /** Of a team: which members are asked. */
  readonly team?: Opening;
}

/** A suggestion that is no trial yet. */
export interface Ready {
  readonly ask: number;
  readonly ended: number;
  /** Best first; never empty but for a team. */
  readonly candidates: readonly Configuration[];
  /** Of a team: what its members put forward. */
  readonly team?: { readonly nominees: Nominees; readonly pick?: Picked };
}

/** Suggestions of one such ask. */
const AT_ONCE = 10;
/** Where the constraints of a set may refuse some. */
const CANDIDATES = 50;

/** Whether the next ask is for an activity. */
export function isHeavy({ sampler, space }: StudySpec, history: HistoryData): boolean {
  return samplers[sampler].isHeavy?.(space, historyOf(history)) ?? false;
}

/** By bound: how far it is from being broken, below 0 where it is. For a sampler that models bounds. */
export function slackOf(
  spec: Pick<StudySpec, 'sampler' | 'team' | 'subjectTo'>,
  measures: Measures | undefined,
): { readonly slack?: readonly (number | undefined)[] } {
  if (samplersIn(spec).every((each) => samplers[each].modelsBounds !== true)) return {};
  const slack = Object.entries(spec.subjectTo).flatMap(([name, { atMost, atLeast }]) => {
    const value = measures?.[name];
    const upper = atMost === undefined ? [] : [value === undefined ? undefined : atMost - value];
    const lower = atLeast === undefined ? [] : [value === undefined ? undefined : value - atLeast];
    return [...upper, ...lower];
  });
  return slack.length === 0 ? {} : { slack };
}

/** The ask that begins now. @param wanted suggestions */
export function thinkingOf(
  { draws, ended }: { readonly draws: number; readonly ended: number },
  wanted: number,
  team?: Opening,
): Thinking {
  // what a team decides changes its accounts: one trial at a time
  return { ask: draws, count: team === undefined ? Math.min(wanted, AT_ONCE) : 1, ended, ...(team && { team }) };
}

/** Some rows of a history as plain JSON. */
export function columnsAt(history: History, { dimensions }: SearchSpace, rows: readonly number[]): TrialColumns {
  const pick = (column: Float64Array): (number | null)[] =>
    rows.map((row) => {
      const value = column[row] ?? NaN;
      return Number.isFinite(value) ? value : null;
    });
  const [numbers, feasible] = [history.numbers(), history.feasible()];
  const slack = history.slack().map(pick);
  return {
    numbers: rows.map((row) => numbers[row] ?? 0),
    values: Object.keys(dimensions).map((_name, at) => pick(history.column(at))),
    loss: pick(history.loss()),
    feasible: rows.map((row) => feasible[row] ?? 0),
    ...(slack.length === 0 ? {} : { slack }),
  };
}

/** What an ask is computed of: the trials that a model looks at, and those that are pending. */
export function inputFor(
  {
    spec,
    history,
    running,
    asked,
  }: {
    readonly spec: StudySpec;
    readonly history: HistoryData;
    readonly running: readonly Pending[];
    readonly asked: number;
  },
  { ask, count }: Thinking,
): SuggestInput {
  const { sampler, samplerOptions, space, seed, constraints } = spec;
  const known = historyOf(history);
  const rows = samplers[sampler].looksAt?.(known) ?? Array.from({ length: known.length }, (_each, row) => row);
  return {
    sampler,
    ...(samplerOptions === undefined ? {} : { options: samplerOptions }),
    space,
    seed,
    ask,
    count,
    next: asked + 1,
    trials: columnsAt(known, space, rows),
    pending: running.map(({ number, configuration }) => ({ number, configuration })),
    candidates: constraints.length === 0 ? 1 : CANDIDATES,
  };
}

/** The suggestions of an ask, one after the other: each sees those before it as pending. Pure; heavy. */
export function* suggestionsFor(input: SuggestInput): Generator<readonly Configuration[]> {
  const { sampler, options, space, seed, next, trials } = input;
  const { ask, candidates } = samplers[sampler];
  const history = historyOf({ blocks: [], open: trials, bytes: 0 });
  let pending: readonly Pending[] = input.pending;
  for (let at = 0; at < input.count; at++) {
    const key = { seed, ask: input.ask + at, ...(options === undefined ? {} : { options }) };
    const all = candidates?.(space, history, pending, key) ?? [ask(space, history, pending, key)];
    const [best = {}] = all;
    pending = [...pending, { number: next + at, configuration: best }];
    yield all.slice(0, input.candidates);
  }
}

/** What members of a team put forward, by place. */
export interface Nominated {
  readonly computed: readonly { readonly member: number; readonly candidates: readonly Configuration[] }[];
  readonly replies: readonly OptimiserReply[];
}

/** What activities answered, as suggestions that wait to become trials. */
export function readyOf(
  { ask, ended, team }: Thinking,
  suggested: readonly (readonly Configuration[])[] | Nominated,
): readonly Ready[] {
  if ('replies' in suggested) {
    const computed = suggested.computed.map(({ member, candidates }) => [member, { candidates }] as const);
    const nominees = { ...Object.fromEntries(computed), ...nomineesOf(suggested.replies) };
    const { pick } = team ?? {};
    return [{ ask, ended, candidates: [], team: { nominees, ...(pick === undefined ? {} : { pick }) } }];
  }
  return suggested.map((candidates, at) => ({ ask: ask + at, ended, candidates }));
}

/** The asks of a team's members that are computed as those of a study with that sampler alone would be. */
export function inputsFor(
  state: Parameters<typeof inputFor>[0],
  thinking: Thinking,
): readonly { readonly member: number; readonly input: SuggestInput }[] {
  const { members = [] } = state.spec.team ?? {};
  return (thinking.team?.members ?? []).flatMap((place) => {
    const member = members[place];
    if (member === undefined || !isNative(member)) return [];
    const { samplerOptions: _own, ...spec } = state.spec;
    const { sampler, samplerOptions } = member;
    const of = { ...spec, sampler, ...(samplerOptions === undefined ? {} : { samplerOptions }) };
    return [{ member: place, input: inputFor({ ...state, spec: of }, thinking) }];
  });
}
