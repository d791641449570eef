import { agentWorkflowType } from '../contracts/agent';
import type { Counted } from '../contracts/coordination/counter';
import { parseWorkflowId } from '../contracts/ids';
import type { SetView } from '../contracts/variable-set';
import { simulatedActivities } from './activities';
import { chanceOf, mixed, type Chance } from './chance';
import { callQuery, callSignal, callUpdate, idOf, pause, startOf, type Call, type Net } from './client';
import { Faults, type FaultKind, type Struck } from './faults';
import { acquireLock, isAlive, openSession, releaseLock, type Held, type OwnSession } from './lock-user';
import { runProcess, type Act, type Machine } from './process';
import { Rules } from './rules';
import type { Sandbox } from './sandbox';
import { Broken, Server } from './server';
import type { Draw, Invariant, Person, Simulation, SimulationSpec, Team } from './simulation';

/** How a run went. */
export interface Ran {
  readonly seed: number;
  /** What was broken; absent when all held. */
  readonly broken?: string;
  /** Equal for two runs of one seed, and of the same faults. */
  readonly trace: string;
  readonly struck: readonly Struck[];
  readonly tasks: number;
  readonly renewals: number;
  readonly replays: number;
  /** Of the simulated clock. */
  readonly passedMs: number;
  /** Names of what `sometimes` has seen. */
  readonly seen: readonly string[];
  /** Only when it was asked for. */
  readonly lines?: readonly string[];
}

/** How a run is to be done. */
export interface RunOptions {
  readonly seed: number;
  /** Only these faults, by id; default all that the seed draws. */
  readonly only?: readonly string[];
  /** Keeps what happens, in words. */
  readonly isTold?: boolean;
}

/** 2027-01-15T08:00:00Z: tokens are numbers of milliseconds. */
const STARTS_AT = 1_800_000_000_000;
/** Faults strike until then at the latest, and until everybody is done. */
const HEALS_AFTER_MS = 120_000;
/** Then everybody must be done within this time. */
const DONE_AFTER_MS = 3_600_000;
/** And what is still under way comes to its end. */
const SETTLES_AFTER_MS = 90_000;
/** What strikes once strikes within this time. */
const STRIKES_MS = [100, 15_000] as const;
const TASKS_MAX = 20_000;
const PAUSE_MS = [2_000, 40_000] as const;
const SKIP_MS = [1_000, 90_000] as const;
const SESSION_TTL_MS = [2_000, 12_000] as const;

class World {
  readonly chance: Chance;
  readonly faults: Faults;
  readonly server: Server;
  readonly net: Net;
  readonly held: Held = new Set();
  readonly rules: Rules;
  readonly spec: SimulationSpec;
  readonly seen = new Set<string>();
  readonly lines: string[] = [];
  readonly #waiting = new Map<string, Machine>();
  readonly #looks = new Map<string, { readonly revision: number; readonly seen: unknown }>();
  readonly #team: Team;
  broken: string | undefined;

  constructor(sandbox: Sandbox, { make }: Simulation, { seed, only, isTold = false }: RunOptions) {
    this.chance = chanceOf(seed);
    this.spec = make(drawing(this.chance, 'the simulation'));
    this.faults = new Faults(this.chance, () => this.server.now - STARTS_AT, this.spec.faults, only);
    this.server = new Server(sandbox, this.chance, this.faults, STARTS_AT, (line) => {
      if (isTold) this.lines.push(`${stamp(this.server.now)}  ${line()}`);
    });
    this.net = { server: this.server, faults: this.faults, chance: this.chance };
    this.rules = new Rules(this.server, this.held, this.spec.sets ?? [], new Set(this.spec.terminated));
    this.#team = this.#makeTeam();
    this.server.afterTask = (id) => {
      this.rules.after(id);
      this.#hold(this.spec.always ?? {});
      this.#look();
    };
    this.server.onSignal = (id, name, args) => {
      this.rules.signalled(id, name, args);
    };
    this.server.onFailure = (id, message) => {
      if (id.split(':')[1] === 'agent') throw new Broken(`${id} fails: ${message}`);
    };
    const { activities = {} } = this.spec;
    const mistake = (text: string): never => {
      throw new Broken(text);
    };
    this.server.perform(
      simulatedActivities({ net: this.net, store: (batch) => this.rules.store(batch), activities, mistake }),
    );
  }

