import { once } from 'node:events';
import type { Response } from 'express';

const SLOW_MS = 10_000;

/** Writes with back-pressure. @returns false when the client does not read for `slowMs` (default 10 s) or has gone */
export async function write(response: Response, text: string, signal: AbortSignal, slowMs = SLOW_MS): Promise<boolean> {
  if (signal.aborted) return false;
  if (response.write(text)) return true;
  try {
    await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(slowMs)]) });
    return true;
  } catch {
    return false;
  }
}
