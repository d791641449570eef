import { workflowId, type Kind, type Name, type Space } from './ids';
import { SERVICES } from './service';
import type { SupervisorInit } from './supervision';
import type { ChildSpecInput, RestartType, SupervisorFlags } from './supervisor';

/** The name of a space's root supervisor, its application in OTP's words. Names below it begin with `root.`. */
export const ROOT = 'root' as Name;
/** The owner of a root supervisor: no workflow, but the processes that serve the space. They start it again. */
export const ROOT_OWNER = 'mabeam';

/** Who answers for a thing of a kind that no supervisor has started, and what becomes of it when it fails. */
export interface Ownership {
  /** Its workflow type, or the end of it. */
  readonly workflow: string;
  /** The branch of the root that takes it in; a thing of a kind without one belongs to what has started it. */
  readonly branch?: string;
  readonly restart: RestartType;
}

/**
 * Every kind of workflow, in the order in which the branches of a root start. What a fresh start would make forget what was
 * decided is not started again: the versions of a set, the trials of a study, the votes of a ballot, the sum of a counter.
 */
export const OWNERSHIP: Readonly<Record<Kind, Ownership>> = {
  // Nobody starts one but its branch, which knows it by its specification.
  service: { workflow: 'serviceWorkflow', restart: 'permanent' },
  variables: { workflow: 'variableSetWorkflow', branch: 'variables', restart: 'temporary' },
  agent: { workflow: 'AgentWorkflow', branch: 'agents', restart: 'transient' },
  supervisor: { workflow: 'supervisorWorkflow', branch: 'supervisors', restart: 'transient' },
  study: { workflow: 'studyWorkflow', branch: 'studies', restart: 'temporary' },
  // It stands under the name of its set, which counts its votes and hears of its end; the set's owner learns of both.
  ballot: { workflow: 'ballotWorkflow', restart: 'temporary' },
  // Whoever opens one holds it; what comes after a lock that has ended begins it again.
  session: { workflow: 'sessionWorkflow', restart: 'temporary' },
  lock: { workflow: 'lockWorkflow', restart: 'temporary' },
  semaphore: { workflow: 'semaphoreWorkflow', restart: 'temporary' },
  election: { workflow: 'electionWorkflow', restart: 'temporary' },
  // These go on where they ended with their next use.
  counter: { workflow: 'counterWorkflow', restart: 'temporary' },
  value: { workflow: 'valueWorkflow', restart: 'temporary' },
  barrier: { workflow: 'barrierWorkflow', restart: 'temporary' },
};

/** True for the names that the space keeps for itself. */
export const isReserved = (name: string): boolean => name === ROOT || name.startsWith(`${ROOT}.`);

/** Workflow id of the owner of what users start without naming one: the space's own supervisor for that kind. */
export function defaultOwner(space: Space, kind: Kind): string {
  const { branch = OWNERSHIP.supervisor.branch } = OWNERSHIP[kind];
  return workflowId(space, 'supervisor', `${ROOT}.${String(branch)}` as Name);
}

/**
 * One bad thing must not spend the restarts of all: each is parked by itself when it has failed five times in a minute, and
 * the intensity is out of reach.
 */
const BRANCH_FLAGS: Partial<SupervisorFlags> = {
  intensity: 1_000,
  periodSeconds: 1,
  backOff: { initialMs: 100, maxMs: 10_000, jitter: 0.2, resetMs: 60_000, seed: 1 },
  quarantine: { restarts: 5, periodSeconds: 60 },
};

const KINDS_IN_ORDER = Object.keys(OWNERSHIP) as readonly Kind[];

function branch(
  name: string,
  { children, adopts }: { readonly children: readonly ChildSpecInput[]; readonly adopts?: Kind },
  sweepMs: number | undefined,
): ChildSpecInput {
  const init: SupervisorInit = {
    spec: { flags: BRANCH_FLAGS, children },
    ...(adopts === undefined ? {} : { adopts }),
    ...(sweepMs === undefined ? {} : { sweepMs }),
  };
  return {
    id: `${ROOT}.${name}`,
    start: { kind: 'supervisor', type: 'inline', options: init },
    type: 'supervisor',
    shutdown: 'infinity',
  };
}

/** The branch of the platform's own services. */
export const SERVICES_BRANCH = `${ROOT}.services` as Name;

/** What a root supervisor is started with: the platform's services first, so that they are stopped last. */
export function rootInit(sweepMs?: number): SupervisorInit {
  const services = SERVICES.map((service) => ({ id: service, start: { kind: 'service', type: service } }));
  const branches = KINDS_IN_ORDER.flatMap((kind) => {
    const { branch: name } = OWNERSHIP[kind];
    return name === undefined ? [] : [branch(name, { adopts: kind, children: [] }, sweepMs)];
  });
  const children = [branch('services', { children: services }, sweepMs), ...branches];
  return {
    spec: { flags: { intensity: 10, periodSeconds: 60 }, children },
    ...(sweepMs === undefined ? {} : { sweepMs }),
  };
}
