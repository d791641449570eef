import { defineAgent, defineVariables, float, int, no, on, person, superMajority, yes } from '../../workflows/door';

/** What a line of the ledger is: who told it, and its number. */
export interface Line {
  readonly from: string;
  readonly number: number;
}

/** Writes down what it is told, and hands every third line on to the auditor. */
export const clerk = defineAgent({
  type: 'clerk',
  state: (): { readonly lines: readonly Line[] } => ({ lines: [] }),
  tell: {
    write: ({ lines }, line: Line, ctx) => {
      if (line.number % 3 === 0) ctx.tell('auditor', 'note', line);
      return { lines: [...lines, line] };
    },
  },
  ask: {
    count: ({ lines }) => ({ reply: lines.length }),
    audited: async (_state, _nothing: null, ctx) => ({ reply: await ctx.ask<number>('auditor', 'noted') }),
  },
  inspect: { lines: ({ lines }) => lines },
});

/** Notes what clerks hand on, and has it stamped outside. */
export const auditor = defineAgent({
  type: 'auditor',
  state: (): { readonly notes: readonly Line[]; readonly stamps: number } => ({ notes: [], stamps: 0 }),
  tell: {
    note: (state, line: Line) => ({ ...state, notes: [...state.notes, line] }),
    tick: async (state, _nothing: null, ctx) => ({
      ...state,
      stamps: state.stamps + (await ctx.do<number>('stamp', state.notes.length)),
    }),
  },
  every: { tick: '45s' },
  ask: { noted: ({ notes }) => ({ reply: notes.length }) },
  inspect: { notes: ({ notes }) => notes },
});

/** Takes part in ballots, and sometimes thinks long. */
export const guard = defineAgent({
  type: 'guard',
  state: () => ({ votes: 0 }),
  vote: async (_state, { changes }, ctx) => {
    await ctx.do('measure', changes);
    return ctx.random() < 0.7 ? yes('good') : no('bad');
  },
});

/** Serves with the values of the press, newest first. */
export const worker = defineAgent({
  type: 'worker',
  state: (): { readonly version: number; readonly seen: readonly number[] } => ({ version: 0, seen: [] }),
  subscribe: ['press'],
  onVariables: ({ seen }, { version }) => ({ version, seen: [...seen, version] }),
  inspect: { version: ({ version }) => version, seen: ({ seen }) => seen },
});

/** Proposes what it is told to, on what it last heard. */
export const tuner = defineAgent({
  type: 'tuner',
  state: (): { readonly base: number; readonly decided: readonly number[] } => ({ base: 1, decided: [] }),
  subscribe: ['press'],
  onVariables: (state, { version }) => ({ ...state, base: version }),
  tell: {
    tune: async (state, threshold: number, ctx) => {
      await ctx.propose('press', { threshold }, { basedOn: state.base, because: 'it was told to' });
    },
  },
  onDecision: (state, { proposal }) => ({ ...state, decided: [...state.decided, proposal] }),
  inspect: { decided: ({ decided }) => decided },
});

export const press = defineVariables(
  'press',
  {
    speed: int(1, 100).default(10),
    heat: int(0, 100).default(10),
    threshold: float(0, 1).default(0.5).policy('consensus'),
  },
  {
    constraints: { cool: on(['speed', 'heat'], ({ speed, heat }) => speed + heat <= 120) },
    electorate: ['guard-a', 'guard-b', 'guard-c', person('fred')],
    rule: superMajority(2, 3),
    deadline: '30s',
  },
);
