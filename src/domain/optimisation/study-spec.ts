import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { parseName, show } from '../../contracts/ids';
import { MAX_LEASE_SECONDS } from '../../contracts/optimisation/asking';
import type { SearchSpace } from '../../contracts/optimisation/search-space';
import {
  MAX_ATTEMPTS,
  MAX_PARALLELISM,
  MAX_POINTS,
  MAX_TRIALS,
  RESTARTS,
  SAMPLERS,
  type Bounds,
  type SamplerName,
  type SamplerOptions,
  type StudyInit,
  type StudyRequest,
  type StudySpec,
} from '../../contracts/optimisation/study';
import type { VariableSetDefinition } from '../../contracts/variable-set';
import { MEASURE, objectiveProblems, objectivesIn } from './objectives';
import { philox, STREAMS } from './philox';
import { REPORT_MS } from '../../contracts/optimisation/pruning';
import { attributesProblem, OF_STUDY } from './attributes';
import { budgetProblems } from './budget';
import { mostAtOnce, populationMisfit, populationProblems } from './population-request';
import { prunerProblems } from './pruners/spec';
import { promotionOf } from './pruning';
import { regretMisfit } from './regret-check';
import { retryProblems } from './retries';
import { samplers } from './samplers/table';
import { parseSpace, spaceOf, spaceProblems } from './search-space';
import { stopRuleProblems } from './stop-rules';
import { teamOf, teamProblems, unfitTeam } from './team/spec';
import { objectivesOf } from './trial';
import { warmStartProblems } from './warm-start-request';
import { isWhole } from '../whole';

const DEFAULTS = { parallelism: 4, attempts: 3, heartbeatMs: 10_000, trialMs: 3_600_000 };
/** Of a study that is asked from outside: as many clients as come, within reason. */
const OUTSIDE = { parallelism: 50, leaseSeconds: 3_600 };
const MAX_MS = 7 * 24 * 3_600_000;
const MAX_BOUNDS = 20;
/** Running trials are kept whole in the state: this many values of them at most. */
const MAX_RUNNING_VALUES = 10_000;
/** Learns from every trial, over any space, conditions and choices included, and needs no setting. */
const AUTO: SamplerName = 'tpe';
/** Of more objectives or trials the volumes by which `tpe` chooses become dear. */
const AUTO_TPE = { objectives: 3, trials: 1_000 };

/** The written rule behind `auto`: `tpe`; `nsga2` for more than three objectives, or several and more than 1,000 trials. */
function autoSampler(objectives: number, trials: number): SamplerName {
  if (objectives === 1) return AUTO;
  return objectives <= AUTO_TPE.objectives && trials <= AUTO_TPE.trials ? AUTO : 'nsga2';
}

type Problems = string[];

function boundsProblems(bounds: unknown): Problems {
  if (bounds === undefined) return [];
  if (typeof bounds !== 'object' || bounds === null || Array.isArray(bounds))
    return [`subjectTo has bounds by measure; got ${show(bounds)}`];
  const entries = Object.entries(bounds as Record<string, unknown>);
  if (entries.length > MAX_BOUNDS) return [`at most ${String(MAX_BOUNDS)} measures are bounded`];
  return entries.flatMap(([measure, bound]) => {
    const { atMost, atLeast, ...more } = (bound ?? {}) as Record<string, unknown>;
    const isBound = (value: unknown): boolean => value === undefined || Number.isFinite(value);
    const isGood =
      MEASURE.test(measure) &&
      isBound(atMost) &&
      isBound(atLeast) &&
      (atMost !== undefined || atLeast !== undefined) &&
      Object.keys(more).length === 0;
    return isGood
      ? []
      : [`a bound is { atMost } or { atLeast } with a finite number; ${show(measure)}: ${show(bound)}`];
  });
}

function numberProblems(request: Readonly<Record<string, unknown>>): Problems {
  const ranges: readonly (readonly [string, unknown, number, number])[] = [
    ['budget.trials', (request['budget'] as { readonly trials?: unknown } | undefined)?.trials, 1, MAX_TRIALS],
    ['parallelism', request['parallelism'] ?? 1, 1, MAX_PARALLELISM],
    ['attempts', request['attempts'] ?? 1, 1, MAX_ATTEMPTS],
    ['heartbeatMs', request['heartbeatMs'] ?? DEFAULTS.heartbeatMs, 100, MAX_MS],
    ['trialMs', request['trialMs'] ?? DEFAULTS.trialMs, 100, MAX_MS],
    ['leaseSeconds', request['leaseSeconds'] ?? OUTSIDE.leaseSeconds, 1, MAX_LEASE_SECONDS],
    ['reportMs', request['reportMs'] ?? REPORT_MS, 100, MAX_MS],
    ['seed', request['seed'] ?? 0, 0, 2 ** 32 - 1],
  ];
  return ranges.flatMap(([name, value, least, most]) =>
    isWhole(value, least, most)
      ? []
      : [`${name} is a whole number from ${String(least)} to ${String(most)}; got ${show(value)}`],
  );
}

