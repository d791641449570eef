import type { ChildSpecInput, SupervisorSpec } from '../../contracts/supervisor';

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The partition of a key: FNV-1a of its UTF-16 units, 32 bits, modulo the number of partitions. The same key has the same
 * partition in every process and version.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = OFFSET;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), PRIME) >>> 0;
  return hash % partitions;
}

/** The name of a partition of a supervisor. */
export const partitionName = (name: string, partition: number): string => `${name}.${String(partition)}`;

/** A supervisor above as many of one kind, each with children and a budget of its own: Elixir's `PartitionSupervisor`. */
export function partitionedSpec(name: string, spec: SupervisorSpec, partitions: number): SupervisorSpec {
  const children = Array.from({ length: partitions }, (_, partition): ChildSpecInput => ({
    id: partitionName(name, partition),
    start: { kind: 'supervisor', type: 'inline', options: { spec } },
    type: 'supervisor',
  }));
  // Elixir's defaults for the supervisor of partitions.
  return { flags: { intensity: 3, periodSeconds: 5 }, children };
}
