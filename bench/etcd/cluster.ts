import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pause } from '../../src/client/waiting';
import { start } from '../../test/support/processes/program';
import { freePorts } from '../../tools/temporal/free-ports';
import { openEtcd } from './client';

const MEMBERS = 3;
const START_MS = 30_000;
const LOOK_MS = 100;

/** Three members that elected a leader. */
export interface Cluster {
  readonly endpoints: readonly string[];
  close(): Promise<void>;
}

/** The program of Debian's `etcd-server`, or whatever else the path has under that name. */
export function findEtcd(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'etcd'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function answers(endpoints: readonly string[]): Promise<void> {
  const etcd = openEtcd(endpoints);
  try {
    for (const deadline = Date.now() + START_MS; ;) {
      try {
        await etcd.put('ready', 'yes');
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      await pause(LOOK_MS);
    }
  } finally {
    etcd.close();
  }
}

/**
 * Starts three members on this machine, with etcd's own settings: a heartbeat of 100 ms, an election timeout of 1 s, and each write on
 * disk (fsync) before it is acknowledged.
 */
export async function startCluster(program: string, env: Record<string, string>): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-etcd-'));
  const ports = await freePorts(2 * MEMBERS);
  const members = Array.from({ length: MEMBERS }, (_each, at) => ({
    name: `member-${String(at)}`,
    client: `http://127.0.0.1:${String(ports[2 * at])}`,
    peer: `http://127.0.0.1:${String(ports[2 * at + 1])}`,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const programs = members.map(({ name, client, peer }) =>
    start(
      program,
      [
        ...['--name', name, '--data-dir', join(folder, name), '--log-level', 'error', '--logger', 'zap'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
      ],
      folder,
      env,
    ),
  );
  const close = async (): Promise<void> => {
    for (const each of programs) each.kill();
    await Promise.all(programs.map(({ ended }) => ended));
    await rm(folder, { recursive: true, force: true });
  };
  const endpoints = members.map(({ client }) => client.replace('http://', ''));
  try {
    await answers(endpoints);
  } catch (error) {
    const said = programs.map((each) => each.err()).join('\n');
    await close();
    throw new Error(`etcd did not answer: ${said}`, { cause: error });
  }
  return { endpoints, close };
}
