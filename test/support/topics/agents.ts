import { defineAgent, refuse, type Published } from '../../../workflows/door';

interface Heard {
  /** Topic, key and data of each message, in the order in which they took effect. */
  readonly lines: readonly string[];
}
const lineOf = ({ topic, key, data }: Published): string => [topic, key, JSON.stringify(data)].join(' ');

/** Publishes what it is told. */
export const publisher = defineAgent({
  type: 'publisher',
  state: () => ({ said: 0 }),
  tell: {
    say: ({ said }, { topic, key, times }: { topic: string; key: string; times: number }, ctx) => {
      for (let at = 1; at <= times; at += 1) ctx.publish(topic, said + at, { key });
      return { said: said + times };
    },
  },
});

/** Hears orders; refuses what is bad until it is mended. */
export const hearer = defineAgent({
  type: 'hearer',
  state: (): Heard & { readonly isMended: boolean } => ({ lines: [], isMended: false }),
  topics: {
    'orders.*': (state, message) =>
      message.data === 'bad' && !state.isMended
        ? refuse('invalid-message', 'it is bad')
        : { ...state, lines: [...state.lines, lineOf(message)] },
  },
  ask: { mend: (state) => ({ reply: true, state: { ...state, isMended: true } }) },
  inspect: { lines: ({ lines }) => lines },
});
