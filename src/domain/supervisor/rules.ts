import type { ChildExit, ChildSpec, Strategy, SupervisorFlags } from '../../contracts/supervisor';
import type { Child, Waiting } from './state';

/**
 * The single decisions of a supervisor, each a small pure function with the promise it keeps. The procedures ask them and
 * decide nothing themselves. They are a value so that a test can plant a wrong one and see the differential suite find it.
 */
export interface SupervisorRules {
  /** SUP-4: whether a child that ended by itself is to be restarted. */
  restartsAfter(spec: ChildSpec, reason: ChildExit): boolean;
  /** SUP-5: the restarts that count, newest first, with the one that happens now. Whole seconds; the far edge is inclusive. */
  restartsInWindow(earlier: readonly number[], nowSeconds: number, periodSeconds: number): readonly number[];
  /** SUP-5: whether that many restarts in the window are allowed. */
  isWithinIntensity(restarts: number, intensity: number): boolean;
  /** SUP-5, SUP-12.1: whether the restart that follows a failed start counts again. */
  readonly retriesCount: boolean;
  /** SUP-6: the ids that are restarted together with a child, in start order. */
  groupOf(strategy: Strategy, children: readonly Child[], id: string): readonly string[];
  /** SUP-6, SUP-7: the order in which to stop ids that are given in start order. */
  stopOrder(ids: readonly string[]): readonly string[];
  /** SUP-4, SUP-6: whether a child that was stopped or ended keeps its specification. */
  keepsSpecification(spec: ChildSpec): boolean;
  /** SUP-6, SUP-12.2: whose retry it is when `failed` could not be started in the restart of `crashed`. */
  retryOf(crashed: string, failed: string): string;
  /** SUP-12.6: where a retry waits: at the end. */
  enqueueRetry(queue: readonly Waiting[], retry: Waiting): readonly Waiting[];
  /** SUP-6, SUP-12.4: whether the exit of a child that the supervisor stopped is taken out of the queue. */
  readonly swallowsOwnStops: boolean;
  /** SUP-8, SUP-12.5: with what reason a supervisor that gives up ends. */
  readonly givingUp: ChildExit;
  /** SUP-9: whether the end of that child ends the supervisor; `others` are the remaining children. */
  endsWith(flags: SupervisorFlags, spec: ChildSpec, others: readonly Child[]): boolean;
  /** SUP-9: whether a crash that leads to a restart is looked at by `endsWith`, too. */
  readonly restartsEndSupervisor: boolean;
  /** SUP-12.8: whether a restart that was ignored is tried again. */
  readonly retriesIgnored: boolean;
  /** SUP-10, SUP-12.6: whether `terminate_child` cancels a restart that waits. */
  readonly terminateCancelsRetry: boolean;
  /** SUP-12.9: whether `restart_child` keeps the place of the child. */
  readonly restartKeepsPlace: boolean;
  /** SUP-3: what is stopped, in start order, when the supervisor's own start fails. */
  stopsOnFailedStart(started: readonly string[]): readonly string[];
}

const isNormal = (reason: ChildExit): boolean => reason.kind === 'normal' || reason.kind === 'shutdown';

const isHeldOpenBy = (child: Child): boolean =>
  child.spec.significant && (child.process.kind === 'running' || child.process.kind === 'restarting');

/** The decisions as `supervisor.erl` of OTP 25 takes them. */
export const OTP_RULES: SupervisorRules = {
  restartsAfter(spec, reason) {
    return spec.restart === 'permanent' || (spec.restart === 'transient' && !isNormal(reason));
  },
  restartsInWindow(earlier, nowSeconds, periodSeconds) {
    const tooOld = earlier.findIndex((at) => at < nowSeconds - periodSeconds);
    return [nowSeconds, ...(tooOld < 0 ? earlier : earlier.slice(0, tooOld))];
  },
  isWithinIntensity: (restarts, intensity) => restarts <= intensity,
  retriesCount: true,
  groupOf(strategy, children, id) {
    const ids = children.map((child) => child.spec.id);
    if (strategy === 'one_for_all') return ids;
    return strategy === 'rest_for_one' ? ids.slice(ids.indexOf(id)) : [id];
  },
  stopOrder: (ids) => ids.toReversed(),
  keepsSpecification: (spec) => spec.restart !== 'temporary',
  retryOf: (_crashed, failed) => failed,
  enqueueRetry: (queue, retry) => [...queue, retry],
  swallowsOwnStops: true,
  givingUp: { kind: 'shutdown' },
  endsWith(flags, spec, others) {
    if (!spec.significant || flags.autoShutdown === 'never') return false;
    return flags.autoShutdown === 'any_significant' || !others.some(isHeldOpenBy);
  },
  restartsEndSupervisor: false,
  retriesIgnored: false,
  terminateCancelsRetry: true,
  restartKeepsPlace: true,
  stopsOnFailedStart: (started) => started,
};
