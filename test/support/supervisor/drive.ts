import type {
  ChildExit,
  ChildSpecInput,
  SupervisorAnswer,
  SupervisorCommand,
  SupervisorFlags,
} from '../../../src/contracts/supervisor';
import { decideSupervisor, startSupervisor, type Decision } from '../../../src/domain/supervisor/decide';
import { OTP_RULES, type SupervisorRules } from '../../../src/domain/supervisor/rules';
import type { SupervisorEffect, SupervisorEvent, SupervisorState } from '../../../src/domain/supervisor/state';
import { exitText } from '../../../src/domain/supervisor/turn';
import { noteText } from '../../../src/domain/supervisor/views';

export const CRASH: ChildExit = { kind: 'abnormal', text: 'boom' };
export const NORMAL: ChildExit = { kind: 'normal' };
export const SHUTDOWN: ChildExit = { kind: 'shutdown' };

/** A child specification with the least that is needed. */
export const child = (id: string, more: Partial<ChildSpecInput> = {}): ChildSpecInput => ({
  id,
  start: { kind: 'agent', type: 'worker' },
  ...more,
});

type Outcome = 'started' | 'ignored' | 'start-failed';

/** Drives the rule of a supervisor by hand: `now` in milliseconds is set by the test, starts and stops are answered by it. */
export class Drive {
  state: SupervisorState;
  now = 1_000_000;
  /** What was wanted so far, in short lines; `take` empties it. */
  private lines: string[] = [];
  private readonly notes: string[] = [];
  private readonly answers = new Map<string, SupervisorAnswer>();
  private readonly rules: SupervisorRules;
  private requests = 0;

  constructor(
    flags: Partial<SupervisorFlags>,
    children: readonly ChildSpecInput[],
    rules: SupervisorRules = OTP_RULES,
  ) {
    this.rules = rules;
    const started = startSupervisor({ flags, children }, { now: this.now, firstGeneration: 1 }, rules);
    if (!started.ok) throw new Error(started.problem.message);
    this.state = started.value.state;
    this.apply(started.value);
  }

  /** A supervisor whose children are all started, with nothing left to take. */
  static started(
    flags: Partial<SupervisorFlags>,
    children: readonly ChildSpecInput[],
    rules: SupervisorRules = OTP_RULES,
  ): Drive {
    const drive = new Drive(flags, children, rules);
    drive.settle();
    drive.take();
    return drive;
  }

  tell(event: SupervisorEvent): readonly SupervisorEffect[] {
    return this.apply(decideSupervisor(this.state, event, this.now, this.rules));
  }

  /** Ends the running process of a child. */
  exit(id: string, reason: ChildExit = CRASH): void {
    this.tell({ kind: 'exited', id, generation: this.generation(id), reason });
  }

  /** Sends a request. @returns its number */
  send(command: SupervisorCommand): string {
    const request = `r${String(this.requests++)}`;
    this.tell({ kind: 'command', request, command });
    return request;
  }

  /** Sends a request, lets the supervisor work, and gives the answer. */
  ask(command: SupervisorCommand): SupervisorAnswer | undefined {
    const request = this.send(command);
    this.settle();
    return this.answerOf(request);
  }

  answerOf(request: string): SupervisorAnswer | undefined {
    return this.answers.get(request);
  }

  /** Answers the start or stop that is waited for. @returns whether there was one */
  step(outcome: Outcome = 'started'): boolean {
    const awaiting = this.state.work?.awaiting;
    if (awaiting === undefined) return false;
    if (awaiting.kind === 'start') {
      const { id, generation } = awaiting;
      this.tell(
        outcome === 'start-failed'
          ? { kind: outcome, id, generation, reason: 'oops' }
          : { kind: outcome, id, generation },
      );
      return true;
    }
    for (const { id, generation } of awaiting.pending) this.tell({ kind: 'stopped', id, generation, reason: SHUTDOWN });
    return true;
  }

  /** Lets every start and stop end well, except the first starts of those with an outcome of their own. */
  settle(outcomes: Readonly<Record<string, readonly Outcome[]>> = {}): void {
    const left = new Map(Object.entries(outcomes).map(([id, list]) => [id, [...list]]));
    for (let steps = 0; this.state.work?.awaiting !== undefined; steps++) {
      if (steps > 1_000) throw new Error('it starts and stops without end');
      const { awaiting } = this.state.work;
      this.step(awaiting.kind === 'start' ? (left.get(awaiting.id)?.shift() ?? 'started') : undefined);
    }
  }

  generation(id: string): number {
    const process = this.state.children.find((each) => each.spec.id === id)?.process;
    return process?.kind === 'running' ? process.generation : 0;
  }

  /** What was wanted since the last time. */
  take(): string[] {
    const lines = this.lines;
    this.lines = [];
    return lines;
  }

  /** The notes of the event log, in words. */
  said(): readonly string[] {
    return this.notes;
  }

  /** `a+ b- c~ d!`: running, without a process, restarting, in quarantine; in order. */
  shape(): string {
    const marks = { running: '+', none: '-', restarting: '~', quarantined: '!' };
    return this.state.children.map(({ spec, process }) => spec.id + marks[process.kind]).join(' ');
  }

  private apply({ state, effects }: Decision): readonly SupervisorEffect[] {
    // A state travels over a renewal between any two events.
    this.state = JSON.parse(JSON.stringify(state)) as SupervisorState;
    for (const effect of effects) this.record(effect);
    return effects;
  }

  private record(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'start-child':
        this.lines.push(`start ${effect.id}`);
        return;
      case 'stop-child':
        this.lines.push(`stop ${effect.id}`);
        return;
      case 'retry-after':
        this.lines.push(`retry ${effect.id} after ${String(effect.ms)}`);
        return;
      case 'answer':
        if (this.answers.has(effect.request)) throw new Error(`${effect.request} is answered twice`);
        this.answers.set(effect.request, effect.answer);
        return;
      case 'ready':
        this.lines.push('ready');
        return;
      case 'failed-to-start':
        this.lines.push(`failed to start ${effect.id}: ${effect.reason}`);
        return;
      case 'exit':
        this.lines.push(`exit ${exitText(effect.reason)}`);
        return;
      case 'note':
        this.notes.push(noteText(effect.note));
        return;
    }
  }
}
