/** What a process tells its parent of itself, each part when it knows it. Plain JSON. */
export interface Facts {
  /** Where the facade of this process listens. */
  readonly facade?: string;
  readonly store?: { readonly kind: string; readonly place: string };
  /** Names of what the definition files hold. */
  readonly definitions?: DefinitionNames;
  readonly namespace?: string;
}

/** Names of what the definition files of a process hold. */
export interface DefinitionNames {
  readonly agents: readonly string[];
  readonly sets: readonly string[];
  readonly supervisors: readonly string[];
  readonly evaluators: readonly string[];
}

/** From a process to its parent. */
export type FromChild =
  | { readonly mabeam: 'facts'; readonly facts: Facts }
  /** It does its work. */
  | { readonly mabeam: 'ready' };

/** From a parent to a process of its own. */
export interface FromParent {
  readonly mabeam: 'temporal';
  readonly address: string;
}

/** The parent of a supervised process, as that process sees it. */
export interface Parent {
  tell(facts: Facts): void;
  isReady(): void;
  /** The address of the Temporal server, once it answers. */
  readonly temporal: Promise<string>;
}

/** In the environment of a process that is supervised; no setting: whoever starts it talks to it, too. */
export const SUPERVISED = 'MABEAM_SUPERVISED';

const isFromParent = (message: unknown): message is FromParent =>
  typeof message === 'object' && message !== null && 'mabeam' in message && message.mabeam === 'temporal';

/** The parent of this process, when it is a supervised one. The mark is taken away, so that no child of ours takes it for its own. */
export function findParent(): Parent | undefined {
  const isSupervised = process.env[SUPERVISED] !== undefined && process.channel !== undefined;
  Reflect.deleteProperty(process.env, SUPERVISED);
  if (!isSupervised) return undefined;
  const say = (message: FromChild): void => {
    if (process.connected) process.send?.(message);
  };
  return {
    tell: (facts) => {
      say({ mabeam: 'facts', facts });
    },
    isReady: () => {
      say({ mabeam: 'ready' });
    },
    temporal: new Promise((resolve) => {
      process.on('message', (message) => {
        if (isFromParent(message)) resolve(message.address);
      });
    }),
  };
}

/** The address of the Temporal server that a process is given: by its parent, else by its configuration. */
export async function givenAddress(role: {
  readonly config: { readonly address?: string };
  readonly parent: Parent | undefined;
}): Promise<string | undefined> {
  return role.parent === undefined ? role.config.address : await role.parent.temporal;
}
