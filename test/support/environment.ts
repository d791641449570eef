import { TestEnvironment } from 'jest-environment-node';
import { watch, type Watch } from './file-leaks';

/** What ends with the last test may take a moment: a connection says goodbye, a thread ends. */
const GONE_MS = 3_000;
const LOOK_MS = 10;

/** What Jest tells of a file, as far as it matters here. */
interface Run {
  readonly unhandledErrors: unknown[];
}

/**
 * Node's environment, which fails a test file that leaves something behind: after its last hook it must have closed what it has
 * opened. Jest runs hooks in the order in which they were written, so a hook of a set-up file would look too early.
 */
// eslint-disable-next-line no-restricted-syntax -- Jest takes the default export for the environment
export default class WatchedEnvironment extends TestEnvironment {
  readonly #goneMs: number;
  #watch: Watch | undefined;

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    this.#goneMs = Number(config.projectConfig.testEnvironmentOptions['goneMs'] ?? GONE_MS);
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.#watch = watch(this.global);
  }

  async handleTestEvent({ name }: { readonly name: string }, { unhandledErrors }: Run): Promise<void> {
    if (name !== 'run_finish') return;
    const left = await this.#leaks();
    if (left.length === 0) return;
    const text = `this file has left ${String(left.length)} open:\n${left.map((line) => `  ${line}`).join('\n')}`;
    unhandledErrors.push(Object.assign(new Error(text), { stack: `Error: ${text}` }));
  }

  override async teardown(): Promise<void> {
    this.#watch?.end();
    await super.teardown();
  }

  async #leaks(): Promise<readonly string[]> {
    for (const deadline = Date.now() + this.#goneMs; ;) {
      const left = this.#watch?.left() ?? [];
      if (left.length === 0 || Date.now() > deadline) return left;
      await new Promise((wake) => setTimeout(wake, LOOK_MS));
    }
  }
}
