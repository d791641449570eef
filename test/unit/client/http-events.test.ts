import { getEventListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventStream } from '../../../src/client/http-events';

let server: Server;
let url: string;
beforeEach(async () => {
  // one event, and then nothing for as long as somebody listens
  server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('id: 1\nevent: message\ndata: {}\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  jest.restoreAllMocks();
});

test('who ends a stream by its signal waits for no connection any more, and leaves no listener behind', async () => {
  const gone = new AbortController();
  const timers = jest.spyOn(globalThis, 'setTimeout');
  const ids: string[] = [];
  let before = 0;
  for await (const { id } of eventStream(url, { signal: gone.signal })) {
    ids.push(id);
    before = timers.mock.calls.length;
    gone.abort();
  }
  expect(ids).toEqual(['1']);
  expect(timers.mock.calls.slice(before).filter(([, ms]) => ms === 500)).toEqual([]);
  expect(getEventListeners(gone.signal, 'abort')).toEqual([]);
});

test('who leaves a stream leaves no listener behind at a signal that goes on', async () => {
  const { signal } = new AbortController();
  for await (const { id } of eventStream(url, { signal })) if (id === '1') break;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
