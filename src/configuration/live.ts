import type { LiveSource } from '../contracts/configuration';

/** What a live source last said, and how it went since. */
export interface LiveView {
  readonly last: { readonly values: object; readonly version?: number; readonly at: number } | undefined;
  /** Why the newest reading failed, or that there is none yet; absent when it did not fail. */
  readonly trouble: string | undefined;
}

/** A live source that is read again and again until its owner closes this. */
export interface Following {
  readonly view: LiveView;
  /** Ends with the first reading, good or bad, or after so long. */
  started(ms: number): Promise<void>;
  close(): void;
}

/** Durations in milliseconds. */
interface FollowOptions {
  readonly refreshMs: number;
  /** A reading that takes longer counts as failed for now; what it brings later is still taken. */
  readonly readMs: number;
  readonly now: () => number;
  /** Called after each reading, and each time that one should have begun while another hangs. */
  readonly onLook: () => void;
}

/** Waits until a promise is settled, but no longer than so long. */
async function atMost(ms: number, settled: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([settled, enough]);
  clearTimeout(timer);
}

/** Reads a source now and every `refreshMs`; one reading is under way at a time, so that a source that hangs is not hammered. */
export function follow(source: LiveSource, { refreshMs, readMs, now, onLook }: FollowOptions): Following {
  let view: LiveView = { last: undefined, trouble: `${source.name} has not answered yet` };
  let [isClosed, isReading] = [false, false];

  const tell = (seen: LiveView): void => {
    if (isClosed) return;
    view = seen;
    onLook();
  };
  const read = async (): Promise<void> => {
    isReading = true;
    const late = setTimeout(() => {
      tell({ ...view, trouble: `${source.name} has not answered for ${readMs} ms` });
    }, readMs);
    late.unref();
    // what is read holds at least since it was asked for
    const at = now();
    try {
      const { values, version } = await source.read();
      tell({ last: { values, at, ...(version === undefined ? {} : { version }) }, trouble: undefined });
    } catch (error) {
      tell({ ...view, trouble: `${source.name}: ${error instanceof Error ? error.message : String(error)}` });
    } finally {
      clearTimeout(late);
      isReading = false;
    }
  };
  const first = read();
  const ticks = setInterval(() => {
    if (isReading) onLook();
    else void read();
  }, refreshMs);
  // a program that only forgot to close its configuration may end
  ticks.unref();
  return {
    get view() {
      return view;
    },
    started: (ms) => atMost(ms, first),
    close() {
      isClosed = true;
      clearInterval(ticks);
    },
  };
}
