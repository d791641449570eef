import {
  child,
  defineAgent,
  defineSupervisor,
  defineVariables,
  float,
  int,
  majority,
  median,
  person,
} from '../../../workflows/door';
import { child as counting } from '../supervisors/agents';

interface Log {
  readonly lines: readonly string[];
}
const line = (state: Log, text: string): Log => ({ lines: [...state.lines, text] });
const texts = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'string' ? { value } : { issues: [{ message: 'a text was expected' }] },
  },
};

/** Takes texts; holds a step until the test lets it go; has room for two messages. */
export const clerk = defineAgent({
  type: 'clerk',
  limits: { mailboxMessages: 2 },
  state: (): Log => ({ lines: [] }),
  messages: { say: texts },
  tell: { note: (state, text: string) => line(state, text) },
  ask: {
    say: (state, text: string) => ({ reply: text, state: line(state, text) }),
    held: async (state, text: string, ctx) => {
      await ctx.do('hold', text);
      return { reply: text, state: line(state, text) };
    },
  },
  inspect: { lines: (state) => state.lines },
});

/** Holds each version that it is told of. */
export const late = defineAgent({
  type: 'late',
  state: () => ({ version: 0 }),
  onVariables: async (_state, { version }, ctx) => {
    await ctx.do('hold', ctx.name);
    return { version };
  },
});

/** Decided by people. */
export const board = defineVariables(
  'board',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), other: int(0, 9) },
  { electorate: [person('ann'), person('bob'), person('cid')], deadline: '60s' },
);

/** Two standing votes that may be replaced, and one person who has none. */
export const council = defineVariables(
  'council',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  {
    electorate: [
      person('ann', { standing: { threshold: { accept: { atMost: 0.95 } } } }),
      person('bob', { standing: { threshold: { accept: { atMost: 0.95 } } } }),
      person('cid'),
    ],
    rule: majority({ standing: 'replaceable' }),
    deadline: '60s',
  },
);

/** Decided by the median of what three people name. */
export const dial = defineVariables(
  'dial',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), other: int(0, 9).policy('consensus') },
  {
    electorate: [person('ann'), person('bob'), person('cid')],
    rule: median({ quorum: { numerator: 2, denominator: 3 }, cap: { numerator: 1, denominator: 2 } }),
    deadline: '60s',
  },
);

/** Waits for acknowledgements for a moment only. */
export const lagging = defineVariables('lagging', { speed: int(0, 99) }, { announce: '300ms' });

/** Two agents below a supervisor; one failure takes both down. */
export const pair = defineSupervisor('pair', {
  strategy: 'one_for_all',
  intensity: 2,
  period: '60s',
  children: [child('left', counting), child('right', counting, { restart: 'transient' })],
});