  /** Runs to the end, or to what is broken. */
  run(): void {
    try {
      this.#begin();
      const start = this.server.now;
      this.#until(start + HEALS_AFTER_MS, () => this.#waiting.size === 0);
      this.#heal();
      this.#until(this.server.now + DONE_AFTER_MS, () => this.#waiting.size === 0);
      const [waiting] = this.#waiting.keys();
      if (waiting !== undefined) throw new Broken(`${waiting} is not done, an hour after the last fault`);
      this.#until(this.server.now + SETTLES_AFTER_MS, () => false);
      this.rules.atEnd();
      this.#hold(this.spec.atEnd ?? {});
    } catch (error) {
      this.broken = error instanceof Broken ? error.message : `${String(error)}${stackOf(error)}`;
      this.server.say(() => `broken: ${String(this.broken)}`);
    }
  }

  #until(time: number, isDone: () => boolean): void {
    while (!isDone() && this.server.step(time)) {
      if (this.server.tasks > TASKS_MAX)
        throw new Broken(`more than ${String(TASKS_MAX)} workflow tasks: something goes round in circles`);
    }
  }

  #heal(): void {
    this.faults.isHealed = true;
    this.server.say(() => 'nothing goes wrong from now on');
  }

  #begin(): void {
    const { agents = {}, sets = [], people = {}, mortals = [], terminated = [] } = this.spec;
    for (const set of sets)
      this.server.start(startOf(this.chance, 'variables', set.name, 'variableSetWorkflow', { definition: set.name }));
    for (const [name, given] of Object.entries(agents)) {
      const { type, args } =
        'of' in given ? { type: given.of.type, args: given.args } : { type: given.type, args: undefined };
      const init = { type, ...(args === undefined ? {} : { args }) };
      this.server.start(startOf(this.chance, 'agent', name, agentWorkflowType(type), init));
    }
    for (const [name, act] of Object.entries(people)) this.#person(name, act, mortals.includes(name));
    for (const what of terminated)
      this.#once('terminate', what, () => {
        const [kind = '', name = ''] = what.split(':');
        const id = idOf(kind as never, name);
        if (this.server.isRunning(id)) this.rules.lost(id);
        this.server.terminate(id);
      });
    for (const number of [1, 2, 3]) {
      this.#once('kill', `of the workers ${String(number)}`, () => {
        this.server.killWorkers();
      });
      this.#once('skip', `of time ${String(number)}`, (name) => {
        this.server.skip(this.chance.whole(`length of ${name}`, ...SKIP_MS));
      });
    }
  }

  /** A fault that strikes once, at some time, or not at all. */
  #once(kind: FaultKind, name: string, act: (name: string) => void): void {
    const at = STARTS_AT + this.chance.whole(`time of ${kind} ${name}`, ...STRIKES_MS);
    this.server.at(at, `${kind} ${name}`, () => {
      if (this.faults.strikes(kind, name)) act(name);
    });
  }

  #person(name: string, act: (me: Person) => Act, isMortal: boolean): void {
    const machine: Machine = { name, isDead: false, pausedUntil: 0 };
    this.#waiting.set(name, machine);
    this.#once('pause', name, (what) => {
      const ms = this.chance.whole(`length of pause ${what}`, ...PAUSE_MS);
      this.server.say(() => `${name} is stopped for ${String(ms)} ms`);
      machine.pausedUntil = this.server.now + ms;
    });
    if (isMortal) {
      this.#once('crash', name, () => {
        this.server.say(() => `${name} is killed`);
        machine.isDead = true;
        this.#waiting.delete(name);
      });
    }
    const { person, close } = this.#makePerson(machine);
    const whole = function* (): Act {
      yield* act(person);
      yield* close();
    };
    runProcess(this.server, machine, whole(), () => {
      this.server.say(() => `${name} is done`);
      this.#waiting.delete(name);
      machine.isDead = true;
    });
  }

  #makePerson(machine: Machine): { readonly person: Person; readonly close: () => Act } {
    const { net, server, chance, held } = this;
    const { name } = machine;
    let ids = 0;
    let session: OwnSession | undefined;
    const nextId = (): string => `${name}-${String((ids += 1))}`;
    const { whole, pick } = drawing(chance, name);
    const call = (to: string): Call => ({ net, machine, to, id: nextId() });
    const user = {
      net,
      machine,
      nextId,
      beside: (act: Act) => {
        runProcess(server, machine, act, () => undefined);
      },
    };
    const person: Person = {
      name,
      get now() {
        return server.now;
      },
      whole,
      pick,
      pause: (ms) => pause(net, name, ms),
      agent: (agent) => ({
        tell: (message: string, ...[arg]: unknown[]) =>
          callSignal(call(idOf('agent', agent)), 'tell', {
            name: message,
            ...(arg === undefined ? {} : { arg }),
          }) as never,
        ask: (message: string, ...[arg]: unknown[]) =>
          callUpdate(call(idOf('agent', agent)), 'ask', {
            name: message,
            ...(arg === undefined ? {} : { arg }),
          }),
      }),
      *read(set) {
        const seen = (yield* callQuery(net, nextId(), idOf('variables', set), 'set')) as SetView | undefined;
        return seen === undefined ? undefined : { values: seen.values, version: seen.version };
      },
      propose: (set, changes, more) =>
        callUpdate(call(idOf('variables', set)), 'propose', { proposer: name, changes, ...more }),
      vote: (ballot, vote) => callUpdate(call(idOf('ballot', ballot)), 'vote', vote),
      *add(counter, by) {
        const start = startOf(chance, 'counter', counter, 'counterWorkflow', {});
        return yield* callUpdate<Counted>({ ...call(idOf('counter', counter)), start }, 'add', { by });
      },
      *acquire(lock, options) {
        while (session === undefined || session.hasEnded) {
          session = yield* openSession(user, `${name}-s${String((ids += 1))}`, whole(...SESSION_TTL_MS));
        }
        const outcome = yield* acquireLock(user, session, lock, options);
        if (outcome.ok) held.add(outcome.value);
        return outcome;
      },
      release: (lock) => releaseLock(user, lock),
      mayAct: ({ isReleased, session: own }) => !isReleased && isAlive(own, server.now),
    };
    const close = function* (): Act {
      if (session === undefined || session.hasEnded) return;
      for (const lock of held) if (lock.session === session) lock.isReleased = true;
      yield* callUpdate(call(idOf('session', session.name)), 'stop', { reason: 'closed' });
      session.hasEnded = true;
    };
    return { person, close };
  }

  #makeTeam(): Team {
    const { server } = this;
    const look = (id: string, query: string, argument?: unknown): unknown => {
      const key = argument === undefined ? `${id} ${query}` : `${id} ${query} ${JSON.stringify(argument)}`;
      const revision = server.revisionOf(id);
      const known = this.#looks.get(key);
      if (known?.revision === revision) return known.seen;
      const seen = server.isRunning(id) ? server.look(id, query, argument) : undefined;
      this.#looks.set(key, { revision, seen });
      return seen;
    };
    return {
      get now() {
        return server.now;
      },
      inspect: (agent, inspection, arg) =>
        look(idOf('agent', agent), 'inspect', { name: inspection, ...(arg === undefined ? {} : { arg }) }),
      set: (name) => look(idOf('variables', name), 'set') as never,
      ballot: (name) => look(idOf('ballot', name), 'ballot') as never,
      lock: (name) => look(idOf('lock', name), 'lock') as never,
      semaphore: (name) => look(idOf('semaphore', name), 'lock') as never,
      counter: (name) => look(idOf('counter', name), 'counter') as never,
      running: () =>
        server.running().map((id) => {
          const parsed = parseWorkflowId(id);
          return 'kind' in parsed ? `${parsed.kind}:${parsed.name}` : id;
        }),
    };
  }

  #hold(invariants: Readonly<Record<string, Invariant>>): void {
    for (const [name, holds] of Object.entries(invariants)) {
      const said = holds(this.#team);
      if (said !== true) throw new Broken(said === false ? name : `${name}: ${said}`);
    }
  }

  #look(): void {
    for (const [name, holds] of Object.entries(this.spec.sometimes ?? {})) {
      if (!this.seen.has(name) && holds(this.#team) === true) this.seen.add(name);
    }
  }
}

