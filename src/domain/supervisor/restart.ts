import type { ChildExit } from '../../contracts/supervisor';
import { waitForRetry } from './back-off';
import { undertake, undertakeEnd } from './procedures';
import type { Child, Incarnation, SupervisorState } from './state';
import { childOf, exitText, note, patch, recordFailure, replace, setProcess, settleGone, type Turn } from './turn';

const seconds = (now: number): number => Math.floor(now / 1000);

/** A child ended by itself (SUP-4). One that is not running under that generation was counted before, or stopped by us. */
export function childExited(turn: Turn, { id, generation }: Incarnation, reason: ChildExit): Turn {
  const child = childOf(turn, id);
  if (child === undefined) return turn;
  const isPresent = child.process.kind === 'running' && child.process.generation === generation;
  if (!isPresent && turn.rules.swallowsOwnStops) return turn;
  const seen = note(turn, { kind: 'child-exited', id, generation, reason });
  const next = isFailure(reason) ? recordFailure(seen, id, generation, exitText(reason)) : seen;
  const told = childOf(next, id) ?? child;
  if (turn.rules.restartsAfter(child.spec, reason)) {
    if (turn.rules.restartsEndSupervisor && endsSupervisor(next, child)) return shutDown(settleGone(next, id), id);
    return turn.state.flags.backOff === undefined ? restart(next, told) : waitForRetry(next, id, generation);
  }
  const gone = settleGone(next, id);
  return endsSupervisor(gone, child) ? shutDown(gone, id) : gone;
}

const isFailure = (reason: ChildExit): boolean => reason.kind === 'killed' || reason.kind === 'abnormal';

const endsSupervisor = (turn: Turn, child: Child): boolean =>
  turn.rules.endsWith(
    turn.state.flags,
    child.spec,
    turn.state.children.filter((each) => each.spec.id !== child.spec.id),
  );

/** SUP-9: the supervisor ends with reason shutdown because a significant child ended. */
function shutDown(turn: Turn, id: string): Turn {
  const noted = note(turn, { kind: 'auto-shutdown', id, autoShutdown: turn.state.flags.autoShutdown });
  return undertakeEnd(noted, { kind: 'exit', reason: { kind: 'shutdown' } });
}

/** The turn of a restart that waited (SUP-12.6): only if the child still waits for one. */
export function retry(turn: Turn, id: string, generation?: number): Turn {
  const child = childOf(turn, id);
  if (child?.process.kind !== 'restarting') return turn;
  if (generation !== undefined && child.process.generation !== generation) return turn;
  return turn.rules.retriesCount ? restart(turn, child) : restartGroup(turn, child, turn.state.restarts);
}

/** SUP-5: counts a restart, then begins it or gives up. */
function restart(turn: Turn, child: Child): Turn {
  const parked = quarantine(turn, child);
  if (parked.isParked) return parked.turn;
  const { flags, restarts: earlier } = turn.state;
  const restarts = turn.rules.restartsInWindow(earlier, seconds(turn.now), flags.periodSeconds);
  if (turn.rules.isWithinIntensity(restarts.length, flags.intensity)) return restartGroup(parked.turn, child, restarts);
  const { intensity, periodSeconds } = flags;
  const id = child.spec.id;
  const said = { kind: 'gave-up' as const, id, restarts: restarts.length, intensity, periodSeconds };
  const gone = settleGone(setProcess(patch(turn, { restarts }), id, { kind: 'none' }), id);
  return undertakeEnd(note(gone, said), { kind: 'exit', reason: turn.rules.givingUp });
}

/** SUP-6: stops the rest of the group in reverse order, then starts it in order, the failed child included. */
function restartGroup(turn: Turn, child: Child, restarts: SupervisorState['restarts']): Turn {
  const { flags, children } = turn.state;
  const id = child.spec.id;
  const group = turn.rules.groupOf(flags.strategy, children, id);
  const keeps = turn.rules.keepsSpecification;
  const comesBack = (each: string): boolean => {
    const one = children.find(({ spec }) => spec.id === each);
    return each === id || (one?.process.kind !== 'quarantined' && one !== undefined && keeps(one.spec));
  };
  const starts = group.filter(comesBack);
  const { intensity, periodSeconds } = flags;
  const said = { kind: 'restarting' as const, id, group: starts, restarts: restarts.length, intensity, periodSeconds };
  const next = setProcess(patch(turn, { restarts }), id, { kind: 'none' });
  const others = group.filter((each) => each !== id);
  return undertake(note(next, said), { kind: 'restart', id }, turn.rules.stopOrder(others), starts);
}

/** The extension quarantine: counts restarts by child, and parks one that has too many in its period. */
function quarantine(turn: Turn, child: Child): { readonly isParked: boolean; readonly turn: Turn } {
  const limit = turn.state.flags.quarantine;
  if (limit === undefined) return { isParked: false, turn };
  const id = child.spec.id;
  const now = seconds(turn.now);
  const restarts = [now, ...(child.restarts ?? []).filter((at) => at >= now - limit.periodSeconds)];
  if (restarts.length <= limit.restarts) return { isParked: false, turn: replace(turn, { ...child, restarts }) };
  const failure = child.lastFailure ?? { at: turn.now, generation: 0, text: 'unknown' };
  const { restarts: _, row: __, ...rest } = child;
  const parked = replace(turn, { ...rest, process: { kind: 'quarantined' } });
  return { isParked: true, turn: note(parked, { kind: 'quarantined', id, failure }) };
}
