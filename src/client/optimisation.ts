import { DEFAULT_LIMITS, statusQuery, type EntityLimits, type EntityStatus } from '../contracts/entity';
import { isPlatformError, isRefusal, PlatformError, refuse, type Refusal } from '../contracts/errors';
import { workflowId, type Name, type WorkflowId } from '../contracts/ids';
import {
  askTrialsUpdate,
  tellTrialsUpdate,
  type Asked,
  type AskRequest,
  type TellReply,
  type Told,
} from '../contracts/optimisation/asking';
import type { Configuration } from '../contracts/optimisation/search-space';
import {
  changeStudyUpdate,
  enqueueTrialsUpdate,
  pauseStudyUpdate,
  resumeStudyUpdate,
  stopStudyUpdate,
  studyQuery,
  trialsQuery,
  type ExportFormat,
  type FinishedStudy,
  type KeptStudyRequest,
  type ParetoFront,
  type StudyChange,
  type StudyChanged,
  type StudyExtended,
  type StudyExtension,
  type StudyInit,
  type StudyProposal,
  type StudyRequest,
  type StudyState,
  type StudyView,
  type Trial,
  type TrialLine,
} from '../contracts/optimisation/study';
import { MAX_EARLIER_BYTES, type WarmStart } from '../contracts/optimisation/warm-start';
import type { Importance } from '../contracts/optimisation/importance';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { evaluatorQueue, prefixOf } from '../contracts/task-queues';
import type { Values } from '../contracts/variable';
import type { VariableSetDefinition } from '../contracts/variable-set';
import { judgeDeployment } from '../domain/health/queue';
import { partOf } from '../domain/optimisation/attributes';
import { paretoOf } from '../domain/optimisation/front';
import { importanceOf } from '../domain/optimisation/importance/importance';
import { queueSeen } from './deployment';
import { nameOf, type NamedRuns } from './handles';
import { pagesOf, readerOf } from './reader';
import { reach } from './runs';
import { canonicalJson } from './messages';
import type { CallOptions, Temporal } from './temporal';
import { createTurns, type Turns } from './turns';
import { deleted } from './study-deletion';
import { interleaved, type Interleaved, type InterleaveOptions } from './study-interleaving';
import { extended } from './study-extension';
import { reevaluated } from './study-conflict';
import { bestProposal, proposalOfTrial } from './study-proposal';
import { earlierOf, exportOf, lineOf, objectiveNamed, ratedOf, trialIn } from './study-trials';
import { studyPage, type ReportOptions } from './study-report';
import { warmStartOf } from './study-import';
import { createVariableSets, type ProposeOptions, type Proposing } from './variable-sets';

/** With the trials of a warm start, and as much for the rest as without. */
const INIT_BYTES = MAX_EARLIER_BYTES + DEFAULT_LIMITS.messageBytes;
const FINISHED_MS = 24 * 3_600_000;

/** What a study is asked for, and where it is to be told. `over` may be the set's definition. */
export interface StudyOptions extends Omit<StudyRequest, 'over'> {
  readonly over?: string | VariableSetDefinition<unknown>;
  /** Trials from elsewhere that the sampler learns from before its first ask. They fit the study, all or none. */
  readonly warmStart?: WarmStart;
  /** Configurations that are asked for first, in this order, as `enqueue` takes them. */
  readonly enqueue?: readonly Configuration[];
}

/** How a study is started beside what it is asked for. */
export interface StudyStartOptions {
  readonly owner?: string;
  readonly limits?: Partial<EntityLimits>;
  /** Workflow id of an agent that is told the end. */
  readonly notify?: string;
}

