import { readFileSync } from 'node:fs';
import { Client } from 'pg';

const ESTABLISHED = '01';

/** Connections that a server on a port of this machine holds open. Linux only. */
export function connectionsTo(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/tcp', '/proc/net/tcp6'].reduce((sum, file) => {
    const rows = readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
    return sum + rows.filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === ESTABLISHED).length;
  }, 0);
}

/** Sessions of a database beside the one that asks. */
export async function sessionsOf(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const text = `select count(*) - 1 as others from pg_stat_activity where datname = current_database()`;
    const { rows } = await client.query<{ readonly others: string }>(text);
    return Number(rows[0]?.others);
  } finally {
    await client.end();
  }
}

/** Memory that a process holds, in MiB. Linux only. */
export function memoryOf(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
  return Number(kb) / 1_024;
}
