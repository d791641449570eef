import type { BallotView } from '../contracts/coordination/ballot';
import { agentOf, type LockView } from '../contracts/coordination/lock';
import type { EntityStatus } from '../contracts/entity';
import type { OutboxBatch, OutboxEvent } from '../contracts/envelope';
import type { SetView, VariableSetDefinition } from '../contracts/variable-set';
import { brokenConstraints } from '../domain/variable-set';
import { checkValue } from '../domain/variable';
import { idOf } from './client';
import { isAlive, type Held } from './lock-user';
import { Broken, type Server } from './server';

/** What was seen of a lock, by workflow id. */
interface LockSeen {
  /** Token, session and request of each. */
  readonly grants: Set<string>;
  newest: number;
  /** Sessions whose end it was told. */
  readonly ended: Set<string>;
}

const kindOf = (workflowId: string): string => workflowId.split(':')[1] ?? '';
const nameOf = (workflowId: string): string => workflowId.split(':')[2] ?? '';

/**
 * What mabeam promises, looked at after every step of a simulation (semantics §4): locks, sets, ballots, counters, mailboxes and the
 * store. Each `Broken` names the promise.
 */
export class Rules {
  readonly #server: Server;
  readonly #held: Held;
  readonly #definitions: ReadonlyMap<string, VariableSetDefinition<unknown>>;
  readonly #terminated: ReadonlySet<string>;
  readonly #locks = new Map<string, LockSeen>();
  readonly #electorates = new Map<string, string>();
  readonly #tallies = new Map<string, string>();
  readonly #versions = new Map<string, string>();
  readonly #newest = new Map<string, number>();
  readonly #streams = new Map<string, { readonly texts: string[] }>();
  /** By set and proposal: the version it was made on; by set and version: the proposal that made it. */
  readonly #bases = new Map<string, number>();
  readonly #makers = new Map<string, number>();

  constructor(
    server: Server,
    held: Held,
    sets: readonly VariableSetDefinition<unknown>[],
    terminated: ReadonlySet<string>,
  ) {
    this.#server = server;
    this.#held = held;
    this.#definitions = new Map(sets.map((set) => [set.name, set]));
    this.#terminated = terminated;
  }

  /** A signal was taken by the server. */
  signalled(workflowId: string, name: string, args: readonly unknown[]): void {
    if (name !== 'sessionEnded') return;
    const [message] = args as readonly { readonly args: { readonly session: string } }[];
    if (message !== undefined) this.#lockSeen(workflowId).ended.add(message.args.session);
  }

  /** A workflow was terminated: what it alone knew is lost. */
  lost(workflowId: string): void {
    for (const held of this.#held) if (held.lock === workflowId) held.isReleased = true;
  }

  /** @throws Broken when a promise is broken by the state of this workflow */
  after(workflowId: string): void {
    switch (kindOf(workflowId)) {
      case 'lock':
      case 'semaphore':
        this.#lock(workflowId);
        break;
      case 'ballot':
        this.#ballot(workflowId);
        break;
      case 'variables':
        this.#set(workflowId);
        break;
      default:
    }
  }

  #lockSeen(workflowId: string): LockSeen {
    const seen = this.#locks.get(workflowId) ?? { grants: new Set(), newest: 0, ended: new Set() };
    this.#locks.set(workflowId, seen);
    return seen;
  }