/** One study. The handle holds no state. */
export interface StudyHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  /** How it stands, from the study itself; `waitingFor` says when nobody polls the evaluator's queue. */
  view(): Promise<StudyView>;
  /** Waits for the end. @throws PlatformError `timeout` (default a day) */
  finished(options?: { readonly timeoutMs?: number }): Promise<FinishedStudy>;
  /**
   * Proposes the best on the set that the study is over, with study, trials and effect as evidence, based on the version that
   * the study began with. With several objectives no trial is the best: `trial` names one, here as everywhere.
   * @throws PlatformError `no-result` when there is no feasible trial, it is what the set had, or the trial that is named has no
   *   result or broke a bound; `trial-not-found`; `invalid-request` when none is named of several objectives
   */
  propose(options?: StudyProposeOptions): Promise<Proposing>;
  /** Ends asking; what runs may finish, or is cancelled. Safe to repeat. */
  stop(options?: StopOptions): Promise<StudyState>;
  /** Asks no more until it is resumed, for weeks if need be; what runs is evaluated to its end. @throws PlatformError `stopped` */
  pause(options?: CallOptions & { readonly reason?: string }): Promise<StudyState>;
  /** Goes on asking, with the suggestions that it would have made unpaused. @throws PlatformError `stopped` */
  resume(options?: CallOptions): Promise<StudyState>;
  /**
   * Another budget, parallelism or both, from now on; time and money of a study that was started with a budget of them.
   * @returns all as they are now
   * @throws PlatformError `invalid-message` for a budget below what was asked for and enqueued, or is spent and set aside;
   *   `stopped`
   */
  change(change: StudyChange, options?: CallOptions): Promise<StudyChanged>;
  /**
   * More budget, all told, from now on; less than there is changes nothing. A study that has ended, or was stopped, goes on where
   * it ended: with its trials, its accounts, and the suggestions that it would have made. Safe to repeat.
   * @returns budgets and state as they are now
   * @throws PlatformError `cannot-extend` when the server has its history no more: `copy` it; `invalid-message`; `stopped` while
   *   what runs is evaluated to its end for longer than the call may take
   */
  extend(extension: StudyExtension, options?: CallOptions): Promise<StudyExtended>;
  /**
   * Deletes a study that has ended: the server's histories of all its runs, its row and its trials in the read models. The log
   * keeps its events and says who deleted it; of the evidence of proposals `why` still has the trials. Then the name is free. What was
   * cut off is completed by repeating the call.
   * @throws PlatformError `study-runs` for one that has not ended: stop it first; `study-not-found` when there is none, also
   *   when it was deleted before; `reads-unavailable` when the server has it no more and the read models do not answer;
   *   `timeout` when it is not done yet: repeat it
   */
  delete(options?: CallOptions): Promise<void>;
  /**
   * Puts configurations before the sampler's suggestions, in this order, within the budget; all or none. What a configuration
   * leaves open is drawn at random.
   * @returns how many wait now
   * @throws PlatformError `unknown-variable`, `value-out-of-range`, `wrong-kind`, `inactive-variable`, `constraint-broken`,
   *   `limit-reached`, `stopped`
   */
  enqueue(configurations: readonly Configuration[], options?: CallOptions): Promise<number>;
  /**
   * Takes trials to evaluate them elsewhere: of a study without an evaluator. The client's own open ones come first, so asking
   * again after a crash goes on where it was, and puts the ends of their leases off. A trial that is not told in time is given
   * to whoever asks next. Safe to repeat.
   * @returns none when there are none now, or the study has ended: `state` and `waitingFor` say so
   * @throws PlatformError `evaluated-inside` for a study with an evaluator, `invalid-message`
   */
  ask(request: AskRequest, options?: CallOptions): Promise<Asked>;
  /**
   * Says what came of trials that were asked for, all or none. What comes after its lease has ended counts when no other
   * attempt has finished (`adopted`), and is kept as evidence when one has (`late`).
   * @throws PlatformError `trial-not-found`, `trial-not-held` for somebody else's, `trial-ended` for one that was told before,
   *   `invalid-message` for measures that are missing or no finite numbers, `evaluated-inside`, `stopped` when the study has ended
   */
  tell(outcomes: Told | readonly Told[], options?: CallOptions): Promise<TellReply>;
  /** The newest trials from the study itself, by number. */
  newest(): Promise<readonly Trial[]>;
  /** All trials, from the read model. */
  trials(options?: Omit<PageRequest, 'space'>): Promise<Page<Trial>>;
  /**
   * The Pareto front: the complete trials that kept all bounds and that no other one is better than in an objective without
   * being worse in another, from the read model. With one objective the best ones.
   */
  pareto(): Promise<ParetoFront>;
  /**
   * All that a trial goes on from, the start first, from the read model: of a study with `pbt` the schedule of configurations by
   * which it can be trained again. Another trial stands alone.
   * @param options.trial its number. Default: the best one
   * @throws PlatformError `trial-not-found`; `no-result` when none is named and there is no best
   */
  lineage(options?: { readonly trial?: number }): Promise<TrialLine>;
  /**
   * How much each dimension decides whether a trial is among the best, from the complete trials of the read model.
   * @param options.measure with several objectives: by which
   * @throws PlatformError `invalid-request` for another measure, and with several objectives for none
   */
  importance(options?: { readonly measure?: string }): Promise<Importance>;
  /**
   * All trials of the read model as text, a piece for each page, so that any number of them takes little memory.
   * @param options.format `jsonl`, the default: each trial as JSON on a line of its own; `csv`: RFC 4180 with a heading;
   *   `optuna`: the journal file that Optuna's `JournalStorage` loads, without trials that run
   */
  export(options?: { readonly format?: ExportFormat }): AsyncIterable<string>;
  /**
   * The study as one page of HTML that needs nothing else: plots with what they say, and a table, from the read model. A few
   * megabytes at most: of many trials some are drawn, and the page says so.
   * @throws PlatformError `unknown-variable` for a contour over a parameter that the study does not have
   */
  report(options?: ReportOptions): Promise<string>;
  /**
   * Starts another study with the same request, but for what is changed, that learns from the complete trials of this one
   * before its first ask: how one that has ended goes on. Its budget is its own. Trials come from the read model.
   * @throws PlatformError as `start` does; `reads-unavailable`
   */
  copy(name: string, changes?: Partial<StudyOptions>, how?: StudyStartOptions): Promise<StudyHandle>;
  status(): Promise<EntityStatus>;
}

