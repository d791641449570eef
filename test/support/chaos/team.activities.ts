import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const LOOK_MS = 25;
/** The folder over which test and processes speak: who is held, whether the gate is closed. */
const folder = process.env['MABEAM_CHAOS_FOLDER'] ?? '.';

/** Says that it has begun, and waits while the gate is closed. */
export async function hold(what: string): Promise<void> {
  appendFileSync(join(folder, 'held'), `${what}\n`);
  while (existsSync(join(folder, 'closed'))) await setTimeout(LOOK_MS);
}
