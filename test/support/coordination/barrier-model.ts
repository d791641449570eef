import type { BarrierSpec } from '../../../src/contracts/coordination/barrier';

/** One thing that happens to a barrier. Requests are named by their participant: `ann/1` is the first of ann. */
export type BarrierCommand =
  | { readonly kind: 'enter'; readonly participant: string; readonly request: string; readonly waitMs?: number }
  | { readonly kind: 'leave'; readonly participant: string; readonly request: string; readonly waitMs: number }
  | { readonly kind: 'withdraw'; readonly participant: string; readonly request: string }
  | { readonly kind: 'register' | 'deregister'; readonly participant: string }
  /** The session of a participant ends. */
  | { readonly kind: 'end'; readonly participant: string; readonly how: 'closed' | 'expired' }
  | { readonly kind: 'break' }
  | { readonly kind: 'wait'; readonly ms: number };

interface Round {
  readonly generation: number;
  readonly members: Map<string, Set<string>>;
  readonly left: Set<string>;
  breaksAt: number;
}

/**
 * What a barrier promises, told again as sets of names and one clock that ticks in milliseconds: no code of ours in it. Each request has at
 * most one outcome, in words: `released 3`, `broken 3`.
 */
export class BarrierModel {
  now = 1_000;
  generation = 1;
  readonly waiting = new Map<string, Map<string, number>>();
  readonly registered = new Set<string>();
  inside: Round | undefined;
  /** How entries ended, by request; and leaves. */
  readonly ends = new Map<string, string>();
  readonly leaves = new Map<string, string>();
  #breaksAt = Infinity;
  readonly #spec: BarrierSpec;

  constructor(spec: BarrierSpec) {
    this.#spec = spec;
  }

  /** Another one in the same state. */
  copy(): BarrierModel {
    const copy = new BarrierModel(this.#spec);
    copy.now = this.now;
    copy.generation = this.generation;
    for (const [participant, own] of this.waiting) copy.waiting.set(participant, new Map(own));
    for (const participant of this.registered) copy.registered.add(participant);
    for (const [request, end] of this.ends) copy.ends.set(request, end);
    for (const [request, end] of this.leaves) copy.leaves.set(request, end);
    copy.inside = structuredClone(this.inside);
    copy.#breaksAt = this.#breaksAt;
    return copy;
  }

  /** @returns false for what is refused */
  act(command: BarrierCommand): boolean {
    switch (command.kind) {
      case 'enter':
        return this.#enter(command.participant, command.request, command.waitMs ?? Infinity);
      case 'leave':
        return this.#leave(command.participant, command.request);
      case 'withdraw':
        this.#drop(command.participant, command.request);
        break;
      case 'register':
        this.registered.add(command.participant);
        break;
      case 'deregister':
        if (!this.registered.delete(command.participant)) return false;
        this.waiting.delete(command.participant);
        break;
      case 'end':
        this.#die(command.participant);
        break;
      case 'break':
        this.#end('broken', [...this.waiting.keys()]);
        if (this.inside !== undefined) this.#endRound('broken');
        break;
      case 'wait':
        for (let left = command.ms; left > 0; left--) this.#tick();
        return true;
    }
    this.#goOn();
    return true;
  }

  #enter(participant: string, request: string, waitMs: number): boolean {
    if (this.ends.has(request)) return true;
    const round = this.inside;
    const members = round?.members.get(participant);
    if (round !== undefined && members !== undefined && !round.left.has(participant)) {
      members.add(request);
      this.ends.set(request, `released ${String(round.generation)}`);
      return true;
    }
    if (this.#spec.form === 'phaser' && !this.registered.has(participant)) return false;
    const own = this.waiting.get(participant) ?? new Map<string, number>();
    if (!own.has(request)) own.set(request, this.now + waitMs);
    this.waiting.set(participant, own);
    if (this.#breaksAt === Infinity) this.#breaksAt = this.now + (this.#spec.deadlineMs ?? Infinity);
    this.#goOn();
    return true;
  }

  #leave(participant: string, request: string): boolean {
    if (this.leaves.has(request)) return true;
    const round = this.inside;
    if (round === undefined || this.ends.get(request) !== `released ${String(round.generation)}`) return false;
    round.left.add(participant);
    if (round.breaksAt === Infinity) round.breaksAt = this.now + (this.#spec.deadlineMs ?? Infinity);
    this.#goOn();
    return true;
  }

  #drop(participant: string, request: string): void {
    const own = this.waiting.get(participant);
    own?.delete(request);
    if (own?.size === 0) this.waiting.delete(participant);
    if (this.waiting.size === 0) this.#breaksAt = Infinity;
  }

  #die(participant: string): void {
    const wasIn = this.waiting.delete(participant);
    const wasRegistered = this.registered.delete(participant);
    if (this.waiting.size === 0) this.#breaksAt = Infinity;
    if ((wasIn || wasRegistered) && this.#spec.onDeath === 'break') this.#end('broken', [...this.waiting.keys()]);
    this.inside?.members.delete(participant);
  }

  #tick(): void {
    this.now += 1;
    for (const [participant, own] of [...this.waiting]) {
      for (const [request, until] of [...own]) if (until <= this.now) this.#drop(participant, request);
    }
    if (this.#breaksAt <= this.now) this.#end('broken', [...this.waiting.keys()]);
    if (this.inside !== undefined && this.inside.breaksAt <= this.now) this.#endRound('broken');
    this.#goOn();
  }

  #end(how: 'released' | 'broken', going: readonly string[]): void {
    if (going.length === 0) return;
    for (const participant of going) {
      for (const request of this.waiting.get(participant)?.keys() ?? []) {
        this.ends.set(request, `${how} ${String(this.generation)}`);
      }
      this.waiting.delete(participant);
    }
    this.generation += 1;
    this.#breaksAt = this.waiting.size === 0 ? Infinity : this.now + (this.#spec.deadlineMs ?? Infinity);
  }

  #endRound(how: 'released' | 'broken'): void {
    const { generation } = this.inside as Round;
    for (const [request, end] of this.ends) {
      if (end === `released ${String(generation)}`) this.leaves.set(request, `${how} ${String(generation)}`);
    }
    this.inside = undefined;
  }

  #goOn(): void {
    for (;;) {
      if (this.inside !== undefined) {
        if ([...this.inside.members.keys()].some((each) => this.inside?.left.has(each) !== true)) return;
        this.#endRound('released');
      }
      const { form, parties = 1 } = this.#spec;
      const missing = [...this.registered].some((each) => !this.waiting.has(each));
      if (form === 'phaser' ? this.registered.size === 0 || missing : this.waiting.size < parties) return;
      const going = [...this.waiting.keys()].slice(0, form === 'phaser' ? Infinity : parties);
      const members = new Map(going.map((each) => [each, new Set(this.waiting.get(each)?.keys())]));
      const { generation } = this;
      this.#end('released', going);
      if (form !== 'double') return;
      this.inside = { generation, members, left: new Set(), breaksAt: Infinity };
    }
  }
}