/** What is proposed, and how. */
export interface StudyProposeOptions extends Partial<ProposeOptions> {
  /** The number of a complete trial that kept all bounds. Default: the best one, which there is with one objective alone. */
  readonly trial?: number;
  /**
   * What becomes of it when others have changed the set since: it is refused, the default; or it is measured again beside what the
   * set has now, by a study of two trials named after this one and the version, and proposed again if it is still better. Then
   * `verdict` and `decided` wait for that. Of a study with one objective.
   */
  readonly onConflict?: 'refuse' | 're-evaluate';
}

/** How a study is stopped. */
export interface StopOptions extends CallOptions {
  readonly reason?: string;
  /** Default `finish`. */
  readonly running?: 'finish' | 'cancel';
}

/** The studies of a space. */
export interface Studies {
  /**
   * Starts a study, or finds it: two starts of one name with the same request are one study, also when it has ended.
   * @throws PlatformError `already-exists` for a name that has another request; `invalid-request`, `invalid-space`,
   *   `unknown-variable`, `unknown-definition`, `definition-mismatch`, `variable-set-not-found`; `limit-reached` and
   *   `message-too-large` for a warm start of more than MAX_EARLIER trials or MAX_EARLIER_BYTES
   */
  start(name: string, options: StudyOptions, how?: StudyStartOptions): Promise<StudyHandle>;
  /** A study that is there already; nothing is sent. */
  at(name: string): StudyHandle;
  /**
   * Measures two changes of two sets at once, in blocks of neither, each alone and both, so that what each does is told from what
   * the other does: a 2 × 2 factorial. Finds the one that is there already under that name. Safe to repeat.
   * @throws PlatformError `already-exists` for a study of something else; `invalid-request`, `inactive-variable`
   */
  interleave(name: string, options: InterleaveOptions): Promise<Interleaved<StudyHandle>>;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/** What a study that is asked from outside waits for when nobody has a trial of it. */
function unasked({ spec, state, running }: StudyView): string | undefined {
  const isAsking = state === 'created' || state === 'running';
  if (spec.evaluator !== undefined || !isAsking || running.some(({ lease }) => lease !== undefined)) return undefined;
  return 'nobody has a trial; it is asked from outside';
}

/** What the handles of one client have in common. */
interface SharedByStudies {
  readonly temporal: Temporal;
  readonly reads: ReadModels | undefined;
  readonly turns: Turns;
}

/** So many clients of one process ask and tell one study at once; the others wait their turn. */
const AT_ONCE = 4;

class Handle implements StudyHandle {
  readonly name: string;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #reads: ReadModels | undefined;
  readonly #turns: Turns;

  constructor({ temporal, reads, turns }: SharedByStudies, name: Name) {
    this.name = name;
    this.workflowId = workflowId(temporal.space, 'study', name);
    this.#temporal = temporal;
    this.#reads = reads;
    this.#turns = turns;
  }

