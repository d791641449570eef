import { isPlatformError, isRefusal, PlatformError, refuse } from '../contracts/errors';
import type { InterleavedChanges, InterleavedEffects } from '../contracts/optimisation/interleaving';
import type { Configuration } from '../contracts/optimisation/search-space';
import type { StudyRequest, StudyView, Trial } from '../contracts/optimisation/study';
import type { Page, PageRequest } from '../contracts/read-models';
import { interleavedEffects, interleavingPlan } from '../domain/optimisation/interleaving';
import { isRecord } from '../domain/record';
import { canonicalJson } from './messages';
import { pagesOf } from './reader';
import type { ProposeOptions, Proposing, VariableSets } from './variable-sets';

const SEED = 1;
/** The attribute of the study that holds what is interleaved, and the versions of the sets that it was measured on. */
const NOTE = 'interleaving';

/** The study that measures, as far as it is needed here. */
interface Measuring {
  readonly name: string;
  view(): Promise<StudyView>;
  trials(page: Omit<PageRequest, 'space'>): Promise<Page<Trial>>;
}

/** Studies that can be started to measure. */
interface Measured<S extends Measuring> {
  start(name: string, options: StudyRequest & { readonly enqueue: readonly Configuration[] }): Promise<S>;
  at(name: string): S;
}

type Given = 'over' | 'only' | 'space' | 'budget' | 'sampler' | 'samplerOptions' | 'team' | 'pruner' | 'stopWhen';

/** What is interleaved, and by whom it is evaluated: an evaluator gets all active variables of both sets. */
export interface InterleaveOptions extends Omit<StudyRequest, Given> {
  /** Two changes of two sets, by name. */
  readonly changes: InterleavedChanges;
  /** Each is four trials: neither change, each alone, both. 1 to MAX_BLOCKS. */
  readonly blocks: number;
}

/** Two changes that are measured together so that their effects come apart. */
export interface Interleaved<S> {
  /** The study that measures them: to watch, to wait for, to be asked from outside. */
  readonly study: S;
  /** The versions of the sets that it is measured on, by name of the change. */
  readonly measuredOn: Readonly<Record<string, number>>;
  /**
   * What is known so far, from the read model: blocks that are whole.
   * @param measure default: the first objective
   * @throws PlatformError `no-result` when no block is whole yet
   */
  effects(measure?: string): Promise<InterleavedEffects>;
  /**
   * Proposes one of the changes on its set, with its effect as evidence, on the version that it was measured on.
   * @throws PlatformError `invalid-request` for a name that is not interleaved, `no-result`
   */
  propose(change: string, options?: Partial<ProposeOptions>): Promise<Proposing>;
}

interface Note {
  readonly changes: InterleavedChanges;
  readonly measuredOn: Readonly<Record<string, number>>;
}

async function noteOf(study: Measuring): Promise<Note | undefined> {
  try {
    const text = (await study.view()).request.attributes?.[NOTE];
    const note: unknown = typeof text === 'string' ? JSON.parse(text) : {};
    return isRecord(note) ? (note as unknown as Note) : undefined;
  } catch (error) {
    if (isPlatformError(error) && error.code === 'study-not-found') return undefined;
    throw error;
  }
}

/** Starts an interleaving, or finds it: see `Studies.interleave`. */
export async function interleaved<S extends Measuring>(
  { studies, variables }: { readonly studies: Measured<S>; readonly variables: Pick<VariableSets, 'at'> },
  name: string,
  { changes, blocks, seed = SEED, attributes, ...request }: InterleaveOptions,
): Promise<Interleaved<S>> {
  const there = await noteOf(studies.at(name));
  if (there !== undefined) {
    if (canonicalJson(there.changes) === canonicalJson(changes)) return handleOf(studies.at(name), variables, there);
    throw new PlatformError(
      refuse('already-exists', `there is a study ${name} of something else; choose another name`),
    );
  }
  const named = Object.entries(changes);
  const readings = await Promise.all(named.map(([, { set }]) => variables.at(set).read()));
  const plan = interleavingPlan(
    changes,
    readings.map(({ values }) => values),
    { blocks, seed },
  );
  if (isRefusal(plan)) throw new PlatformError(plan);
  const measuredOn = Object.fromEntries(named.map(([each], at) => [each, readings[at]?.version ?? 0]));
  const note: Note = { changes, measuredOn };
  const study = await studies.start(name, {
    ...request,
    seed,
    space: { dimensions: plan.dimensions },
    sampler: 'random',
    budget: { trials: plan.configurations.length },
    enqueue: plan.configurations,
    attributes: { ...attributes, [NOTE]: canonicalJson(note) },
  });
  return handleOf(study, variables, note);
}

function handleOf<S extends Measuring>(
  study: S,
  variables: Pick<VariableSets, 'at'>,
  { changes, measuredOn }: Note,
): Interleaved<S> {
  const effects = async (measure?: string): Promise<InterleavedEffects> => {
    const trials: Trial[] = [];
    for await (const page of pagesOf((each) => study.trials(each))) trials.push(...page);
    const { spec } = await study.view();
    const found = interleavedEffects(changes, trials, measure ?? spec.objective.measure);
    if (isRefusal(found)) throw new PlatformError(found);
    return found;
  };
  return {
    study,
    measuredOn,
    effects,
    propose: async (name, options = {}) => {
      const change = changes[name];
      if (change === undefined) {
        const text = `${study.name} interleaves ${Object.keys(changes).join(' and ')}; got ${name}`;
        throw new PlatformError(refuse('invalid-request', text));
      }
      const { measure, main, before, blocks } = await effects();
      const { estimate = 0, interval } = main[name] ?? {};
      const basedOn = measuredOn[name] ?? 0;
      return variables.at(change.set).propose(change.changes, {
        basedOn,
        because: `${name} of ${study.name}: ${measure} ${estimate < 0 ? '' : '+'}${String(estimate)} in ${String(blocks)} blocks`,
        ...options,
        evidence: {
          study: study.name,
          measuredOn: basedOn,
          effect: {
            measure,
            before,
            after: before + estimate,
            ...(interval === undefined ? {} : { interval: [before + interval[0], before + interval[1]] }),
          },
        },
      });
    },
  };
}
