import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freePorts, isFree } from '../../../tools/temporal/free-ports';

test('a port on which somebody listens is not free, and is free again when nobody does', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await isFree(port)).toBe(false);
  await once(server.close(), 'close');
  expect(await isFree(port)).toBe(true);
});

test('free ports are as many as asked for, each another one, with those above them', async () => {
  const ports = await freePorts(3, 1_000);
  expect(new Set(ports).size).toBe(3);
  for (const port of ports) expect([await isFree(port), await isFree(port + 1_000)]).toEqual([true, true]);
});