  async view(): Promise<StudyView> {
    const view = await this.look();
    const { evaluator } = view.spec;
    const isWaiting = evaluator !== undefined && view.account.running > 0;
    const waitingFor = isWaiting ? await this.#missing(evaluator) : unasked(view);
    return waitingFor === undefined ? view : { ...view, waitingFor };
  }

  /** As the study sees itself. A study that could not begin has failed with the reason. */
  async look(): Promise<StudyView> {
    try {
      return await this.#temporal.look(this.workflowId, studyQuery);
    } catch (error) {
      if (isPlatformError(error) && error.code === 'stopped') await this.#result(Date.now() + 10_000);
      throw error;
    }
  }

  /** Who is missing when nobody polls the queue on which trials wait. */
  async #missing(evaluator: string): Promise<string | undefined> {
    const { client, queues } = this.#temporal;
    const queue = evaluatorQueue(evaluator, prefixOf(queues));
    const { queues: served } = judgeDeployment([await queueSeen(client, queue, 'evaluations')]);
    const isServed = served.some(({ workers }) => workers > 0);
    return isServed ? undefined : `nobody evaluates "${evaluator}" (queue ${queue} has no poller)`;
  }

  #result(deadline: number): Promise<unknown> {
    const { client } = this.#temporal;
    return reach(client, this.workflowId, deadline, () => client.workflow.getHandle(this.workflowId).result());
  }

  async finished({ timeoutMs = FINISHED_MS }: { readonly timeoutMs?: number } = {}): Promise<FinishedStudy> {
    const result = await this.#result(Date.now() + timeoutMs);
    if (typeof result === 'object' && result !== null && 'account' in result) return result as FinishedStudy;
    // It was stopped from outside: its state says how far it came.
    const { account, best, front, proposal, reason = 'stopped from outside' } = await this.look();
    return {
      study: this.name,
      state: 'stopped',
      reason,
      account,
      ...(best === undefined ? {} : { best }),
      ...(front === undefined ? {} : { front }),
      ...(proposal === undefined ? {} : { proposal }),
    };
  }

  async propose({ trial, onConflict = 'refuse', ...options }: StudyProposeOptions = {}): Promise<Proposing> {
    const view = await this.look();
    const proposal = trial === undefined ? bestProposal(this.name, view) : await this.#proposalOf(view, trial);
    if (isRefusal(proposal)) throw new PlatformError(proposal);
    if (onConflict === 're-evaluate' && view.spec.objectives !== undefined) {
      const text = `${this.name} has several objectives: which of two trials is better is for a person to say`;
      throw new PlatformError(refuse('invalid-request', text));
    }
    const first = this.#proposing(proposal, options);
    if (onConflict === 'refuse') return first;
    return reevaluated(first, {
      set: createVariableSets(this.#temporal, this.#reads).at(proposal.set),
      changes: proposal.changes,
      again: (version, winner) => this.#again(view, version, winner),
    });
  }

  /** The winner beside what the set has now. */
  #again({ request, spec }: StudyView, version: number, winner: Values): Promise<StudyHandle> {
    const { warmStart: _its, team: _team, samplerOptions: _options, pruner: _pruner, stopWhen: _, ...same } = request;
    const sought = Object.entries(winner).filter(([name]) => Object.hasOwn(spec.space.dimensions, name));
    return createStudies(this.#temporal, this.#reads).start(`${this.name}-v${String(version)}`, {
      ...same,
      sampler: 'random',
      baseline: true,
      enqueue: [Object.fromEntries(sought)],
      budget: { ...request.budget, trials: 2 },
    });
  }

  async #proposalOf({ spec, best, recent, running }: StudyView, number: number): Promise<StudyProposal | Refusal> {
    const known = [...(best === undefined ? [] : [best]), ...recent, ...running];
    const named = async (wanted: number): Promise<Trial | undefined> =>
      known.find((each) => each.number === wanted) ?? (await trialIn(this.#pages(), wanted));
    const trial = await named(number);
    if (trial === undefined) return refuse('trial-not-found', `${this.name} has no trial ${String(number)}`);
    const first = spec.baseline ? await named(1) : undefined;
    return proposalOfTrial({ name: this.name, spec }, trial, first);
  }

  #proposing({ set, changes, ...said }: StudyProposal, options: Partial<ProposeOptions>): Proposing {
    return createVariableSets(this.#temporal, this.#reads)
      .at(set)
      .propose(changes, { ...said, ...options });
  }

  async stop({ reason, running, ...how }: StopOptions = {}): Promise<StudyState> {
    const args = { ...(reason === undefined ? {} : { reason }), ...(running === undefined ? {} : { running }) };
    try {
      return (await this.#temporal.call(this.workflowId, stopStudyUpdate, args, how)).value.state;
    } catch (error) {
      if (isPlatformError(error) && error.code === 'stopped') return (await this.look()).state;
      throw error;
    }
  }

  async pause({ reason, ...how }: CallOptions & { readonly reason?: string } = {}): Promise<StudyState> {
    const args = reason === undefined ? {} : { reason };
    return (await this.#temporal.call(this.workflowId, pauseStudyUpdate, args, how)).value.state;
  }

  async resume(how: CallOptions = {}): Promise<StudyState> {
    return (await this.#temporal.call(this.workflowId, resumeStudyUpdate, {}, how)).value.state;
  }

  async change(change: StudyChange, how: CallOptions = {}): Promise<StudyChanged> {
    return (await this.#temporal.call(this.workflowId, changeStudyUpdate, change, how)).value;
  }

  extend(extension: StudyExtension, how: CallOptions = {}): Promise<StudyExtended> {
    const isKnown = async (): Promise<boolean> => (await this.trials({ pageSize: 1 })).items.length > 0;
    return extended(this.#runs(isKnown), extension, how);
  }

  delete(how: CallOptions = {}): Promise<void> {
    const isKnown = async (): Promise<boolean> => {
      const { space } = this.#temporal;
      for await (const rows of pagesOf((page) => readerOf(this.#reads).list({ ...page, space, kind: 'study' })))
        if (rows.some(({ name }) => name === this.name)) return true;
      return false;
    };
    return deleted(this.#runs(isKnown), how);
  }

  #runs(isKnown: NamedRuns['isKnown']): NamedRuns {
    return { temporal: this.#temporal, workflowId: this.workflowId, name: this.name, isKnown };
  }

  async enqueue(configurations: readonly Configuration[], how: CallOptions = {}): Promise<number> {
    return (await this.#temporal.call(this.workflowId, enqueueTrialsUpdate, { configurations }, how)).value.enqueued;
  }

  async ask(request: AskRequest, how: CallOptions = {}): Promise<Asked> {
    try {
      return await this.#turns.inTurn(this.workflowId, async () => {
        return (await this.#temporal.call(this.workflowId, askTrialsUpdate, request, how)).value;
      });
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'stopped') throw error;
      const { state, reason = '' } = await this.look();
      return { trials: [], state, waitingFor: `the study has ended: ${reason}` };
    }
  }

  async tell(outcomes: Told | readonly Told[], how: CallOptions = {}): Promise<TellReply> {
    const list = Array.isArray(outcomes) ? (outcomes as readonly Told[]) : [outcomes as Told];
    return this.#turns.inTurn(this.workflowId, async () => {
      return (await this.#temporal.call(this.workflowId, tellTrialsUpdate, { outcomes: list }, how)).value;
    });
  }

  newest(): Promise<readonly Trial[]> {
    return this.#temporal.look(this.workflowId, trialsQuery);
  }

  async trials(options: Omit<PageRequest, 'space'> = {}): Promise<Page<Trial>> {
    return readerOf(this.#reads).trials({ ...options, space: this.#temporal.space, study: this.name });
  }

  async pareto(): Promise<ParetoFront> {
    const { spec } = await this.look();
    return paretoOf(spec, this.#pages());
  }

  async lineage({ trial }: { readonly trial?: number } = {}): Promise<TrialLine> {
    const number = trial ?? (await this.look()).best?.number;
    if (number === undefined) throw new PlatformError(refuse('no-result', `${this.name} has no best trial yet`));
    const trials = await lineOf(this.#pages(), number);
    if (trials.length > 0) return { trial: number, trials };
    throw new PlatformError(refuse('trial-not-found', `${this.name} has no trial ${String(number)}`));
  }

  async importance({ measure }: { readonly measure?: string } = {}): Promise<Importance> {
    const { spec } = await this.look();
    const objective = objectiveNamed(spec, measure);
    if (isRefusal(objective)) throw new PlatformError(objective);
    return importanceOf(spec.space, await ratedOf(objective, this.#pages()));
  }

  async *export({ format = 'jsonl' }: { readonly format?: ExportFormat } = {}): AsyncIterable<string> {
    const { spec, request } = await this.look();
    yield* exportOf({ name: this.name, spec, ...partOf(request.attributes) }, this.#pages(), format);
  }

  async report(options: ReportOptions = {}): Promise<string> {
    return studyPage({ name: this.name, view: await this.view() }, this.#pages(), options);
  }

  async copy(name: string, changes: Partial<StudyOptions> = {}, how: StudyStartOptions = {}): Promise<StudyHandle> {
    const { request, spec } = await this.look();
    const { warmStart: _its, ...same } = request;
    const trials = await earlierOf(spec, this.#pages());
    const warm = trials.length === 0 ? {} : { warmStart: { trials, from: `study ${this.name}` } };
    return createStudies(this.#temporal, this.#reads).start(name, { ...same, ...warm, ...changes }, how);
  }

  #pages(): AsyncIterable<readonly Trial[]> {
    return pagesOf((page) => this.trials(page));
  }

  status(): Promise<EntityStatus> {
    return this.#temporal.look(this.workflowId, statusQuery);
  }
}

/** Which fields of two requests differ. */
function differences(there: StudyRequest, asked: StudyRequest): readonly string[] {
  const [before, after] = [there, asked] as unknown as readonly Readonly<Record<string, unknown>>[];
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].filter((name) => canonicalJson(before?.[name]) !== canonicalJson(after?.[name])).sort();
}

/**
 * The studies of a space: a study is started with the set as it is read now, and read from itself.
 *
 * @param reads the port of the read models; `undefined` answers `reads-unavailable`
 */
export function createStudies(temporal: Temporal, reads: ReadModels | undefined): Studies {
  const shared: SharedByStudies = { temporal, reads, turns: createTurns(AT_ONCE) };
  const overOf = async (set: string): Promise<NonNullable<StudyInit['over']>> => {
    const { version, values, hash } = await createVariableSets(temporal, reads).at(set).view();
    return { set, version, values, hash };
  };
  const at = (name: string): StudyHandle => new Handle(shared, nameOf('study', name));
  const start: Studies['start'] = async (text, options, how = {}) => {
    const handle = new Handle(shared, nameOf('study', text));
    const { over, warmStart, enqueue, ...rest } = options;
    const set = typeof over === 'object' ? over.name : over;
    const warm = warmStart === undefined ? undefined : await warmStartOf(warmStart);
    const request: KeptStudyRequest = { ...rest, ...(set === undefined ? {} : { over: set }), ...warm?.request };
    const { notify, owner, limits } = how;
    const init: StudyInit = {
      request,
      ...(warm === undefined ? {} : { earlier: warm.earlier }),
      ...(enqueue === undefined ? {} : { enqueue }),
      ...(set === undefined ? {} : { over: await overOf(set) }),
      ...(notify === undefined ? {} : { notify }),
    };
    await temporal.start({
      workflowType: 'studyWorkflow',
      kind: 'study',
      name: handle.name as Name,
      init,
      ...(warm === undefined ? {} : { initBytes: INIT_BYTES }),
      summary: `study ${handle.name}${set === undefined ? '' : ` over ${set}`}`,
      taken: 'use',
      once: true,
      ...(owner === undefined ? {} : { owner }),
      ...(limits === undefined ? {} : { limits }),
    });
    const there = await handle.look().catch((error: unknown) => {
      if (!isPlatformError(error) || error.code !== 'study-not-found') throw error;
      const text = `a study ${handle.name} is being deleted; start it again in a moment`;
      throw new PlatformError(refuse('already-exists', text));
    });
    const differs = differences(there.request, request);
    if (differs.length === 0) return handle;
    const clash = `there is a study ${handle.name} with another ${differs.join(', ')}; choose another name`;
    throw new PlatformError(refuse('already-exists', clash, { details: { differs } }));
  };
  return {
    start,
    at,
    interleave: (name, options) =>
      interleaved({ studies: { start, at }, variables: createVariableSets(temporal, reads) }, name, options),
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'study' }),
  };
}
