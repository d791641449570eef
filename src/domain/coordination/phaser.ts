import { MAX_PARTIES, type RegisterArgs, type Registered } from '../../contracts/coordination/barrier';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { notAParty, settle, specOf, specRefusal, unknownSession, type Answered } from './barrier';
import { isEmpty, participants, stepOf, type BarrierState } from './barrier-state';

/** Why a registration is not taken. */
export function registerRefusal(state: BarrierState, args: RegisterArgs): Refusal | undefined {
  const { form, participant, session } = args;
  if (form !== 'phaser') return refuse('invalid-message', `one registers with a phaser; got ${show(form)}`);
  const refusal = specRefusal(state, args) ?? unknownSession(state, session);
  const known = participants(state.registered);
  if (refusal !== undefined || known.includes(participant) || known.length < MAX_PARTIES) return refusal;
  return refuse('limit-reached', `at most ${String(MAX_PARTIES)} are registered with one phaser`);
}

const registration = (state: BarrierState): Registered => ({
  generation: state.generation,
  parties: participants(state.registered).length,
});

/** Registers a participant: the present phase waits for it, too. */
export function register(before: BarrierState, args: RegisterArgs): Answered<Registered> {
  const refusal = registerRefusal(before, args);
  if (refusal !== undefined) return { ...stepOf(before), refusal };
  const state = isEmpty(before) ? { ...before, spec: specOf(args) } : before;
  const { participant, session } = args;
  const isKnown = state.registered.some((each) => each.participant === participant && each.session === session);
  if (isKnown) return { ...stepOf(state), reply: registration(state) };
  const next = { ...state, registered: [...state.registered, { participant, session }] };
  const isNew = !state.registered.some((each) => each.participant === participant);
  const data = { participant, ...registration(next) };
  return {
    ...stepOf(next),
    events: isNew ? [{ type: 'barrier.registered', data }] : [],
    reply: registration(next),
  };
}

/** Why a registration cannot be taken back. */
export function deregisterRefusal({ registered }: BarrierState, participant: string): Refusal | undefined {
  if (registered.some((each) => each.participant === participant)) return undefined;
  return notAParty(`${participant} is not registered with the phaser`);
}

/** Takes a registration back with its arrival; the others may go on by that. */
export function deregister(state: BarrierState, participant: string, now: number): Answered<Registered> {
  const refusal = deregisterRefusal(state, participant);
  if (refusal !== undefined) return { ...stepOf(state), refusal };
  const isOthers = (each: { readonly participant: string }): boolean => each.participant !== participant;
  const next = { ...state, registered: state.registered.filter(isOthers), entries: state.entries.filter(isOthers) };
  const event = { type: 'barrier.deregistered', data: { participant, ...registration(next) } };
  const step = settle({ ...stepOf(next), events: [event] }, now);
  return { ...step, reply: registration(next) };
}
