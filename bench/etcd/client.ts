import { Client, credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import { join } from 'node:path';
import { loadSync } from 'protobufjs';

/** What a request or an answer is made of, as `rpc.proto` has it; numbers of 64 bits are texts. */
type Fields = Readonly<Record<string, unknown>>;

const types = loadSync(join(__dirname, 'rpc.proto'));
const READ = { longs: String, bytes: Buffer, defaults: true } as const;
/** A call ends on the member that took it; all three take their turn, as in etcd's own client. */
const ALL_MEMBERS = { 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }) };
/** So often within its time to live a lease is kept alive: as etcd's own client does. */
const OFTEN = 3;

const encode = (type: string) => (fields: Fields) => {
  const of = types.lookupType(type);
  return Buffer.from(of.encode(of.fromObject(fields)).finish());
};
const decode = (type: string) => (bytes: Buffer) => {
  const of = types.lookupType(type);
  return of.toObject(of.decode(bytes), READ) as Fields;
};
const bytes = (text: string): Buffer => Buffer.from(text);
/** The first key beyond all that begin with a text. */
function beyond(prefix: string): Buffer {
  const end = bytes(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}

/** A lease that is kept alive until it is revoked, or the process ends. */
export interface Lease {
  readonly id: string;
  revoke(): Promise<void>;
}

/** Leadership of an election. */
export type Leader = Fields;

/** What the bench does with etcd. Locks and elections are those of the servers (v3lock, v3election). */
export interface Etcd {
  put(key: string, value: string): Promise<void>;
  /** Writes a key that is not there yet. @returns false when it is */
  create(key: string, value: string): Promise<boolean>;
  values(prefix: string): Promise<readonly string[]>;
  count(prefix: string): Promise<number>;
  lease(ttlSeconds: number): Promise<Lease>;
  /** Waits for the lock. @returns the key that holds it */
  lock(name: string, lease: Lease): Promise<string>;
  unlock(key: string): Promise<void>;
  /** Waits for the leadership. */
  campaign(name: string, lease: Lease): Promise<Leader>;
  resign(leader: Leader): Promise<void>;
  /** Calls with each new value of a key. @returns what ends it, once the watch stands */
  watch(key: string, seen: (value: string) => void): Promise<() => void>;
  /** Version, and the entries that its log has had so far. */
  status(): Promise<{ readonly version: string; readonly entries: number }>;
  close(): void;
}

/** Opens a client. @param endpoints `host:port` of the members */
export function openEtcd(endpoints: readonly string[]): Etcd {
  const client = new Client(`ipv4:${endpoints.join(',')}`, credentials.createInsecure(), ALL_MEMBERS);
  const call = (path: string, message: string, request: Fields): Promise<Fields> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        encode(`${message}Request`),
        decode(`${message}Response`),
        request,
        (error, answer) => {
          if (answer === undefined) reject(error ?? new Error(`${path} answered nothing`));
          else resolve(answer);
        },
      );
    });
  const stream = (path: string, message: string): ClientDuplexStream<Fields, Fields> =>
    client.makeBidiStreamRequest(path, encode(`${message}Request`), decode(`${message}Response`));
  const kv = (of: string, request: Fields): Promise<Fields> => call(`/etcdserverpb.KV/${of}`, of, request);
  const valuesOf = ({ kvs }: Fields): readonly string[] =>
    (kvs as readonly { readonly value: Buffer }[]).map(({ value }) => value.toString());
  return {
    put: async (key, value) => {
      await kv('Put', { key: bytes(key), value: bytes(value) });
    },
    create: async (key, value) => {
      const compare = [{ result: 0, target: 1, key: bytes(key), createRevision: 0 }];
      const success = [{ requestPut: { key: bytes(key), value: bytes(value) } }];
      return (await kv('Txn', { compare, success }))['succeeded'] as boolean;
    },
    values: async (prefix) => valuesOf(await kv('Range', { key: bytes(prefix), rangeEnd: beyond(prefix) })),
    count: async (prefix) =>
      Number((await kv('Range', { key: bytes(prefix), rangeEnd: beyond(prefix), countOnly: true }))['count']),
    lease: async (ttlSeconds) => {
      const granted = await call('/etcdserverpb.Lease/LeaseGrant', 'LeaseGrant', { ttl: ttlSeconds });
      const id = granted['id'] as string;
      const alive = stream('/etcdserverpb.Lease/LeaseKeepAlive', 'LeaseKeepAlive');
      alive.on('data', () => undefined);
      alive.on('error', () => undefined); // it is cancelled in the end
      const timer = setInterval(() => alive.write({ id }), (Number(granted['ttl']) * 1_000) / OFTEN);
      return {
        id,
        revoke: async () => {
          clearInterval(timer);
          alive.cancel();
          await call('/etcdserverpb.Lease/LeaseRevoke', 'LeaseRevoke', { id });
        },
      };
    },
    lock: async (name, { id }) => {
      const locked = await call('/v3lockpb.Lock/Lock', 'Lock', { name: bytes(name), lease: id });
      return (locked['key'] as Buffer).toString();
    },
    unlock: async (key) => {
      await call('/v3lockpb.Lock/Unlock', 'Unlock', { key: bytes(key) });
    },
    campaign: async (name, { id }) => {
      const request = { name: bytes(name), lease: id, value: bytes('bench') };
      return (await call('/v3electionpb.Election/Campaign', 'Campaign', request))['leader'] as Leader;
    },
    resign: async (leader) => {
      await call('/v3electionpb.Election/Resign', 'Resign', { leader });
    },
    watch: (key, seen) =>
      new Promise((resolve, reject) => {
        const watching = stream('/etcdserverpb.Watch/Watch', 'Watch');
        watching.on('error', reject);
        watching.on('data', ({ created, events }: Fields) => {
          if (created === true) resolve(() => watching.cancel());
          for (const { kv: found } of events as readonly { readonly kv: { readonly value: Buffer } }[])
            seen(found.value.toString());
        });
        watching.write({ createRequest: { key: bytes(key) } });
      }),
    status: async () => {
      const { version, raftIndex } = await call('/etcdserverpb.Maintenance/Status', 'Status', {});
      return { version: String(version), entries: Number(raftIndex) };
    },
    close: () => client.close(),
  };
}
