import type { LockView, WaiterView } from '../../contracts/coordination/lock';
import { grantOf, type LockState, type Wait } from './lock';

const iso = (ms: number): string => new Date(ms).toISOString();

function waiterOf(state: LockState, { request, session, mode, units, since, until, offer }: Wait): WaiterView {
  return {
    request,
    session,
    mode,
    permits: state.permits === undefined ? 1 : units,
    since: iso(since),
    until: iso(until),
    ...(offer === undefined ? {} : { offered: offerOf(offer) }),
  };
}

const offerOf = ({ token, until }: NonNullable<Wait['offer']>): NonNullable<WaiterView['offered']> =>
  until === undefined ? { token } : { token, until: iso(until) };

/** A lock as it is shown. */
export function lockView(state: LockState): LockView {
  const { permits, holders, queue, token, delayedUntil } = state;
  return {
    ...(permits === undefined ? {} : { permits }),
    state: holders.length > 0 ? 'held' : delayedUntil === undefined ? 'free' : 'delayed',
    holders: holders.map((each) => ({
      session: each.session,
      ...(each.owner === undefined ? {} : { owner: each.owner }),
      since: iso(each.since),
      ...(each.revocable === undefined ? {} : { revocable: each.revocable }),
      ...(each.asked === undefined ? {} : { asked: { reason: each.asked.reason, since: iso(each.asked.at) } }),
      ...(each.until === undefined ? {} : { until: iso(each.until) }),
      ...(each.deadline === undefined ? {} : { deadline: iso(each.deadline) }),
      ...(each.overdue === undefined ? {} : { overdue: each.overdue }),
      ...grantOf(state, each),
    })),
    waiting: queue.map((each) => waiterOf(state, each)),
    token,
    ...(delayedUntil === undefined ? {} : { delayedUntil: iso(delayedUntil) }),
  };
}

function holdersText({ holders, permits }: LockView): string {
  if (holders.length === 0) return 'Held by nobody';
  const each = holders
    .slice(0, 20)
    .map(
      ({ session, mode, token, since }) =>
        `- **${session}** (${permits === undefined ? mode : 'permit'}) since ${since}, token ${String(token)}`,
    );
  return ['Held by', ...each].join('\n');
}

/** Who holds and who waits, for the Temporal Web UI. */
export function lockText(view: LockView): string {
  const { waiting, delayedUntil, permits } = view;
  const title = permits === undefined ? '**Lock**' : `**Semaphore** of ${String(permits)} permits`;
  const delay =
    delayedUntil === undefined ? [] : ['', `Nobody gets it before ${delayedUntil}: its last holder has expired`];
  const line = waiting
    .slice(0, 20)
    .map(
      ({ session, until, offered }) =>
        `- ${session}${offered === undefined ? `, until ${until}` : ', whose turn it is'}`,
    );
  const queue = waiting.length === 0 ? [] : ['', `${String(waiting.length)} waiting:`, ...line];
  return [title, '', holdersText(view), ...delay, ...queue].join('\n');
}
