import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One event of a history, as far as the tests look at it. */
export interface RecordedEvent {
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowType?: { readonly name?: string };
    readonly continuedExecutionRunId?: string;
  };
  readonly [attributes: string]: unknown;
}
export interface RecordedHistory {
  /** Ids of messages are made from it, so it is replayed under its own. */
  readonly workflowId: string;
  readonly events: readonly RecordedEvent[];
}

interface LongLike {
  readonly low: number;
  readonly high: number;
  toNumber(): number;
}

/**
 * A history as plain JSON: long numbers as numbers, bytes as `{ "base64": … }`, enums as their numbers. The SDK's own
 * `historyToJSON` of 1.24 fails where npm gives it another copy of protobufjs than `@temporalio/proto`.
 */
export function plainOf(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value !== 'object') return value as Json;
  if ('low' in value && 'high' in value && 'toNumber' in value) return (value as LongLike).toNumber();
  const fields = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(fields.map(([key, each]) => [key, key === 'identity' ? 'recorded' : plainOf(each)]));
}

/** The way back: what the replayer takes. */
function historyOf(value: Json): unknown {
  if (Array.isArray(value)) return value.map(historyOf);
  if (typeof value !== 'object' || value === null) return value;
  const { base64, ...rest } = value as Readonly<Record<string, Json>>;
  if (typeof base64 === 'string' && Object.keys(rest).length === 0) return Buffer.from(base64, 'base64');
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, historyOf(each)]));
}

/** Where the histories lie: one file for each run, `<workflow type>-<number in its chain>.json`. */
export const FOLDER = join(__dirname, 'histories');

/** All recorded histories by the name of their file. */
export function recordedHistories(): Readonly<Record<string, RecordedHistory>> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(
    files.map((file) => [
      file,
      historyOf(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Json) as RecordedHistory,
    ]),
  );
}

/** The workflow type of a history. */
export function typeOf({ events: [first] }: RecordedHistory): string {
  return first?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
}

/** Whether its run was begun by a renewal, and whether it ended with one. */
export function renewalsOf({ events }: RecordedHistory): { readonly begun: boolean; readonly ended: boolean } {
  const continued = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  return {
    begun: continued !== undefined && continued !== '',
    ended: events.at(-1)?.['workflowExecutionContinuedAsNewEventAttributes'] !== undefined,
  };
}
