import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const END_MS = 20_000;

/** The workers, each a process of its own, by name. */
export class Crew {
  readonly names: readonly string[];
  /** Rejects when one ends by itself before its time. */
  readonly failed: Promise<never>;
  readonly #processes = new Map<string, ChildProcess>();
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #say: (text: string) => void;
  #fail: (error: Error) => void = () => undefined;

  /** @param args what each is told after its name @param say hears what a worker prints */
  constructor(
    names: readonly string[],
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    say: (text: string) => void,
  ) {
    this.names = names;
    this.#args = args;
    this.#env = { ...process.env, ...env };
    this.#say = say;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** Begins a worker, or begins it again. */
  start(name: string): void {
    const args = ['--import', 'tsx', path.join(__dirname, 'worker.ts'), name, ...this.#args];
    const child = spawn(process.execPath, args, { env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#say(`${name}: ${text.trim()}`);
    });
    child.once('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL')
        this.#fail(new Error(`${name} has ended by itself: ${String(code ?? signal)}`));
    });
    this.#processes.set(name, child);
  }

  /** SIGKILL: it can say nothing to anybody. Resolves when it is gone. */
  async kill(name: string): Promise<void> {
    const child = this.#processes.get(name);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP: it does nothing any more, and knows nothing of it. */
  freeze(name: string): void {
    this.#processes.get(name)?.kill('SIGSTOP');
  }

  /** SIGCONT: it goes on as if no time had passed. */
  thaw(name: string): void {
    this.#processes.get(name)?.kill('SIGCONT');
  }

  /** Waits until all have ended in order; who does not in time is killed. */
  async ended(): Promise<void> {
    await Promise.all(
      [...this.#processes].map(async ([name, child]) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const late = setTimeout(() => void this.kill(name), END_MS);
        await once(child, 'exit');
        clearTimeout(late);
      }),
    );
  }

  /** Ends all at once, also those that are frozen. */
  async killAll(): Promise<void> {
    await Promise.all(this.names.map((name) => this.kill(name)));
  }
}
