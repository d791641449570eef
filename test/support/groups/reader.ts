import type { GroupChange, GroupNews, Member } from '../../../src/contracts/groups';
import type { ReadModels } from '../../../src/contracts/read-models';
import type { HistoryRecorder, Item, Line } from '../validators/history';

const itemOf = ({ group, agent, generation, tags, metadata }: Member): Item => ({
  key: `${group}/${agent}`,
  value: { generation, tags, metadata },
});
const changeOf = (change: GroupChange): Item =>
  change.kind === 'left' ? { key: itemOf(change.member).key, value: null } : itemOf(change.member);

/** What a watch handed out, as a line of a history. */
function lineOf(reader: string, news: GroupNews): Line {
  const { position } = news;
  switch (news.kind) {
    case 'set':
      return { line: 'set', reader, position, items: news.members.map(itemOf) };
    case 'changed':
      return { line: 'got', reader, position, items: news.changes.map(changeOf) };
    case 'progress':
      return { line: 'mark', reader, position };
    case 'compacted':
      return { line: 'compacted', reader, position };
  }
}

/** How a reader behaves. */
export interface Habits {
  readonly reader: string;
  /** Default: all groups. */
  readonly group?: string;
  /** Who is in no hurry waits here after each word. */
  readonly dawdle?: () => Promise<void>;
  /** Whether it leaves after a word, to come back. */
  readonly leaves: () => boolean;
  /** Where it goes on when it comes back; default the last position that it was handed. */
  readonly from?: (handed: readonly number[]) => number | undefined;
  readonly progressMs: number;
}

/**
 * Reads until it has everything through the end of the traffic, over any number of connections, and notes all of it.
 * @param head the last position, once the traffic is over
 */
export async function readGroups(
  reads: ReadModels,
  space: string,
  recorder: HistoryRecorder,
  head: () => number | undefined,
  { reader, group, dawdle, leaves, from = (handed) => handed.at(-1), progressMs }: Habits,
): Promise<void> {
  const handed: number[] = [];
  const of = group === undefined ? '' : `${group}/`;
  const end = (how: 'done' | 'cut' | 'left'): void => recorder.note({ line: 'end', reader, how });
  for (;;) {
    const after = from(handed);
    const gone = new AbortController();
    const asked = { ...(group === undefined ? {} : { group }), ...(after === undefined ? {} : { after }) };
    recorder.note({ line: 'ask', reader, of, ...(after === undefined ? {} : { after }) });
    try {
      let how: 'done' | 'cut' | 'left' = 'cut';
      const watch = reads.watchGroups({ space, ...asked, progressMs, pollMs: 200, signal: gone.signal });
      for await (const news of watch) {
        recorder.note(lineOf(reader, news));
        if (news.kind === 'compacted') continue;
        handed.push(news.position);
        const last = head();
        if (last !== undefined && news.position >= last) {
          how = 'done';
          break;
        }
        await dawdle?.();
        if (last === undefined && leaves()) {
          how = 'left';
          break;
        }
      }
      end(how);
      if (how === 'done') return;
    } catch {
      // A database or a facade that is away: it comes back.
      end('cut');
      await new Promise((wake) => setTimeout(wake, 10));
    } finally {
      gone.abort();
    }
  }
}
