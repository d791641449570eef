import type { Stamp } from '../../src/contracts/causality';
import { isRecord } from '../../src/domain/record';

/** What an activity that has called other entities brings along in its result: what they knew. */
export function heardIn(outcome: unknown): Stamp | undefined {
  return isRecord(outcome) ? (outcome['stamp'] as Stamp | undefined) : undefined;
}

/** The arguments of a signal, of which the first is the message: it goes with the stamp of its sender. */
export function withStamp(args: readonly unknown[], stamp: Stamp): unknown[] {
  return args.map((arg, at) => (at === 0 && isRecord(arg) ? { ...arg, stamp } : arg));
}
