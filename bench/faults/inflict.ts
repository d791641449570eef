import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './checker';
import type { Fleet } from './fleet';

/** What is destroyed. */
export const FAULTS = [
  'none',
  'worker-killed',
  'worker-paused',
  'all-killed',
  'workflow-worker-killed',
  'server-restarted',
  'database-restarted',
  'server-database-restarted',
  'network-cut',
] as const;
/** One of FAULTS. */
export type FaultName = (typeof FAULTS)[number];

/** Something beside the evaluators that is taken away for a while. */
export interface Supply {
  /** Takes it away; resolves when it is there again. */
  interrupt(): Promise<void>;
}

/** How much is destroyed, and for how long. */
export interface Schedule {
  /** Milliseconds between two kills or pauses. */
  readonly everyMs: number;
  readonly kills: number;
  readonly pauses: number;
  /** Longer than the heartbeat timeout. */
  readonly pausedMs: number;
  /** Parts of the target after which everything is killed, or something is interrupted. */
  readonly after: readonly number[];
}

/** A run that is going on. */
export interface Stage {
  readonly fleet: Fleet;
  readonly schedule: Schedule;
  readonly isOver: () => boolean;
  /** Whether a part of the target is evaluated. */
  readonly hasReached: (part: number) => boolean;
  /** What the fault takes away; absent for those of the evaluators themselves. */
  readonly supply?: Supply;
}

const LOOK_MS = 50;

async function reached(stage: Stage, part: number): Promise<boolean> {
  while (!stage.isOver() && !stage.hasReached(part)) await pause(LOOK_MS);
  return !stage.isOver();
}

async function killInTurn({ fleet, schedule, isOver }: Stage): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (let turn = 0; faults.length < schedule.kills; turn += 1) {
    await pause(schedule.everyMs);
    if (isOver()) break;
    const place = turn % fleet.size;
    const fault = await fleet.kill(place);
    if (fault === undefined) continue;
    faults.push(fault);
    fleet.replace(place);
  }
  return faults;
}

async function pauseInTurn({ fleet, schedule, isOver }: Stage): Promise<readonly Fault[]> {
  const pausing: Promise<Fault | undefined>[] = [];
  for (let turn = 0; turn < schedule.pauses; turn += 1) {
    await pause(schedule.everyMs);
    if (isOver()) break;
    pausing.push(fleet.pause(turn % fleet.size, pause(schedule.pausedMs)));
  }
  return (await Promise.all(pausing)).filter((fault) => fault !== undefined);
}

async function killAll(stage: Stage): Promise<readonly Fault[]> {
  const { fleet, schedule } = stage;
  const [part = 0.5] = schedule.after;
  if (!(await reached(stage, part))) return [];
  const places = Array.from({ length: fleet.size }, (_each, place) => place);
  const killed = await Promise.all(places.map((place) => fleet.kill(place)));
  await fleet.startAll();
  return killed.filter((fault) => fault !== undefined);
}

async function interrupt(stage: Stage, { interrupt: take }: Supply): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const part of stage.schedule.after) {
    if (!(await reached(stage, part))) break;
    const at = Date.now();
    await take();
    faults.push({ at, until: Date.now(), pids: 'all' });
  }
  return faults;
}

/** Destroys what a fault destroys until its schedule, or the study, is over. @returns what was done */
export async function inflict(fault: FaultName, stage: Stage): Promise<readonly Fault[]> {
  if (fault === 'worker-killed') return killInTurn(stage);
  if (fault === 'worker-paused') return pauseInTurn(stage);
  if (fault === 'all-killed') return killAll(stage);
  return stage.supply === undefined ? [] : interrupt(stage, stage.supply);
}
