import type { Program } from '../../test/support/processes/program';
import type { Fault } from './checker';

/** How one process of evaluators is started, and what it says when it takes trials. */
export interface Crew {
  launch(): Program;
  readonly ready: string;
  /** Whether its processes end by themselves when the study has ended. */
  readonly mayEnd: boolean;
}

interface Member {
  readonly program: Program;
  /** Told to end, or killed. */
  isExpected: boolean;
  hasEnded: boolean;
}

/** Processes that evaluate, in numbered places, some of which are killed and replaced. */
export class Fleet {
  readonly #crew: Crew;
  readonly #places: (Member | undefined)[];
  readonly #starting = new Set<Promise<void>>();
  #crashed = 0;

  constructor(crew: Crew, size: number) {
    this.#crew = crew;
    this.#places = Array.from({ length: size }, () => undefined);
  }

  get size(): number {
    return this.#places.length;
  }

  /** Whether one lives, or is being started. */
  get isBusy(): boolean {
    return this.#starting.size > 0 || this.#living().length > 0;
  }

  /** Starts a process in each place; resolves when all take trials. */
  async startAll(): Promise<void> {
    await Promise.all(this.#places.map((_none, place) => this.#start(place)));
  }

  /** Kills what lives in a place as a crash does. @returns the fault; none when nothing lives there */
  async kill(place: number): Promise<Fault | undefined> {
    const member = this.#places[place];
    if (member === undefined || member.hasEnded) return undefined;
    member.isExpected = true;
    const at = Date.now();
    member.program.signal('SIGKILL');
    await member.program.ended;
    this.#places[place] = undefined;
    return { at, until: at, pids: [member.program.pid] };
  }

  /** Starts another in a place, and does not wait for it. */
  replace(place: number): void {
    // one that ends while it starts has crashed, which is counted
    const starting = this.#start(place).catch(() => undefined);
    this.#starting.add(starting);
    void starting.then(() => this.#starting.delete(starting));
  }

  /** Stops what lives in a place without its knowing, and lets it go on when the time is over. @returns the fault */
  async pause(place: number, time: Promise<unknown>): Promise<Fault | undefined> {
    const member = this.#places[place];
    if (member === undefined || member.hasEnded) return undefined;
    const at = Date.now();
    member.program.signal('SIGSTOP');
    try {
      await time;
    } finally {
      member.program.signal('SIGCONT');
    }
    return { at, until: Date.now(), pids: [member.program.pid] };
  }

  /** Ends all in order, and waits. @returns how many ended by themselves, or not in order */
  async end(): Promise<number> {
    await Promise.all(this.#starting);
    const living = this.#living();
    for (const member of living) {
      if (this.#crew.mayEnd) continue;
      member.isExpected = true;
      member.program.signal('SIGTERM');
    }
    const codes = await Promise.all(living.map(({ program }) => program.ended));
    if (!this.#crew.mayEnd) this.#crashed += codes.filter((code) => code !== 0).length;
    return this.#crashed;
  }

  /** Kills all, when something failed. */
  async abandon(): Promise<void> {
    await Promise.all(this.#starting);
    await Promise.all(this.#places.map((_member, place) => this.kill(place)));
  }

  #living(): readonly Member[] {
    return this.#places.filter((each): each is Member => each !== undefined && !each.hasEnded);
  }

  async #start(place: number): Promise<void> {
    const program = this.#crew.launch();
    const member: Member = { program, isExpected: false, hasEnded: false };
    this.#places[place] = member;
    void program.ended.then((code) => {
      member.hasEnded = true;
      if (!member.isExpected && !(this.#crew.mayEnd && code === 0)) this.#crashed += 1;
    });
    await program.says(this.#crew.ready);
  }
}