function optionProblems(options: unknown): Problems {
  if (options === undefined) return [];
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return [`samplerOptions has options by name; got ${show(options)}`];
  const { points, restarts, population, quantile, resample, perturb, ...more } = options as Readonly<
    Record<string, unknown>
  >;
  const problems = Object.keys(more).map((name) => `samplerOptions has no ${show(name)}`);
  if (points !== undefined && !isWhole(points, 1, MAX_POINTS))
    problems.push(`samplerOptions.points is a whole number from 1 to ${String(MAX_POINTS)}; got ${show(points)}`);
  if (restarts !== undefined && !RESTARTS.some((each) => each === restarts))
    problems.push(`samplerOptions.restarts is one of ${RESTARTS.join(', ')}; got ${show(restarts)}`);
  return [...problems, ...populationProblems({ population, quantile, resample, perturb })];
}

/** Who evaluates says which of the options there are. */
function evaluatorProblems(request: Readonly<Record<string, unknown>>): Problems {
  const { evaluator } = request;
  if (evaluator === undefined)
    return ['heartbeatMs', 'trialMs', 'pruner', 'reportMs']
      .filter((name) => request[name] !== undefined)
      .map((name) => `${name} is of evaluators; a study without one has leaseSeconds`);
  const problems = request['leaseSeconds'] === undefined ? [] : ['leaseSeconds is of studies without an evaluator'];
  if (typeof parseName('agent', evaluator) !== 'string') problems.push(`evaluator is a name; got ${show(evaluator)}`);
  return problems;
}

function requestProblems(request: Readonly<Record<string, unknown>>): Problems {
  const problems = [
    ...numberProblems(request),
    ...boundsProblems(request['subjectTo']),
    ...optionProblems(request['samplerOptions']),
    ...teamProblems(request, optionProblems),
    ...evaluatorProblems(request),
    ...budgetProblems(request['budget']),
    ...stopRuleProblems(request),
    ...retryProblems(request['retries']),
    ...(request['pruner'] === undefined ? [] : prunerProblems(request['pruner'])),
  ];
  const { over, space, sampler, only, baseline, atEnd, attributes } = request;
  const misnoted = attributesProblem(attributes, OF_STUDY);
  if (misnoted !== undefined) problems.push(misnoted);
  if (atEnd !== undefined && atEnd !== 'finish' && atEnd !== 'cancel')
    problems.push(`atEnd is finish or cancel; got ${show(atEnd)}`);
  if ((over === undefined) === (space === undefined)) problems.push('exactly one of over and space is given');
  problems.push(...objectiveProblems(request));
  if (sampler !== undefined && ![...SAMPLERS, 'auto'].some((each) => each === sampler))
    problems.push(`the sampler is one of ${SAMPLERS.join(', ')}, auto; got ${show(sampler)}`);
  if (only !== undefined && !(Array.isArray(only) && only.every((each) => typeof each === 'string')))
    problems.push(`only lists names of variables; got ${show(only)}`);
  problems.push(...warmStartProblems(request['warmStart']));
  if (baseline !== undefined && typeof baseline !== 'boolean')
    problems.push(`baseline is true or false; got ${show(baseline)}`);
  return problems;
}

/** Parses a request. Looks at shape and limits alone. @returns the request, or `invalid-request` with every problem */
export function parseStudyRequest(value: unknown): StudyRequest | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('invalid-request', `a study is asked for by an object; got ${show(value)}`);
  const problems = requestProblems(value as Record<string, unknown>);
  return problems.length === 0
    ? (value as StudyRequest)
    : refuse('invalid-request', `the study: ${problems.join('; ')}`, { details: { problems } });
}

/** A seed for who names none: made of the study's id, so that the same request is the same study. */
export function seedOf(workflowId: string): number {
  let hash = 0;
  for (let at = 0; at < workflowId.length; at++) hash = (Math.imul(hash, 31) + workflowId.charCodeAt(at)) | 0;
  return philox([hash, workflowId.length, 0, STREAMS.value], [0, 0])[0];
}

function spaceOver(
  request: StudyRequest,
  over: NonNullable<StudySpec['over']>,
  definition: VariableSetDefinition | undefined,
): SearchSpace | Refusal {
  if (definition === undefined)
    return refuse('unknown-definition', `no definition file of this worker has the variables "${over.set}"`);
  if (definition.hash !== over.hash) {
    const text = `the worker has ${over.set} with the hash ${definition.hash}; the set runs with ${over.hash}`;
    return refuse('definition-mismatch', text);
  }
  const { variables } = definition.spec;
  const stranger = request.only?.find((name) => !Object.hasOwn(variables, name));
  if (stranger !== undefined)
    return refuse('unknown-variable', `${over.set} has no variable ${show(stranger)}`, {
      details: { variable: stranger },
    });
  const space = spaceOf(variables, over.values, request.only);
  const problems = spaceProblems(space);
  return problems.length === 0
    ? space
    : refuse('invalid-space', `the search space of ${over.set}: ${problems.join('; ')}`, { details: { problems } });
}

