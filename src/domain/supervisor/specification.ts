import { parseName, parseQueue, PART_RULE, show } from '../../contracts/ids';
import {
  CHILD_TYPES,
  placeOf,
  MAX_CHILDREN,
  MAX_START_BYTES,
  RESTART_TYPES,
  type AutoShutdown,
  type ChildSpec,
  type ChildStart,
  type Shutdown,
  type SpecProblem,
  type SupervisorFlags,
} from '../../contracts/supervisor';
import { jsonBytes } from '../mailbox';
import { checkFlags } from './flags';
import { isRecord } from '../record';
import { bad, isAbsent, term, type Checked } from './problem';

/** OTP's time limit of a worker, in milliseconds (SUP-2). */
const WORKER_SHUTDOWN_MS = 5_000;
/** The largest time limit of a child: a day. */
const MAX_SHUTDOWN_MS = 86_400_000;
const SPEC_FIELDS = ['id', 'start', 'restart', 'significant', 'shutdown', 'type'];

/** Flags and specifications that passed every check, defaults filled in. */
export interface CheckedSpec {
  readonly flags: SupervisorFlags;
  readonly children: readonly ChildSpec[];
}

/**
 * Checks what a supervisor is made of, before anything is started: OTP's checks in OTP's order, then ours (names, sizes).
 * @param value a `SupervisorSpec` from outside, unchecked. Pure; throws nothing.
 */
export function checkSupervisorSpec(value: unknown): Checked<CheckedSpec> {
  if (!isRecord(value)) return bad('', `a supervisor is an object with flags and children; got ${show(value)}`);
  const flags = checkFlags(isAbsent(value['flags']) ? {} : value['flags']);
  if (!flags.ok) return flags;
  const children = checkChildSpecs(value['children'], flags.value.autoShutdown);
  if (!children.ok) return children;
  const count = children.value.length;
  if (flags.value.strategy === 'simple_one_for_one') {
    if (count === 1) return { ok: true, value: { flags: flags.value, children: children.value } };
    const message = `simple_one_for_one takes exactly one specification, the template of its children; got ${String(count)}`;
    return bad('children', message, '{bad_start_spec,...}');
  }
  const most = flags.value.maxChildren ?? MAX_CHILDREN;
  if (count > most)
    return bad('children', `at most ${String(most)} children are allowed here (maxChildren); got ${String(count)}`);
  return { ok: true, value: { flags: flags.value, children: children.value } };
}

/**
 * OTP's `check_childspecs/2`: whether specifications can be used together.
 * @param autoShutdown without it, OTP's `check_childspecs/1`: `significant` is not held against the flags
 * @returns the specifications with their defaults, or the first problem
 */
export function checkChildSpecs(value: unknown, autoShutdown?: AutoShutdown): Checked<readonly ChildSpec[]> {
  if (!Array.isArray(value))
    return bad('children', `children is a list of specifications; got ${show(value)}`, `{badarg,${term(value)}}`);
  const specs: ChildSpec[] = [];
  const known = new Set<string>();
  for (const [at, each] of (value as readonly unknown[]).entries()) {
    const spec = checkChildSpec(each, autoShutdown, `children[${String(at)}]`);
    if (!spec.ok) return spec;
    const { id } = spec.value;
    if (known.has(id)) {
      const message = `the id of a child is used once in a supervisor; ${id} comes twice`;
      return bad(`children[${String(at)}].id`, message, `{duplicate_child_name,${id}}`);
    }
    known.add(id);
    specs.push(spec.value);
  }
  return { ok: true, value: specs };
}

/**
 * Checks one specification and fills in OTP's defaults (SUP-2): permanent, not significant, a worker, 5,000 ms; a
 * supervisor has all the time it needs.
 * @param field where it stands, for the message
 */
export function checkChildSpec(value: unknown, autoShutdown?: AutoShutdown, field = 'spec'): Checked<ChildSpec> {
  if (!isRecord(value))
    return bad(
      field,
      `a child is an object with id and start; got ${show(value)}`,
      `{invalid_child_spec,${term(value)}}`,
    );
  const problem =
    idProblem(value, field) ??
    startProblem(value['start'], `${field}.start`) ??
    choiceProblem(value['restart'], RESTART_TYPES, `${field}.restart`, 'invalid_restart_type') ??
    significantProblem(value, autoShutdown, field) ??
    choiceProblem(value['type'], CHILD_TYPES, `${field}.type`, 'invalid_child_type') ??
    shutdownProblem(value['shutdown'], `${field}.shutdown`) ??
    unknownField(value, field);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, value: withDefaults(value as unknown as ChildSpec) };
}