  #lock(id: string): void {
    const view = this.#server.look(id, 'lock') as LockView | undefined;
    if (view === undefined) return;
    const { holders, waiting, permits } = view;
    const writers = holders.filter(({ mode }) => mode === 'exclusive').length;
    if (permits === undefined && writers > 0 && holders.length > 1)
      throw broken(`LCK-1: ${id} has ${String(holders.length)} holders, and one of them holds it alone`);
    const given = holders.reduce((sum, holder) => sum + holder.permits, 0);
    if (permits !== undefined && given > permits)
      throw broken(`LCK-1: ${id} has given ${String(given)} of ${String(permits)} permits`);
    const seen = this.#lockSeen(id);
    const offered = waiting.flatMap(({ session, request, offered: offer }) =>
      offer === undefined ? [] : [{ session, request, token: offer.token }],
    );
    const before = seen.newest;
    for (const { token, session, request } of [...holders, ...offered]) {
      const grant = `${String(token)} ${session} ${request}`;
      if (seen.grants.has(grant)) continue;
      if (token <= before) throw broken(`LCK-2: ${id} gives the token ${String(token)} after ${String(before)}`);
      seen.grants.add(grant);
      seen.newest = Math.max(seen.newest, token);
    }
    this.#sessions(id, view, seen);
    this.#believers(id, permits ?? 1);
  }

  #sessions(id: string, { holders, waiting }: LockView, seen: LockSeen): void {
    const gone = [...holders, ...waiting].find(({ session }) => seen.ended.has(session));
    if (gone === undefined) return;
    const { mailbox } = this.#server.look(id, 'status') as EntityStatus;
    if (mailbox === 0) throw broken(`LCK-3: ${id} keeps the session ${gone.session}, of whose end it was told`);
  }

  /** Who takes itself for the holder: never two at once, as long as the lock itself is not terminated. */
  #believers(id: string, most: number): void {
    if (this.#terminated.has(`${kindOf(id)}:${nameOf(id)}`)) return;
    const believers = [...this.#held].filter(
      ({ lock, isReleased, session }) => lock === id && !isReleased && isAlive(session, this.#server.now),
    );
    const alone = believers.filter(({ mode }) => mode === 'exclusive').length;
    const isTooMany = most > 1 ? believers.length > most : alone > 0 && believers.length > 1;
    if (isTooMany)
      throw broken(
        `LCK-1: ${believers.map(({ holder }) => holder).join(' and ')} take themselves for holders of ${id}`,
      );
  }

  #ballot(id: string): void {
    const view = this.#server.look(id, 'ballot') as BallotView | undefined;
    if (view === undefined) return;
    const { electorate, casts, tally } = view;
    const frozen = JSON.stringify(electorate);
    if ((this.#electorates.get(id) ?? frozen) !== frozen) throw broken(`BAL-1: the electorate of ${id} changes`);
    this.#electorates.set(id, frozen);
    const voters = casts.map(({ voter }) => voter);
    const twice = voters.find((voter, at) => voters.indexOf(voter) !== at);
    if (twice !== undefined) throw broken(`BAL-5: ${id} counts the vote of ${twice} twice`);
    const foreign = voters.find((voter) => !electorate.some((each) => each.id === voter));
    if (foreign !== undefined) throw broken(`BAL-1: ${id} counts ${foreign}, who is not in its electorate`);
    if (tally === undefined) {
      if (this.#tallies.has(id)) throw broken(`BAL-4: ${id} was decided and is open again`);
      return;
    }
    if (tally.yes + tally.no + tally.abstained > tally.eligible)
      throw broken(`BAL-5: ${id} counts more than its electorate weighs`);
    const text = JSON.stringify(tally);
    if ((this.#tallies.get(id) ?? text) !== text) throw broken(`BAL-4: the decision of ${id} changes`);
    this.#tallies.set(id, text);
  }

  #set(id: string): void {
    const view = this.#server.look(id, 'set') as SetView | undefined;
    const definition = this.#definitions.get(nameOf(id));
    if (view === undefined || definition === undefined) return;
    const { version, values } = view;
    const key = `${id}@${String(version)}`;
    const text = JSON.stringify(values);
    const known = this.#versions.get(key);
    if (known === text) return;
    if (known !== undefined) throw broken(`VAR-1: version ${String(version)} of ${id} changes its values`);
    const newest = this.#newest.get(id) ?? 0;
    if (version <= newest) throw broken(`VAR-1: ${id} goes back from version ${String(newest)} to ${String(version)}`);
    this.#versions.set(key, text);
    this.#newest.set(id, version);
    const { spec, constraints } = definition;
    for (const [name, value] of Object.entries(values)) {
      const variable = spec.variables[name];
      const unfit = variable === undefined ? undefined : checkValue(name, variable, value);
      if (unfit !== undefined) throw broken(`VAR-3: ${unfit.message}`);
    }
    const [unmet] = brokenConstraints(spec, constraints, values);
    if (unmet !== undefined) throw broken(`VAR-3: version ${String(version)} of ${id}: ${unmet.message}`);
  }

  /** Takes what an entity hands over. @returns the number of the last event that is stored @throws Broken */
  store({ kind, name, generation, events }: OutboxBatch): number {
    const stream = `${kind}:${name}~${generation}`;
    const { texts } = this.#streams.get(stream) ?? { texts: [] };
    this.#streams.set(stream, { texts });
    for (const event of events) {
      const text = JSON.stringify(event);
      const before = texts[event.sequence - 1];
      if (before !== undefined && before !== text)
        throw broken(`EVT-2: ${stream} says another event ${String(event.sequence)} than before`);
      if (before !== undefined) continue;
      if (event.sequence !== texts.length + 1)
        throw broken(`EVT-1: ${stream} says event ${String(event.sequence)} after ${String(texts.length)}`);
      texts.push(text);
      if (kind === 'variables') this.#said(name, event);
    }
    return texts.length;
  }

  #said(set: string, { type, data }: OutboxEvent): void {
    const { proposal, basedOn, reads, version, verdict } = data as {
      readonly proposal: number;
      readonly basedOn?: number;
      readonly reads?: readonly string[];
      readonly version?: number;
      readonly verdict?: string;
    };
    const key = `${set}/${String(proposal)}`;
    // one that says what it reads may be based on an older version
    if (type === 'set.proposed' && basedOn !== undefined && reads === undefined) this.#bases.set(key, basedOn);
    if (type !== 'set.decided' || verdict !== 'accepted' || version === undefined) return;
    const base = this.#bases.get(key);
    if (base !== undefined && base !== version - 1)
      throw broken(
        `VAR-2: proposal ${String(proposal)} on version ${String(base)} of ${set} becomes version ${String(version)}`,
      );
    const made = `${set}@${String(version)}`;
    if ((this.#makers.get(made) ?? proposal) !== proposal)
      throw broken(`VAR-1: two decisions make version ${String(version)} of ${set}`);
    this.#makers.set(made, proposal);
  }

  /** What must not be left over when all is done. @throws Broken */
  atEnd(): void {
    for (const id of this.#server.running()) {
      const status = this.#server.look(id, 'status') as EntityStatus | undefined;
      if (status === undefined) throw broken(`${id} never began`);
      if (status.mailbox > 0) throw broken(`${String(status.mailbox)} messages are left in the mailbox of ${id}`);
      if (status.outbox > 0) throw broken(`${String(status.outbox)} events are left in the outbox of ${id}`);
      if (kindOf(id) === 'ballot' && !this.#tallies.has(id)) throw broken(`BAL-7: ${id} is still open`);
      const { open = [] } = kindOf(id) === 'variables' ? (this.#server.look(id, 'set') as SetView) : {};
      if (open.length > 0) throw broken(`BAL-7: a proposal of ${id} was never decided`);
      this.#leftOver(id);
    }
  }

  #leftOver(id: string): void {
    if (kindOf(id) !== 'lock' && kindOf(id) !== 'semaphore') return;
    const { holders, waiting } = this.#server.look(id, 'lock') as LockView;
    const dead = [...holders, ...waiting].find(
      ({ session }) => !this.#server.isRunning(agentOf(session) ?? idOf('session', session)),
    );
    if (dead !== undefined) throw broken(`LCK-3: ${id} is kept by ${dead.session}, which has ended`);
    if (waiting.length > 0 && holders.length === 0)
      throw broken(`${id} is free, and ${String(waiting.length)} wait for it`);
  }
}

const broken = (text: string): Broken => new Broken(text);
