import { Client, type Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';
import type { Space } from '../../../src/client/index';
import type { SupervisorHandle } from '../../../src/client/supervisors';
import { exitSignal, type ExitReport } from '../../../src/contracts/entity';
import type { ChildSpecInput } from '../../../src/contracts/supervisor';
import { recovered } from './stack';
import type { sailor } from './team';

/** The sweep interval of the tree. */
const SWEEP_MS = 500;
/** Of a supervisor that has just been through a crash, on a busy machine. */
const PATIENCE_MS = 60_000;
const FLAGS = { intensity: 1_000, periodSeconds: 86_400 };

const child = (id: string, type = 'sailor'): ChildSpecInput => ({ id, start: { kind: 'agent', type } });
/** The one that begins again with its last state. */
const KEEPER = 'keeper';

/** One that the test kills to see that a sweep has come round: what else it found is told by then. */
const lookout = (supervisor: string): string => `lookout-${supervisor}`;

const SUPERVISORS = ['ship', 'deck'] as const;
export type SupervisorName = (typeof SUPERVISORS)[number];

/** A small tree and what must be true of it: who lives, in which life, with what it has noted, and what was counted. */
export class Ship {
  readonly client: Client;
  readonly space: Space;
  private readonly counted: Record<SupervisorName, number> = { ship: 0, deck: 0 };
  private readonly lives = new Map<string, { readonly generation: number; readonly numbers: number[] }>();
  private number = 0;

  private constructor(space: Space, connection: Connection) {
    this.space = space;
    this.client = new Client({ connection });
  }

  /** `ship` above a captain and `deck`; `deck` above two sailors and one that keeps its state; each with a lookout. */
  static async start(space: Space, connection: Connection): Promise<Ship> {
    const ship = new Ship(space, connection);
    const spec = {
      flags: FLAGS,
      children: [child('sailor-1'), child('sailor-2'), child(KEEPER, KEEPER), child(lookout('deck'))],
    };
    const start = { kind: 'supervisor', type: 'deck', options: { spec, sweepMs: SWEEP_MS } };
    const deck: ChildSpecInput = { id: 'deck', type: 'supervisor', start };
    const children = [child('captain'), deck, child(lookout('ship'))];
    await space.supervisors.start('ship', { flags: FLAGS, children }, { sweepMs: SWEEP_MS });
    for (const name of ['captain', 'sailor-1', 'sailor-2', KEEPER]) await ship.begun(name);
    return ship;
  }

  at(name: SupervisorName): SupervisorHandle {
    return this.space.supervisors.at(name);
  }

  workflow(name: string): ReturnType<Client['workflow']['getHandle']> {
    return this.client.workflow.getHandle(this.space.agents.at(name).workflowId);
  }

  /** From now on that child is expected to live, in the life that it has now. */
  async begun(name: string): Promise<void> {
    const numbers = name === KEEPER ? (this.lives.get(name)?.numbers ?? []) : [];
    this.lives.set(name, { generation: await this.generation(name), numbers });
  }

  /** Something died: from now on so many more exits are expected, and of that child a later life. */
  async died(supervisor: SupervisorName, name: string): Promise<void> {
    const { generation: before = 0 } = this.lives.get(name) ?? {};
    this.counted[supervisor] += 1;
    await recovered(`a new life of ${name}`, async () => (await this.generation(name)) > before || undefined);
    await this.begun(name);
  }

  /** Each notes a number: they must have all of them as long as they live. */
  async note(names: readonly string[] = [...this.lives.keys()]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const n = (this.number += 1);
        const asked = this.space.agents.at<typeof sailor>(name).with({ requestId: `n-${String(n)}` });
        await recovered(`an answer of ${name}`, async () => (await asked.ask('noted', n)) === n || undefined);
        this.lives.get(name)?.numbers.push(n);
      }),
    );
  }

  async generation(name: string): Promise<number> {
    const children = await Promise.all(SUPERVISORS.map(async (each) => (await this.at(each).view()).children));
    return children.flat().find(({ id, status }) => id === name && status === 'running')?.generation ?? 0;
  }

  /**
   * Waits until each supervisor has looked at all of its children: it finds that its lookout was terminated.
   * @returns what is not as it must be
   */
  async broken(): Promise<readonly string[]> {
    await Promise.all(
      SUPERVISORS.map(async (name) => {
        const before = await recovered('a lookout', async () => (await this.generation(lookout(name))) || undefined);
        await recovered('the kill', async () => {
          await this.workflow(lookout(name)).terminate('so that the sweep has something to find');
          return true;
        });
        this.counted[name] += 1;
        await recovered(
          `the sweep of ${name}`,
          async () => (await this.generation(lookout(name))) > before || undefined,
        );
      }),
    );
    const broken: string[] = [];
    for (const name of SUPERVISORS) {
      const { restarts, children, decisions } = await this.at(name).view();
      const last = decisions.map(({ text }) => text).join('; ');
      if (restarts !== this.counted[name])
        broken.push(`${name} counts ${String(restarts)} restarts, not ${String(this.counted[name])}: ${last}`);
      for (const { id, status, generation } of children) {
        if (status !== 'running') broken.push(`${id} is ${status}: ${last}`);
        const life = this.lives.get(id);
        if (life === undefined) continue;
        if (generation !== life.generation)
          broken.push(`${id} lives as ${String(generation)}, not ${String(life.generation)}: ${last}`);
        const numbers = await this.space.agents.at<typeof sailor>(id).inspect('numbers');
        if (numbers.join() !== life.numbers.join())
          broken.push(`${id} has ${numbers.join()}, not ${life.numbers.join()}`);
      }
    }
    return broken;
  }

  /** The attempt of a child's start that is under way and has said that it lives; 0 when there is none. */
  async attempt(supervisor: SupervisorName): Promise<number> {
    const { raw } = await this.client.workflow.getHandle(this.at(supervisor).workflowId).describe();
    const start = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'startChild');
    const hasBeaten = tsToMs(start?.lastHeartbeatTime ?? null) > tsToMs(start?.lastStartedTime ?? null);
    return hasBeaten ? (start?.attempt ?? 0) : 0;
  }

  /** Stops children and forgets them. */
  async dismiss(supervisor: SupervisorName, names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.at(supervisor).terminateChild(name, { timeoutMs: PATIENCE_MS });
      await this.at(supervisor).deleteChild(name, { timeoutMs: PATIENCE_MS });
      this.lives.delete(name);
    }
  }

  /** What a child said last of a life that is over, as its supervisor was told. */
  async lastWord(name: string, runId: string): Promise<ExitReport> {
    const { events } = await this.client.workflow.getHandle(this.workflow(name).workflowId, runId).fetchHistory();
    for (const { signalExternalWorkflowExecutionInitiatedEventAttributes: sent } of events ?? []) {
      const [payload] = sent?.input?.payloads ?? [];
      if (sent?.signalName === exitSignal.name && payload) return defaultPayloadConverter.fromPayload(payload);
    }
    throw new Error(`${name} has not said that it ended`);
  }

  /** Resets a workflow to a task that it has completed: a new run goes on from there. @param at which of them, from 0 */
  async reset(workflowId: string, at: number): Promise<void> {
    const { client } = this;
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
      workflowTaskFinishEventId: tasks.at(at)?.eventId ?? null,
      reason: 'on purpose',
      requestId: globalThis.crypto.randomUUID(),
    });
  }
}
