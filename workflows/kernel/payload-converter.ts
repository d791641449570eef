import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** What stands in for an argument that could not be decoded. */
export interface Undecodable {
  readonly 'mabeam:undecodable': string;
}

/** Recognises the stand-in. */
export function isUndecodable(value: unknown): value is Undecodable {
  return typeof value === 'object' && value !== null && 'mabeam:undecodable' in value;
}

/**
 * Decodes as the SDK does, but never throws: an undecodable signal would otherwise fail the workflow task for ever.
 * Give this file's path to the bundler and to the workers' data converter.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch (error) {
      return { 'mabeam:undecodable': String(error).slice(0, 300) } satisfies Undecodable as T;
    }
  },
};
