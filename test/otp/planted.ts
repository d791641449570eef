import { OTP_RULES, type SupervisorRules } from '../../src/domain/supervisor/rules';

/** Wrong rules, one decision each: the differential suite must see every one of them. By name, with the promise it breaks. */
export interface Planted {
  readonly promise: string;
  readonly rules: Partial<SupervisorRules>;
  /** Only a sequence in which time passes can show it. */
  readonly waits?: true;
}

const always = [...'abcdefghijklmnopqrstuvwxyz'];

/** `MABEAM_PLANTED=<name> npx jest --selectProjects otp -t 'random trees'` shows one. */
export const PLANTED: Readonly<Record<string, Planted>> = {
  'intensity-one-too-many': { promise: 'SUP-5', rules: { isWithinIntensity: (count, limit) => count <= limit + 1 } },
  'intensity-one-too-few': { promise: 'SUP-5', rules: { isWithinIntensity: (count, limit) => count < limit } },
  'window-forgets': {
    promise: 'SUP-5',
    rules: { restartsInWindow: (earlier, now) => [now, ...earlier.slice(0, 1)] },
  },
  'window-never-ends': {
    promise: 'SUP-5',
    rules: { restartsInWindow: (earlier, now) => [now, ...earlier] },
    waits: true,
  },
  'retry-not-counted': { promise: 'SUP-12.1', rules: { retriesCount: false } },
  'transient-after-shutdown': {
    promise: 'SUP-4',
    rules: {
      restartsAfter: (spec, reason) =>
        OTP_RULES.restartsAfter(spec, reason) || (spec.restart === 'transient' && reason.kind === 'shutdown'),
    },
  },
  'transient-after-shutdown-term': {
    promise: 'SUP-4',
    rules: {
      restartsAfter: (spec, reason) =>
        OTP_RULES.restartsAfter(spec, reason) ||
        (spec.restart === 'transient' && reason.kind === 'shutdown' && reason.term !== undefined),
    },
  },
  'temporary-restarted': {
    promise: 'SUP-4',
    rules: {
      restartsAfter: (spec, reason) => OTP_RULES.restartsAfter(spec, reason) || reason.kind === 'abnormal',
    },
  },
  'temporary-sibling-restarted': { promise: 'SUP-6', rules: { keepsSpecification: () => true } },
  'rest-for-one-takes-those-before': {
    promise: 'SUP-6',
    rules: {
      groupOf(strategy, children, id) {
        const ids = children.map((child) => child.spec.id);
        if (strategy !== 'rest_for_one') return OTP_RULES.groupOf(strategy, children, id);
        return ids.slice(0, ids.indexOf(id) + 1);
      },
    },
  },
  'rest-for-one-by-name': {
    promise: 'SUP-6, SUP-12.9',
    rules: {
      groupOf(strategy, children, id) {
        const ids = children.map((child) => child.spec.id);
        if (strategy !== 'rest_for_one') return OTP_RULES.groupOf(strategy, children, id);
        return always.filter((each) => each >= id && ids.includes(each));
      },
    },
  },
  'stops-in-start-order': { promise: 'SUP-7', rules: { stopOrder: (ids) => ids } },
  'group-retry-of-the-crashed': { promise: 'SUP-12.2', rules: { retryOf: (crashed) => crashed } },
  'own-stops-counted': { promise: 'SUP-12.4', rules: { swallowsOwnStops: false } },
  'gives-up-abnormally': {
    promise: 'SUP-8, SUP-12.5',
    rules: { givingUp: { kind: 'abnormal', text: 'reached_max_restart_intensity' } },
  },
  'retry-first': { promise: 'SUP-12.6', rules: { enqueueRetry: (queue, retry) => [retry, ...queue] } },
  'terminate-keeps-the-retry': { promise: 'SUP-12.6', rules: { terminateCancelsRetry: false } },
  'significant-on-restart': { promise: 'SUP-9', rules: { restartsEndSupervisor: true } },
  'all-significant-counts-those-without-process': {
    promise: 'SUP-12.7',
    rules: {
      endsWith: (flags, spec, others) =>
        spec.significant &&
        (flags.autoShutdown === 'any_significant' ||
          (flags.autoShutdown === 'all_significant' && !others.some((each) => each.spec.significant))),
    },
  },
  'all-significant-forgets-those-that-restart': {
    promise: 'SUP-12.7',
    rules: {
      endsWith: (flags, spec, others) =>
        OTP_RULES.endsWith(
          flags,
          spec,
          others.filter((each) => each.process.kind === 'running'),
        ),
    },
  },
  'any-significant-as-all': {
    promise: 'SUP-9',
    rules: {
      endsWith: (flags, spec, others) =>
        OTP_RULES.endsWith(
          { ...flags, autoShutdown: flags.autoShutdown === 'never' ? 'never' : 'all_significant' },
          spec,
          others,
        ),
    },
  },
  'ignored-restart-retried': { promise: 'SUP-12.8', rules: { retriesIgnored: true } },
  'restart-child-moves-to-the-end': { promise: 'SUP-12.9', rules: { restartKeepsPlace: false } },
  'failed-start-leaves-the-first': {
    promise: 'SUP-3',
    rules: { stopsOnFailedStart: (started) => started.slice(1) },
  },
};

/** The rules with a planted bug; OTP's without a name. */
export function plantedRules(name: string | undefined): SupervisorRules {
  if (name === undefined || name === '') return OTP_RULES;
  const planted = PLANTED[name];
  if (planted === undefined)
    throw new Error(`MABEAM_PLANTED is one of ${Object.keys(PLANTED).join(', ')}; got ${name}`);
  return { ...OTP_RULES, ...planted.rules };
}
