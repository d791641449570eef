import { connect, fencingHeaders, isPlatformError, type Leadership, type Session, type Space } from 'mabeam';
import type { Entry, Job, RoundView } from './journal';
import type { Asked } from './warehouse';

/*
 * usage: tsx worker.ts NAME WAREHOUSE_URL WORKERS TTL_MS. One of the fleet: does the jobs of a round, waits for the others at its end, and plans the next
 * one if it leads. It remembers nothing: whoever is begun again under its name goes on where the warehouse and the barriers stand.
 */
const [me = '', warehouse = '', workers = '', ttlMs = ''] = process.argv.slice(2);
const fleet = workers.split(',');
const SHELVES = ['bolts', 'nuts', 'washers'];
const JOBS = 6;
const LOOK_MS = 100;

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** @param token of the lock, or the term of the leader, under which it is asked: the warehouse refuses one that is too old */
async function ask<T>(asked: Omit<Asked, 'worker'>, token?: number): Promise<T> {
  const headers = token === undefined ? {} : fencingHeaders({ token });
  const body = JSON.stringify({ ...asked, worker: me });
  const response = await fetch(warehouse, { method: 'POST', headers, body });
  const answer = (await response.json()) as T & { readonly message?: string };
  if (!response.ok) throw new Error(String(answer.message));
  return answer;
}

const roundNow = (): Promise<RoundView> => ask({ act: 'round', round: 0, what: '' });
const say = (said: Entry): Promise<unknown> =>
  ask({ act: 'say', round: 'round' in said ? said.round : 0, what: said.kind, said });

function jobsOf(round: number): readonly Job[] {
  return Array.from({ length: JOBS }, (_each, index) => ({
    id: `${String(round)}-${String(index + 1)}`,
    shelf: SHELVES[index % SHELVES.length] ?? '',
    worker: fleet[(round + index) % fleet.length] ?? '',
  }));
}

/** The leader plans a round. That it looks under its term first bars all earlier leaders, also from writing what they are about to write. */
async function plan({ term }: Leadership, round: number): Promise<void> {
  const what = 'plan';
  await ask({ act: 'look', round, what }, term);
  if ((await roundNow()).round === round - 1) await ask({ act: 'plan', round, what, jobs: jobsOf(round) }, term);
}

/** Looks, and does it if nobody has: under the lock of the shelf, with its token on both. */
async function doJob(space: Space, session: Session, round: number, { id: job, shelf }: Job): Promise<void> {
  await space.locks.with(
    shelf,
    async (token, lock) => {
      const what = shelf;
      if (await ask<boolean>({ act: 'look', round, what, job }, token)) return;
      lock.check(); // what we can know; what is on its way when we freeze is for the fence
      await ask({ act: 'write', round, what, job }, token);
    },
    { session, lockDelayMs: 0 },
  );
}

/** Mine first, then what somebody has left who may have died. */
async function doJobs(space: Space, session: Session, round: number): Promise<void> {
  for (;;) {
    const { open } = await roundNow();
    const next = open.find(({ worker }) => worker === me) ?? open[fleet.indexOf(me) % Math.max(1, open.length)];
    if (next === undefined) return;
    await doJob(space, session, round, next);
  }
}

/** All of the fleet wait for each other. When one dies who waits, it breaks for all: they look again at what is to do, and meet anew. */
async function work(space: Space, session: Session, round: number): Promise<void> {
  const barrier = space.barriers.at(`round-${String(round)}`, { parties: fleet.length, onDeath: 'break' });
  for (let generation = 1; ; generation += 1) {
    await doJobs(space, session, round);
    await say({ kind: 'arrived', worker: me, round, generation });
    try {
      await barrier.enter({ session, participant: me, generation });
      await say({ kind: 'passed', worker: me, round, generation });
      return;
    } catch (error) {
      // not-a-party: that generation broke before we came
      const isOver = isPlatformError(error) && (error.code === 'barrier-broken' || error.code === 'not-a-party');
      if (!isOver) throw error;
      await say({ kind: 'broken', worker: me, round, generation });
    }
  }
}

/** As long as one session lives. */
async function life(space: Space): Promise<void> {
  const session = await space.sessions.open({ ttlMs: Number(ttlMs), label: me });
  const latch = space.elections.latch('planner', { session, value: me, lockDelayMs: 0 });
  latch.onChange((event) => {
    if (event.kind === 'elected') void say({ kind: 'elected', worker: me, term: event.term }).catch(() => undefined);
  });
  try {
    for (let passed = 0; ;) {
      session.check();
      const { round, of, isOver } = await roundNow();
      if (isOver) return;
      if (round > passed) {
        await work(space, session, round);
        passed = round;
        continue;
      }
      const { leadership } = latch;
      if (round < of && leadership?.isLeader === true) await plan(leadership, round + 1);
      else await pause(LOOK_MS);
    }
  } finally {
    await latch.close();
    await session.close();
  }
}

async function main(): Promise<void> {
  let space: Space | undefined;
  for (let isOver = false; !isOver;) {
    try {
      space ??= await connect();
      await life(space);
      isOver = true;
    } catch (error) {
      console.log(error instanceof Error ? error.message : String(error));
      await pause(LOOK_MS);
    }
  }
  await space?.close();
}

void main();