function drawing(chance: Chance, name: string): Draw {
  let draws = 0;
  const whole = (least: number, most: number): number => {
    draws += 1;
    return chance.whole(`${name} draws ${String(draws)}`, least, most);
  };
  return { whole, pick: (list) => list[whole(0, list.length - 1)] as never };
}

const stackOf = (error: unknown): string =>
  error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : '';

/** Time of the simulated clock since the start: `1:02.345`. */
function stamp(now: number): string {
  const ms = Math.floor(now - STARTS_AT);
  const seconds = String(Math.floor(ms / 1_000) % 60).padStart(2, '0');
  return `${String(Math.floor(ms / 60_000)).padStart(3)}:${seconds}.${String(ms % 1_000).padStart(3, '0')}`;
}

/** Runs one seed. The same seed and the same faults give the same run, to the last message. */
export function runSeed(sandbox: Sandbox, simulation: Simulation, options: RunOptions): Ran {
  const world = new World(sandbox, simulation, options);
  world.run();
  const { server, faults, broken, lines } = world;
  return {
    seed: options.seed,
    ...(broken === undefined ? {} : { broken }),
    trace: mixed(String(broken), server.trace).toString(16).padStart(8, '0'),
    struck: faults.struck,
    tasks: server.tasks,
    renewals: server.renewals,
    replays: server.replays,
    passedMs: Math.floor(server.now - STARTS_AT),
    seen: [...world.seen],
    ...(options.isTold === true ? { lines } : {}),
  };
}