/**
 * What a study runs by: the request with all defaults and the space. Pure.
 *
 * @param definition of the set that the study is over, as this worker has it
 * @param workflowId of the study
 * @returns the refusals `invalid-request`, `invalid-space`, `unknown-definition`, `definition-mismatch`, `unknown-variable`
 */
export function specOf(
  init: StudyInit,
  definition: VariableSetDefinition | undefined,
  workflowId: string,
): StudySpec | Refusal {
  const request = parseStudyRequest(init.request);
  if (isRefusal(request)) return request;
  const { over } = init;
  if ((over === undefined) !== (request.over === undefined))
    return refuse('invalid-request', 'a study over a set comes with the set as it is');
  const space = over === undefined ? parseSpace(request.space) : spaceOver(request, over, definition);
  if (isRefusal(space)) return space;
  const { evaluator, samplerOptions, pruner } = request;
  const isOutside = evaluator === undefined;
  const aims = objectivesIn(request);
  const objectives = objectivesOf(aims);
  const { sampler: named = 'auto' } = request;
  const sampler = named === 'auto' ? autoSampler(objectives.length, request.budget.trials) : named;
  if (objectives.length > 1 && samplers[sampler].isForOne === true) {
    const others = SAMPLERS.filter((each) => samplers[each].isForOne !== true);
    const text = `the sampler ${sampler} seeks one objective; for several there are ${others.join(', ')}`;
    return refuse('invalid-request', text);
  }
  const usual = (isOutside ? OUTSIDE : DEFAULTS).parallelism;
  const parallelism = request.parallelism ?? Math.min(usual, mostAtOnce(sampler, samplerOptions));
  const misfit = populationMisfit({ sampler, samplerOptions, parallelism, evaluator });
  if (misfit !== undefined) return refuse('invalid-request', misfit);
  if (samplers[sampler].descend !== undefined && promotionOf(pruner) !== undefined)
    return refuse('invalid-request', `the sampler ${sampler} lets trials go on itself: its pruner cannot promote`);
  const team = request.team === undefined ? undefined : teamOf(request.team);
  const odd = team && unfitTeam(team, space, objectives.length);
  if (odd !== undefined) return refuse('invalid-request', `the team cannot serve the study: ${odd}`);
  const unbounded = regretMisfit(space, { ...request, subjectTo: request.subjectTo ?? {} });
  if (unbounded !== undefined) return refuse('invalid-request', `stopWhen.regretBound: ${unbounded}`);
  const unfit = samplers[sampler].problem?.(space, samplerOptions);
  if (unfit !== undefined) return refuse('limit-reached', `the sampler ${sampler} cannot serve the study: ${unfit}`);
  const values = parallelism * Object.keys(space.dimensions).length;
  if (values > MAX_RUNNING_VALUES) {
    const text = `parallelism times dimensions is at most ${String(MAX_RUNNING_VALUES)}; got ${String(values)}`;
    return refuse('limit-reached', text);
  }
  return {
    ...(over === undefined ? {} : { over }),
    space,
    constraints: over === undefined ? [] : (definition?.spec.constraints ?? []).map((each) => each.name),
    ...(isOutside ? { leaseSeconds: request.leaseSeconds ?? OUTSIDE.leaseSeconds } : { evaluator }),
    ...aims,
    subjectTo: request.subjectTo ?? ({} satisfies Bounds),
    sampler,
    ...(samplerOptions === undefined ? {} : { samplerOptions: { ...samplerOptions } satisfies SamplerOptions }),
    ...(team === undefined ? {} : { team }),
    ...(pruner === undefined ? {} : { pruner, reportMs: request.reportMs ?? REPORT_MS }),
    seed: request.seed ?? seedOf(workflowId),
    budget: request.budget,
    ...(request.stopWhen === undefined ? {} : { stopWhen: request.stopWhen }),
    ...(request.atEnd === undefined ? {} : { atEnd: request.atEnd }),
    parallelism,
    attempts: request.attempts ?? DEFAULTS.attempts,
    ...(request.retries === undefined ? {} : { retries: request.retries }),
    heartbeatMs: request.heartbeatMs ?? DEFAULTS.heartbeatMs,
    trialMs: request.trialMs ?? DEFAULTS.trialMs,
    baseline: over !== undefined && (request.baseline ?? true),
  };
}
