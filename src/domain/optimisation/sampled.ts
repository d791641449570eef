import type { Lineage } from '../../contracts/optimisation/lineage';
import type { Configuration } from '../../contracts/optimisation/search-space';
import {
  MAX_DRAWS,
  type SamplerName,
  type SamplerOptions,
  type StudySpec,
  type Trial,
} from '../../contracts/optimisation/study';
import { ofBracket } from './brackets';
import { historyOf, type History, type HistoryData, type Learn } from './history';
import { bracketsOf, type PruningData } from './pruning';
import { reportingStudy } from './reports';
import { samplers } from './samplers/table';
import { isNative } from './team/spec';

/** What is needed of a study to ask a sampler. */
export interface Sampled {
  readonly name: string;
  readonly spec: StudySpec;
  readonly history: HistoryData;
  readonly running: readonly Trial[];
  readonly asked: number;
  readonly draws: number;
  readonly counts: { readonly complete: number };
  readonly pruning?: PruningData;
}

/** Whether a configuration may be evaluated, by the joint constraints of the set. */
export type Fits = (configuration: Configuration) => boolean;

/** What came of an ask. */
export interface Suggested {
  readonly configuration?: Configuration;
  readonly lineage?: Lineage;
  readonly draws: number;
  /** How many suggestions the sampler had, when there are no more. */
  readonly exhausted?: number;
  /** Of an ask that was computed outside: trials that had ended when it began. */
  readonly ended?: number;
}

/** Which sampler is asked, and of a team whose it is: what it has learnt is kept under that name. */
export interface Asked {
  readonly sampler: SamplerName;
  readonly samplerOptions?: SamplerOptions;
  readonly member?: string;
}

/** The history as a sampler sees it: of a team each member has what it has learnt itself. */
export function historyFor({ spec, history }: Pick<Sampled, 'spec' | 'history'>, member: string | undefined): History {
  const known = historyOf(history);
  if (spec.team === undefined) return known;
  const { learnt, ...all } = known;
  const of = member === undefined ? undefined : (learnt?.of as Readonly<Record<string, unknown>> | undefined)?.[member];
  return of === undefined || learnt === undefined ? all : { ...all, learnt: { of, since: learnt.since } };
}

/** The next suggestion: made of history, what is pending, seed and the number of the ask alone (STU-5). */
export function sampledBy(state: Sampled, { sampler: name, samplerOptions, member }: Asked, fits: Fits): Suggested {
  const { spec, running } = state;
  const { space, seed } = spec;
  const sampler = samplers[name];
  const asks = sampler.asks?.(space, samplerOptions) ?? Infinity;
  const seen = { space, history: historyFor(state, member), pending: running };
  // what a sampler has learnt of all trials cannot be taken apart
  const bracketOf = sampler.learn === undefined ? bracketsOf(reportingStudy(state)) : undefined;
  const of = bracketOf === undefined ? seen : ofBracket(seen, bracketOf, bracketOf(state.asked + 1));
  const options = samplerOptions === undefined ? {} : { options: samplerOptions };
  for (let draws = state.draws; draws < state.draws + MAX_DRAWS; draws++) {
    if (draws >= asks) return { draws, exhausted: asks };
    const key = { seed, ask: draws, ...options };
    const suggested = sampler.descend?.(of.space, of.history, of.pending, key) ?? {
      configuration: sampler.ask(of.space, of.history, of.pending, key),
    };
    if (fits(suggested.configuration)) return { ...suggested, draws: draws + 1 };
  }
  return { draws: state.draws + MAX_DRAWS };
}

/** How the study's sampler takes trials into what it carries; nothing for one that carries nothing. */
export function learnOf(spec: StudySpec): Learn | undefined {
  const { sampler, space, seed, samplerOptions, team } = spec;
  const keyOf = (options: SamplerOptions | undefined) => ({ seed, ...(options === undefined ? {} : { options }) });
  if (team === undefined) {
    const { learn } = samplers[sampler];
    return learn && ((before, history) => learn(space, before, history, keyOf(samplerOptions)));
  }
  const learners = team.members.filter(isNative).filter((each) => samplers[each.sampler].learn !== undefined);
  if (learners.length === 0) return undefined;
  return (before = {}, history) =>
    Object.fromEntries(
      learners.map((each) => {
        const known = (before as Readonly<Record<string, unknown>>)[each.name];
        return [each.name, samplers[each.sampler].learn?.(space, known, history, keyOf(each.samplerOptions))];
      }),
    );
}
