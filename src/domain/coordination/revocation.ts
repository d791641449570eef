import { refuse, type Refusal } from '../../contracts/errors';
import { release, type Holding, type LockState, type LockStep } from './lock';

/** What asking leaves: whom to tell. */
export type Asking = LockStep & { readonly asked: readonly Holding[]; readonly refusal?: Refusal };

/**
 * Asks whoever holds it to give it back (LCK-8). Nothing is taken: it is held until its holder agrees. Pure; who was asked already is
 * asked again.
 *
 * @returns `not-revocable` when somebody holds it, and none of them can be asked; nobody is asked when nobody holds it
 */
export function askBack(state: LockState, reason: string, now: number): Asking {
  const none = { state, events: [], offers: [], asked: [] };
  const asked = state.holders.filter(({ revocable }) => revocable === true);
  const [first] = state.holders;
  if (first === undefined) return none;
  if (asked.length === 0) {
    return {
      ...none,
      refusal: refuse('not-revocable', `${first.session} has not said that it can be asked to give it back`),
    };
  }
  const holders = state.holders.map((each) => (asked.includes(each) ? { ...each, asked: { reason, at: now } } : each));
  const data = { reason, holders: asked.map(({ token, session }) => ({ token, session })) };
  return { ...none, state: { ...state, holders }, events: [{ type: 'lock.revocationAsked', data }], asked };
}

/** The holder's answer: it gives all of it back at once, however often it has it, or goes on. No delay follows. */
export function answerAsked(
  state: LockState,
  holding: Holding,
  agrees: boolean,
  now: number,
): LockStep & { readonly reply: { readonly held: boolean } } {
  const { asked: _answered, ...rest } = holding;
  const { token, session, request } = holding;
  const data = { token, session, request };
  if (agrees) {
    const step = release(state, { ...rest, count: 1 }, now);
    const events = step.events.map((event) =>
      event.type === 'lock.released' ? { type: 'lock.revoked', data } : event,
    );
    return { ...step, events, reply: { held: false } };
  }
  const holders = state.holders.map((each) => (each.token === token ? rest : each));
  const events = [{ type: 'lock.revocationRefused', data }];
  return { state: { ...state, holders }, events, offers: [], reply: { held: true } };
}
