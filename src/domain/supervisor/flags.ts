import { show } from '../../contracts/ids';
import {
  AUTO_SHUTDOWNS,
  DEFAULT_FLAGS,
  MAX_CHILDREN,
  MAX_INTENSITY,
  MAX_PERIOD_SECONDS,
  STRATEGIES,
  type SpecProblem,
  type SupervisorFlags,
} from '../../contracts/supervisor';
import { isRecord } from '../record';
import { bad, isAbsent, term, type Checked } from './problem';

const FLAG_FIELDS = ['strategy', 'intensity', 'periodSeconds', 'autoShutdown', 'backOff', 'quarantine', 'maxChildren'];

/** The largest wait of a back-off: a day, in milliseconds. */
const MAX_BACK_OFF_MS = 86_400_000;

/**
 * Checks the flags of a supervisor and fills in OTP's defaults (SUP-1).
 * @param value flags from outside, unchecked. Pure; throws nothing.
 */
export function checkFlags(value: unknown): Checked<SupervisorFlags> {
  if (!isRecord(value))
    return bad('flags', `flags are an object; got ${show(value)}`, `{supervisor_data,{invalid_type,${term(value)}}}`);
  const { strategy, intensity, periodSeconds, autoShutdown, backOff, quarantine, maxChildren } = value;
  const problem =
    choice(strategy, STRATEGIES, 'strategy', 'invalid_strategy') ??
    whole(intensity, [0, MAX_INTENSITY], 'intensity', 'invalid_intensity') ??
    whole(periodSeconds, [1, MAX_PERIOD_SECONDS], 'periodSeconds', 'invalid_period') ??
    choice(autoShutdown, AUTO_SHUTDOWNS, 'autoShutdown', 'invalid_auto_shutdown') ??
    simpleProblem(strategy, autoShutdown) ??
    backOffProblem(backOff) ??
    quarantineProblem(quarantine) ??
    whole(maxChildren, [1, MAX_CHILDREN], 'maxChildren') ??
    unknownField(value, FLAG_FIELDS, 'flags');
  if (problem !== undefined) return { ok: false, problem };
  const given = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
  return { ok: true, value: { ...DEFAULT_FLAGS, ...given } };
}

function choice(value: unknown, known: readonly string[], name: string, otp: string): SpecProblem | undefined {
  if (isAbsent(value) || known.some((each) => each === value)) return undefined;
  const message = `${name} is one of ${known.join(', ')}; got ${show(value)}`;
  return bad(`flags.${name}`, message, `{supervisor_data,{${otp},${term(value)}}}`).problem;
}

/** A whole number from `least` to `most`; what OTP would refuse, too, has its error. */
function whole(
  value: unknown,
  [least, most]: readonly [number, number],
  name: string,
  otp?: string,
): SpecProblem | undefined {
  if (isAbsent(value) || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)) return undefined;
  const message = `${name} is a whole number from ${String(least)} to ${String(most)}; got ${show(value)}`;
  const isOurLimit = otp === undefined || (Number.isInteger(value) && Number(value) > most);
  return bad(`flags.${name}`, message, isOurLimit ? 'none' : `{supervisor_data,{${otp},${term(value)}}}`).problem;
}

/** OTP takes this and counts children that nobody called significant; not copied (SUP-12). */
function simpleProblem(strategy: unknown, autoShutdown: unknown): SpecProblem | undefined {
  if (strategy !== 'simple_one_for_one' || isAbsent(autoShutdown) || autoShutdown === 'never') return undefined;
  return bad('flags.autoShutdown', `simple_one_for_one goes with autoShutdown never; got ${show(autoShutdown)}`)
    .problem;
}

function backOffProblem(value: unknown): SpecProblem | undefined {
  if (isAbsent(value)) return undefined;
  if (!isRecord(value)) return bad('flags.backOff', `backOff is an object; got ${show(value)}`).problem;
  const { initialMs, maxMs, jitter, resetMs, seed } = value;
  const missing = ['initialMs', 'maxMs', 'jitter', 'resetMs', 'seed'].find((each) => isAbsent(value[each]));
  if (missing !== undefined) return bad(`flags.backOff.${missing}`, `backOff needs ${missing}`).problem;
  const problem =
    whole(initialMs, [1, MAX_BACK_OFF_MS], 'backOff.initialMs') ??
    whole(maxMs, [1, MAX_BACK_OFF_MS], 'backOff.maxMs') ??
    whole(resetMs, [0, MAX_BACK_OFF_MS], 'backOff.resetMs') ??
    whole(seed, [0, 0xffffffff], 'backOff.seed') ??
    unknownField(value, ['initialMs', 'maxMs', 'jitter', 'resetMs', 'seed'], 'flags.backOff');
  if (problem !== undefined) return problem;
  if (Number(maxMs) < Number(initialMs))
    return bad('flags.backOff.maxMs', `maxMs is at least initialMs, ${show(initialMs)}; got ${show(maxMs)}`).problem;
  if (typeof jitter === 'number' && jitter >= 0 && jitter <= 1) return undefined;
  return bad('flags.backOff.jitter', `jitter is a number from 0 to 1; got ${show(jitter)}`).problem;
}

function quarantineProblem(value: unknown): SpecProblem | undefined {
  if (isAbsent(value)) return undefined;
  if (!isRecord(value)) return bad('flags.quarantine', `quarantine is an object; got ${show(value)}`).problem;
  const missing = ['restarts', 'periodSeconds'].find((each) => isAbsent(value[each]));
  if (missing !== undefined) return bad(`flags.quarantine.${missing}`, `quarantine needs ${missing}`).problem;
  return (
    whole(value['restarts'], [0, MAX_INTENSITY], 'quarantine.restarts') ??
    whole(value['periodSeconds'], [1, MAX_PERIOD_SECONDS], 'quarantine.periodSeconds') ??
    unknownField(value, ['restarts', 'periodSeconds'], 'flags.quarantine')
  );
}

function unknownField(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): SpecProblem | undefined {
  const unknown = Object.keys(value).find((each) => !known.includes(each));
  if (unknown === undefined) return undefined;
  return bad(`${where}.${unknown}`, `${where} has the fields ${known.join(', ')}; got ${unknown}`).problem;
}
