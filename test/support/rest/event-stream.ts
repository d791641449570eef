import { get, type IncomingMessage } from 'node:http';
import { until } from '../kernel/harness';

/** One reader of an event stream, with its connection in hand: clients for users come back by themselves. */
export interface StreamReader {
  /** Positions of the events that came so far, in the order in which they came. */
  positions(): readonly number[];
  /** Waits until one of a type has come, or a word of the stream. @returns its position */
  saw(type: string): Promise<number>;
  /** Waits for so many comments. */
  beats(count: number): Promise<void>;
  /** Waits until the other side has ended, having read what was on the way. */
  ended(): Promise<void>;
  /** Begins to read: until then what comes stays in the connection. */
  read(): void;
  leave(): void;
}

interface Block {
  readonly id: number;
  readonly type: string;
}

const WORDS = ['caughtUp', 'resync'];

/** The whole blocks that have an id; one that was cut in the middle is none. */
function blocksOf(text: string): readonly Block[] {
  const whole = text.split('\n\n').slice(0, -1);
  return whole.flatMap((block) => {
    const [, id, type = ''] = /^id: (\d+)\nevent: (\S+)\ndata: /.exec(block) ?? [];
    return id === undefined ? [] : [{ id: Number(id), type }];
  });
}

/**
 * Opens the stream and leaves it unread until `read`.
 * @param url of the stream @param lastId what `Last-Event-ID` says; none: from the beginning
 */
export async function openStream(url: string, lastId?: number): Promise<StreamReader> {
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': String(lastId) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`the stream answered ${String(response.statusCode)}`);
  }
  let text = '';
  let isOver = false;
  response.setEncoding('utf8');
  response.on('error', () => undefined); // `close` follows
  response.on('close', () => {
    isOver = true;
  });
  const blocks = (): readonly Block[] => blocksOf(text);
  return {
    positions: () => blocks().flatMap(({ id, type }) => (WORDS.includes(type) ? [] : [id])),
    saw: (type) => until(`${type} in the stream`, () => blocks().findLast((each) => each.type === type)?.id),
    beats: async (count) => {
      const isThere = (): boolean => text.split('\n\n').filter((block) => block === ': alive').length >= count;
      await until(`${String(count)} comments`, () => isThere() || undefined);
    },
    ended: async () => {
      await until('the end of the stream', () => isOver || undefined);
    },
    read: () => void response.on('data', (piece: string) => (text += piece)),
    leave: () => void response.destroy(),
  };
}
