import type { RowRecord } from '../log';

/** A write that was accepted, or a read. */
interface Access {
  readonly isWrite: boolean;
  readonly version: number;
  readonly value: string;
  /** Of a write: what it was based on. */
  readonly base?: number;
  readonly called: number;
  readonly at: number;
}

/** What reads and writes of a thing with versions answer. */
export type VersionOutput =
  | { readonly kind: 'read' | 'written'; readonly version: number; readonly value: string; readonly base?: number }
  | { readonly kind: 'stale' };

function accessesOf({ operations }: RowRecord): readonly Access[] {
  return operations.flatMap(({ called, outcome }) => {
    if (outcome.kind !== 'returned') return [];
    const output = outcome.output as VersionOutput;
    if (output.kind === 'stale') return [];
    return [{ ...output, isWrite: output.kind === 'written', called, at: outcome.at }];
  });
}

function linksBroken(writes: readonly Access[], isWhole: boolean): readonly string[] {
  const broken: string[] = [];
  for (const [at, { version, base }] of writes.entries()) {
    const before = writes[at - 1]?.version;
    if (before === version) broken.push(`version ${String(version)} was made twice`);
    if (base === undefined || before === undefined || before === version) continue;
    // what nobody heard of may stand between the two
    if (base < before || (isWhole && base !== before))
      broken.push(`version ${String(version)} was based on ${String(base)}, and came after ${String(before)}`);
  }
  return broken;
}

function orderBroken(accesses: readonly Access[]): readonly string[] {
  const byReturn = [...accesses].sort((one, other) => one.at - other.at);
  let seen = 0;
  let returned = 0;
  const broken: string[] = [];
  for (const { isWrite, version, called } of [...accesses].sort((one, other) => one.called - other.called)) {
    for (; (byReturn[returned]?.at ?? Infinity) < called; returned += 1)
      seen = Math.max(seen, byReturn[returned]?.version ?? 0);
    if (version < seen || (isWrite && version === seen))
      broken.push(`${isWrite ? 'a write' : 'a read'} answered version ${String(version)} after ${String(seen)}`);
  }
  return broken;
}

/**
 * Holds reads and writes of one thing against its versions: each is made once, on the one before it; they only grow, as everybody
 * sees them; and a version is one value. Of one that was made to forget the last alone.
 */
export function versionsBroken(record: RowRecord & { readonly isForgotten: boolean }): readonly string[] {
  const accesses = accessesOf(record);
  const isWhole = record.operations.every(({ outcome }) => outcome.kind === 'returned');
  const writes = accesses.filter(({ isWrite }) => isWrite).sort((one, other) => one.version - other.version);
  const written = new Map(writes.map(({ version, value }) => [version, value]));
  const mistaken = accesses.filter(({ version, value }) => (written.get(version) ?? value) !== value);
  return [
    ...(record.isForgotten ? [] : [...linksBroken(writes, isWhole), ...orderBroken(accesses)]),
    ...mistaken.map(({ version, value }) => `version ${String(version)} was read as ${value}`),
  ];
}
