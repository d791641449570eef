import { pause } from '../../src/client/waiting';
import { timed } from '../measure';
import { openEtcd, type Etcd } from './client';
import { VOTERS } from './definitions';
import { isSo, startLeader, valueOf, type Side } from './side';

const TTL_SECONDS = 15;

/** What an act adds to the log of etcd. */
export interface EtcdSide extends Side {
  readonly etcd: Etcd;
}

/** etcd's side: its own lock and election, leases that are used again. */
export async function startTheirs(endpoints: readonly string[], env: Record<string, string>): Promise<EtcdSide> {
  const etcd = openEtcd(endpoints);
  const [mine, other] = await Promise.all([etcd.lease(TTL_SECONDS), etcd.lease(TTL_SECONDS)]);
  let round = 0;
  let see: (value: string) => void = () => undefined;
  const unwatch = await etcd.watch('watched', (value) => see(value));
  return {
    etcd,
    lock: () =>
      timed(async () => {
        await etcd.unlock(await etcd.lock('alone', mine));
      }),
    handOver: async () => {
      const held = await etcd.lock('wanted', mine);
      const waiting = etcd.lock('wanted', other);
      await isSo(async () => (await etcd.count('wanted/')) === 2);
      const ms = await timed(() => Promise.all([etcd.unlock(held), waiting]));
      await etcd.unlock(await waiting);
      return ms;
    },
    write: () => timed(() => etcd.put('written', valueOf((round += 1)))),
    watch: () => {
      const value = String((round += 1));
      const seen = new Promise<void>((resolve) => {
        see = (each) => {
          if (each === value) resolve();
        };
      });
      return timed(() => Promise.all([etcd.put('watched', value), seen]));
    },
    ballot: async () => {
      const ballot = `ballot/${String((round += 1))}`;
      return timed(async () => {
        await Promise.all(VOTERS.map((voter) => etcd.create(`${ballot}/vote/${voter}`, 'yes')));
        const votes = await etcd.values(`${ballot}/vote/`);
        const isAdopted = votes.filter((vote) => vote === 'yes').length * 3 > VOTERS.length * 2;
        await etcd.create(`${ballot}/decision`, isAdopted ? 'adopted' : 'rejected');
      });
    },
    elect: async (ttlMs, afterMs) => {
      const name = `election-${String((round += 1))}`;
      const leader = await startLeader(['etcd', endpoints.join(','), name, String(ttlMs)], env);
      const campaign = etcd.campaign(name, mine);
      await isSo(async () => (await etcd.count(`${name}/`)) === 2);
      await pause(afterMs);
      const ms = await timed(() => {
        leader.kill();
        return campaign;
      });
      await etcd.resign(await campaign);
      return ms;
    },
    keeps: async (ttlMs, afterMs) => {
      const holder = await startLeader(['etcd', endpoints.join(','), 'kept', String(ttlMs)], env);
      holder.kill();
      await pause(afterMs);
      return (await etcd.count('kept/')) > 0;
    },
    close: async () => {
      unwatch();
      await Promise.all([mine.revoke(), other.revoke()]);
      etcd.close();
    },
  };
}
