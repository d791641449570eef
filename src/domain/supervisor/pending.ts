import type { Shutdown } from '../../contracts/supervisor';
import { startEffect } from './procedures';
import type { Awaiting, Child, SupervisorEffect, SupervisorState } from './state';

/**
 * The effects that were asked for and have not been answered: what a driver that lost them, at a renewal, performs again.
 * Time limits and waits are what is left of them at `now`, in milliseconds.
 */
export function pendingEffects(state: SupervisorState, now: number): readonly SupervisorEffect[] {
  const awaiting = state.work?.awaiting;
  return [...(awaiting === undefined ? [] : awaited(state, awaiting, now)), ...state.children.flatMap(waits(now))];
}

function awaited(state: SupervisorState, awaiting: Awaiting, now: number): readonly SupervisorEffect[] {
  if (awaiting.kind === 'start') {
    const child = startingChild(state, awaiting.id);
    return child === undefined ? [] : [startEffect(child, awaiting.generation)];
  }
  return awaiting.pending.map((one): SupervisorEffect => {
    const limit = listedChild(state, one.id)?.spec.shutdown ?? 'brutal_kill';
    return { kind: 'stop-child', ...one, shutdown: leftOf(limit, now - awaiting.since) };
  });
}

const leftOf = (limit: Shutdown, goneMs: number): Shutdown =>
  typeof limit === 'number' ? Math.max(0, limit - goneMs) : limit;

const listedChild = (state: SupervisorState, id: string): Child | undefined =>
  state.children.find((child) => child.spec.id === id);

/** A child that `start_child` starts is not on the list yet. */
function startingChild(state: SupervisorState, id: string): Child | undefined {
  const purpose = state.work?.purpose;
  return purpose?.kind === 'start-child' ? purpose.child : listedChild(state, id);
}

const waits =
  (now: number) =>
  ({ spec, process }: Child): readonly SupervisorEffect[] => {
    if (process.kind !== 'restarting' || process.dueAt === undefined) return [];
    const ms = Math.max(0, process.dueAt - now);
    return [{ kind: 'retry-after', id: spec.id, generation: process.generation, ms }];
  };
