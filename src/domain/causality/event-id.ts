import { refuse, type Refusal } from '../../contracts/errors';
import { parseWorkflowId, show } from '../../contracts/ids';

/** Which event of which life of which entity. */
export interface EventId {
  /** Workflow id of the entity. */
  readonly entity: string;
  /** Number of its generation: grows from life to life. */
  readonly generation: number;
  /** Number of the event within the life, from 1. */
  readonly sequence: number;
}

const FORM = /^([^~\s]+)~(\d{1,15})\/(\d{1,12})$/;
const SOURCE = /^\/spaces\/([^/\s]+)\/([^/\s]+)\/([^/\s]+)\/(\d{1,15})\/(\d{1,12})$/;

/** Stream and number: how events name each other. */
export function eventIdText({ entity, generation, sequence }: EventId): string {
  return `${entity}~${String(generation)}/${String(sequence)}`;
}

/** The stream of the event: one life of one entity. */
export function streamOfId({ entity, generation }: Pick<EventId, 'entity' | 'generation'>): string {
  return `${entity}~${String(generation)}`;
}

/** Reads stream and number. @returns `undefined` for any other text */
export function parseEventId(text: string): EventId | undefined {
  const [, entity, generation, sequence] = FORM.exec(text) ?? [];
  if (entity === undefined || Number(sequence) < 1) return undefined;
  return { entity, generation: Number(generation), sequence: Number(sequence) };
}

/**
 * Reads how a person names an event: its position; `<kind>:<name>~<generation>/<number>`, with or without the space before it;
 * or source and id, `/spaces/<space>/<kind>/<name>/<generation>/<number>`.
 *
 * @returns the position, the id, or `invalid-id` for a text that is none of them or is of another space
 */
export function parseEventName(space: string, text: string): number | EventId | Refusal {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  const [, of, kind, name, generation, sequence] = SOURCE.exec(text) ?? [];
  const asId =
    of === undefined ? text : `${of}:${String(kind)}:${String(name)}~${String(generation)}/${String(sequence)}`;
  const isLocal = asId.split('~')[0]?.split(':').length === 2;
  const id = parseEventId(isLocal ? `${space}:${asId}` : asId);
  const entity = id === undefined ? undefined : parseWorkflowId(id.entity);
  if (id === undefined || entity === undefined || !('space' in entity)) {
    const rule = 'an event is named by its position, such as 41, or by <kind>:<name>~<generation>/<number>';
    return refuse('invalid-id', `${rule}; got ${show(text)}`);
  }
  if (entity.space === space) return id;
  return refuse('invalid-id', `an event of the space ${space} was expected; got one of ${entity.space}`);
}

/** True when the one is the same event as the other or an earlier one of the same entity, over all its lives. */
export function isWithinEntity(one: EventId, other: EventId): boolean {
  if (one.entity !== other.entity) return false;
  return one.generation === other.generation ? one.sequence <= other.sequence : one.generation < other.generation;
}