function withDefaults(spec: Pick<ChildSpec, 'id' | 'start'> & Partial<ChildSpec>): ChildSpec {
  const { id, start, restart = 'permanent', significant = false, type = 'worker' } = spec;
  const shutdown: Shutdown = spec.shutdown ?? (type === 'worker' ? WORKER_SHUTDOWN_MS : 'infinity');
  return { id, start, restart, significant, shutdown, type };
}

function idProblem(value: Readonly<Record<string, unknown>>, field: string): SpecProblem | undefined {
  const { id } = value;
  if (isAbsent(id)) return bad(`${field}.id`, 'the id of a child is mandatory', 'missing_id').problem;
  // An id becomes a part of the child's workflow id, as an agent's name does; OTP takes any term.
  if (typeof parseName('agent', id) === 'string') return undefined;
  return bad(`${field}.id`, `the id of a child is ${PART_RULE}; got ${show(id)}`).problem;
}

function startProblem(value: unknown, field: string): SpecProblem | undefined {
  if (isAbsent(value))
    return bad(field, 'start is mandatory: what kind and type of thing the child is', 'missing_start').problem;
  const { kind, type, options, again } = isRecord(value) ? (value as Partial<ChildStart>) : {};
  if (typeof kind !== 'string' || kind === '' || typeof type !== 'string' || type === '')
    return bad(field, `start is an object with the texts kind and type; got ${show(value)}`, `{invalid_mfa,...}`)
      .problem;
  const queue = placeOf(value as unknown as ChildStart);
  const named = queue === undefined ? '' : parseQueue(queue);
  if (typeof named !== 'string') return bad(`${field}.options.queue`, named.message).problem;
  const bytes = again === undefined ? jsonBytes(options) : jsonBytes([options ?? null, again]);
  if (bytes !== undefined && bytes <= MAX_START_BYTES) return undefined;
  const came = bytes === undefined ? 'something that is not JSON' : `${String(bytes)} bytes`;
  return bad(`${field}.options`, `options are at most ${String(MAX_START_BYTES)} bytes of JSON; got ${came}`).problem;
}

function choiceProblem(value: unknown, known: readonly string[], field: string, otp: string): SpecProblem | undefined {
  if (isAbsent(value) || known.some((each) => each === value)) return undefined;
  return bad(field, `${field} is one of ${known.join(', ')}; got ${show(value)}`, `{${otp},${term(value)}}`).problem;
}

/** SUP-9: refused with `never` and with permanent. */
function significantProblem(
  value: Readonly<Record<string, unknown>>,
  autoShutdown: AutoShutdown | undefined,
  field: string,
): SpecProblem | undefined {
  const { significant, restart } = value;
  const where = `${field}.significant`;
  if (significant === true && autoShutdown === 'never')
    return bad(
      where,
      `a significant child needs autoShutdown any_significant or all_significant; it is never`,
      '{bad_combination,[{auto_shutdown,never},{significant,true}]}',
    ).problem;
  if (significant === true && (isAbsent(restart) || restart === 'permanent'))
    return bad(
      where,
      'a significant child is transient or temporary, since a permanent one never ends for good; got permanent',
      '{bad_combination,[{restart,permanent},{significant,true}]}',
    ).problem;
  if (isAbsent(significant) || typeof significant === 'boolean') return undefined;
  const message = `significant is true or false; got ${show(significant)}`;
  return bad(where, message, `{invalid_significant,${term(significant)}}`).problem;
}

function shutdownProblem(value: unknown, field: string): SpecProblem | undefined {
  if (isAbsent(value) || value === 'infinity' || value === 'brutal_kill') return undefined;
  const rule = `shutdown is a whole number of milliseconds from 0 to ${String(MAX_SHUTDOWN_MS)}, infinity or brutal_kill`;
  if (!Number.isInteger(value) || Number(value) < 0)
    return bad(field, `${rule}; got ${show(value)}`, `{invalid_shutdown,${term(value)}}`).problem;
  return Number(value) <= MAX_SHUTDOWN_MS ? undefined : bad(field, `${rule}; got ${show(value)}`).problem;
}

function unknownField(value: Readonly<Record<string, unknown>>, field: string): SpecProblem | undefined {
  const unknown = Object.keys(value).find((each) => !SPEC_FIELDS.includes(each));
  if (unknown === undefined) return undefined;
  return bad(`${field}.${unknown}`, `a child has the fields ${SPEC_FIELDS.join(', ')}; got ${unknown}`).problem;
}
