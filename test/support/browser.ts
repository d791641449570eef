import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { stopProcess } from './postgres-server';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ANSWER_MS = 60_000;

/** The Chromium of this machine; nothing where there is none. */
export function chromium(): string | undefined {
  return NAMES.find((name) => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

type Told = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Told;
  readonly result?: Told;
  readonly error?: { readonly message: string };
}

/** A page in a browser without a window, spoken to over a pipe by the DevTools protocol. */
export interface Page {
  /** Opens an address, as wide as said and in these colours; answers what was requested for it. */
  open(url: string, how: { readonly width: number; readonly scheme: 'light' | 'dark' }): Promise<readonly string[]>;
  /** The value of an expression there. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

class Pipe {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #heard = new Set<(message: Message) => void>();
  #rest = '';
  #next = 1;
  readonly #ended: Promise<Message>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(() => ({ error: { message: 'the browser has ended' } }));
    this.#ended.catch(() => undefined); // it could not be started: said by the first call
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  #take(text: string): void {
    const [last = '', ...whole] = `${this.#rest}${text}`.split('\0').reverse();
    this.#rest = last;
    for (const each of whole.reverse()) {
      const message = JSON.parse(each) as Message;
      if (message.id === undefined) for (const hear of this.#heard) hear(message);
      else this.#waiting.get(message.id)?.(message);
    }
  }

  async call(method: string, params: object = {}, sessionId?: string): Promise<Told> {
    const id = this.#next++;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await Promise.race([answer, this.#ended, late(method)]);
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  hear(listen: (message: Message) => void): () => void {
    this.#heard.add(listen);
    return () => void this.#heard.delete(listen);
  }
}

async function late(method: string): Promise<Message> {
  await new Promise((done) => setTimeout(done, ANSWER_MS).unref());
  return { error: { message: `no answer to ${method}` } };
}

/** Starts it with a profile of its own, which goes with it. */
export async function openPage(program: string): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'mabeam-browser-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(program, [...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const pipe = new Pipe(child);
  const { targetId } = await pipe.call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await pipe.call('Target.attachToTarget', { targetId, flatten: true });
  const call = (method: string, params?: object): Promise<Told> => pipe.call(method, params, String(sessionId));
  await call('Page.enable');
  await call('Network.enable');
  return {
    open: async (url, { width, scheme }) => {
      const requests: string[] = [];
      let loaded: () => void = () => undefined;
      const isLoaded = new Promise<void>((resolve) => (loaded = resolve));
      const deaf = pipe.hear(({ method, params }) => {
        if (method === 'Network.requestWillBeSent') requests.push(String((params?.['request'] as Told)['url']));
        if (method === 'Page.loadEventFired') loaded();
      });
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await call('Emulation.setEmulatedMedia', { features });
      await call('Emulation.setDeviceMetricsOverride', { width, height: 844, deviceScaleFactor: 1, mobile: true });
      await call('Page.navigate', { url });
      await isLoaded;
      deaf();
      return requests;
    },
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as Told)['value'];
    },
    close: async () => {
      await stopProcess(child);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
