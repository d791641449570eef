import type { EntityStatus } from '../contracts/entity';
import { PlatformError } from '../contracts/errors';
import type { EventStore } from '../contracts/event-store';
import type { Finding } from '../contracts/health';
import { KINDS, parseSpace, type Kind, type Space } from '../contracts/ids';
import type { Registration } from '../contracts/registry';
import { counted } from '../domain/words';
import type { RegistryBackend } from '../registry/backend';

/** Entities that one look asks; those of a large space are asked in turn. */
const LOOKS = 50;
/** Names that a finding tells; the others are counted. */
const NAMED = 5;

/** What the check needs. */
export interface HandoverPorts {
  /** The registry of the read model: who runs, as far as events tell. */
  readonly registry: Pick<RegistryBackend, 'open'>;
  readonly events: Pick<EventStore, 'storedThrough'>;
  /** Asks an entity once; `undefined` when it does not answer. */
  statusOf(workflowId: string): Promise<Pick<EntityStatus, 'generation' | 'outbox' | 'said'> | undefined>;
}

/** Where the next look at a space goes on, and how many events waited at the last one. */
interface Round {
  kind: number;
  after: string | undefined;
  readonly waiting: Map<string, number>;
}

const listed = (ids: readonly string[]): string =>
  `${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ` and ${String(ids.length - NAMED)} more` : ''}`;

/** The next entities of a space, at most LOOKS; from the beginning again after the last one. */
async function nextOf(registry: HandoverPorts['registry'], space: Space, round: Round): Promise<Registration[]> {
  const found: Registration[] = [];
  for (let kinds = 0; kinds < KINDS.length && found.length < LOOKS; kinds += 1) {
    const limit = LOOKS - found.length;
    const kind = KINDS[round.kind] as Kind;
    const after = round.after === undefined ? {} : { after: round.after };
    const page = (await registry.open?.({ space, kind, limit, ...after })) ?? [];
    found.push(...page);
    round.after = page.at(-1)?.name;
    if (page.length === limit) break;
    round.kind = (round.kind + 1) % KINDS.length;
    round.after = undefined;
  }
  return found;
}

/**
 * Checks that what entities have handed over is stored, and that what they have to hand over leaves them. What an entity takes
 * for stored and the store does not have is lost: a database that was set back to an older copy. Events that wait while the
 * store takes none of them from one look to the next are told, too.
 *
 * Asks running entities, one at a time, 50 in each look; costs them no event. Safe to repeat.
 *
 * @throws what registry and store throw: a check that cannot ask finds nothing
 */
export function handoverCheck({ registry, events, statusOf }: HandoverPorts): (space: string) => Promise<Finding> {
  const rounds = new Map<string, Round>();
  return async (text) => {
    const space = parseSpace(text);
    if (typeof space !== 'string') throw new PlatformError(space);
    const round = rounds.get(space) ?? { kind: 0, after: undefined, waiting: new Map<string, number>() };
    rounds.set(space, round);
    const lost: string[] = [];
    const behind: string[] = [];
    for (const { kind, name, workflowId } of await nextOf(registry, space, round)) {
      const status = await statusOf(workflowId);
      if (status === undefined) continue;
      const { generation, outbox, said } = status;
      // Asked afterwards: it only grows.
      const stored = await events.storedThrough({ space, kind, name, generation: String(generation.number) });
      if (stored < said - outbox) lost.push(`${workflowId} (${counted(said - outbox - stored, 'event')})`);
      if (outbox > 0 && round.waiting.get(workflowId) === stored) behind.push(workflowId);
      if (outbox > 0) round.waiting.set(workflowId, stored);
      else round.waiting.delete(workflowId);
    }
    const reasons = [
      ...(lost.length === 0 ? [] : [`taken for stored, and not in the store: ${listed(lost)}`]),
      ...(behind.length === 0 ? [] : [`events wait and the store takes none: ${listed(behind)}`]),
    ];
    return { ok: reasons.length === 0, detail: reasons.join('; ') || 'what was handed over is stored' };
  };
}
