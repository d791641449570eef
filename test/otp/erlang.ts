import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { sequenceTerm, type Sequence, type Trace } from './sequence';

/** Whether Erlang is installed here (Debian: `apt-get install --no-install-recommends erlang-base`). */
export const hasErlang =
  spawnSync('erl', ['-version']).status === 0 && spawnSync('erlc', ['-help']).error === undefined;

/** A running Erlang with the harness: one process for any number of sequences. */
export class Erlang {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private number = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private errors = '';
  private readonly process: ChildProcess;
  private readonly folder: string;

  private constructor(process: ChildProcess, folder: string) {
    this.process = process;
    this.folder = folder;
    (process.stdio[4] as Readable).on('data', (chunk: Buffer) => this.read(chunk));
    process.stderr?.on('data', (chunk: Buffer) => (this.errors = (this.errors + chunk.toString()).slice(-4_000)));
    process.on('exit', (code) => {
      const error = new Error(`erl ended with ${String(code)}: ${this.errors}`);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  /** Compiles the harness and starts Erlang with one scheduler: see harness.erl for why one. */
  static start(): Erlang {
    const folder = mkdtempSync(join(tmpdir(), 'mabeam-otp-'));
    execFileSync('erlc', ['-o', folder, join(__dirname, 'harness.erl')]);
    const args = ['+S', '1:1', '+SDcpu', '1:1', '+A', '1', '-noinput', '-pa', folder, '-s', 'harness', 'main'];
    return new Erlang(spawn('erl', args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] }), folder);
  }

  /** Runs a sequence on OTP's supervisor. */
  run(sequence: Sequence): Promise<Trace> {
    return this.ask('run', sequenceTerm(sequence)) as Promise<Trace>;
  }

  /** What `supervisor:check_childspecs/2` answers, as text. Specifications as an Erlang term. */
  check(specs: string, autoShutdown: string): Promise<string> {
    return this.ask('check', `${specs},${autoShutdown}`) as Promise<string>;
  }

  /** `ok`, or the reason why `supervisor:start_link/2` failed, as text. @param init what `init/1` returns, as a term */
  startLink(init: string): Promise<string> {
    return this.ask('start_link', init) as Promise<string>;
  }

  /** Ends the process and waits for it. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  private ask(what: string, args: string): Promise<unknown> {
    const number = this.number++;
    const packet = Buffer.from(`{${what},${String(number)},${args}}`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packet.length);
    (this.process.stdio[3] as Writable).write(Buffer.concat([length, packet]));
    return new Promise((resolve, reject) => this.waiting.set(number, { resolve, reject }));
  }

  private read(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk]);
    let at = 0;
    while (this.bytes.length >= at + 4 && this.bytes.length >= at + 4 + this.bytes.readUInt32BE(at)) {
      const end = at + 4 + this.bytes.readUInt32BE(at);
      const [number, value] = JSON.parse(this.bytes.toString('utf8', at + 4, end)) as [number, unknown];
      this.waiting.get(number)?.resolve(value);
      this.waiting.delete(number);
      at = end;
    }
    this.bytes = this.bytes.subarray(at);
  }
}
