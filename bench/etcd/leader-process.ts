import { connect } from '../../src/client';
import { openEtcd } from './client';
import { LEADS } from './side';

/*
 * usage: tsx leader-process.ts etcd ENDPOINTS NAME TTL_MS, or tsx leader-process.ts mabeam ADDRESS NAMESPACE SPACE NAME TTL_MS. Leads, says so, and
 * goes on until it is killed.
 */
async function lead([system, ...args]: readonly string[]): Promise<void> {
  if (system === 'etcd') {
    const [endpoints = '', name = '', ttlMs = ''] = args;
    const etcd = openEtcd(endpoints.split(','));
    await etcd.campaign(name, await etcd.lease(Number(ttlMs) / 1_000));
    return;
  }
  const [address = '', namespace = '', space = '', name = '', ttlMs = ''] = args;
  const { elections, sessions } = await connect({ space, address, namespace, queuePrefix: '' });
  const session = await sessions.open({ ttlMs: Number(ttlMs) });
  await elections.at(name).campaign({ session, lockDelayMs: 0 });
}

void lead(process.argv.slice(2)).then(() => {
  console.log(LEADS);
});
