import {
  boolean,
  defineAgent,
  defineVariables,
  float,
  int,
  majority,
  median,
  module,
  no,
  on,
  person,
  rank,
  superMajority,
  voteFor,
  voter,
  yes,
} from '../../../workflows/door';

/** Free, locked and conditional variables under a joint constraint. */
export const trainer = defineVariables(
  'trainer',
  {
    features: module('words', 'characters'),
    ngram: int(1, 5).default(3).when({ features: 'characters' }),
    learningRate: float(1e-4, 1).log().default(0.1),
    hashBits: int(12, 24).default(18),
    copies: int(1, 8),
    seed: int(0, 9).policy('locked'),
  },
  {
    constraints: {
      fitsInMemory: on(['hashBits', 'copies'], ({ hashBits, copies }) => 2 ** hashBits * copies <= 2 ** 21),
    },
  },
);

export const STANDING_VOTERS = 50;

/** Decided by fifty standing votes, inside the set. */
export const standing = defineVariables(
  'standing',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), note: boolean() },
  {
    electorate: Array.from({ length: STANDING_VOTERS }, (_each, at) =>
      voter(`guard-${String(at)}`, { standing: { threshold: { accept: { atMost: 0.95 } } } }),
    ),
    rule: superMajority(2, 3),
  },
);

/** Five agents that think. */
export const thinking = defineVariables(
  'thinking',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), other: int(0, 9) },
  { electorate: [1, 2, 3, 4, 5].map((at) => `guard-${String(at)}`), rule: majority(), deadline: '20s', announce: '5s' },
);

/** Fifty agents that think. */
export const crowd = defineVariables(
  'crowd',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  { electorate: Array.from({ length: 50 }, (_each, at) => `guard-${String(at)}`), deadline: '30s' },
);

/** Three people, and a minute. */
export const people = defineVariables(
  'people',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), other: int(0, 9) },
  { electorate: [person('ann'), person('bob'), person('cid')], deadline: '60s' },
);

/** Two agents that nobody starts, and one person who weighs more. */
export const absent = defineVariables(
  'absent',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  { electorate: ['nobody-1', 'nobody-2', person('ann', { weight: 3 })], deadline: '30s' },
);

const upTo95 = { standing: { threshold: { accept: { atMost: 0.95 } } } };

/** Three standing votes that may be replaced, and an agent that thinks. */
export const council = defineVariables(
  'council',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  {
    electorate: [person('ann', upTo95), person('bob', upTo95), voter('guard-1', upTo95), 'guard-2'],
    rule: majority({ standing: 'replaceable' }),
    deadline: '60s',
  },
);

/** Standing votes that may be replaced, for a moment. */
export const brief = defineVariables(
  'brief',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  {
    electorate: [person('ann', upTo95), person('bob', upTo95)],
    rule: majority({ standing: 'replaceable' }),
    deadline: '300ms',
  },
);

/** Decided by the median of what two people and three agents name: one that names numbers, one that says yes, one that is absent. */
export const dial = defineVariables(
  'dial',
  {
    threshold: float(0.5, 0.999).default(0.9).policy('consensus'),
    copies: int(1, 9).default(2).policy('consensus'),
    other: boolean(),
  },
  {
    electorate: [person('ann'), person('bob'), 'namer-1', 'guard-1', 'nobody-1'],
    rule: median({ quorum: { numerator: 3, denominator: 5 } }),
    deadline: '60s',
  },
);

/** Names a number, whatever is proposed. */
export const namer = defineAgent({
  type: 'namer',
  state: () => ({}),
  vote: (_state, { range }) => voteFor(range?.isWhole === true ? 7 : 0.95, 'as measured', { lost: 1 }),
});

/** Ranks the options backwards, whatever they are. */
export const taster = defineAgent({
  type: 'taster',
  state: () => ({}),
  vote: (_state, { options }) => rank([...(options?.names ?? [])].reverse(), 'I like the last one'),
});

/** Names a number of its own first, then the median that it hears of. */
export const listener = defineAgent({
  type: 'listener',
  state: (own?: number) => ({ own: own ?? 0.5 }),
  vote: ({ own }, { feedback = [] }) => voteFor(feedback.at(-1)?.median ?? own),
});

/** Three people who are given no time. */
export const hasty = defineVariables(
  'hasty',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  { electorate: [person('ann'), person('bob'), person('cid')], deadline: '300ms' },
);

interface GuardState {
  readonly asked: number;
  readonly version: number;
}

/** Votes on the threshold, counts how often it was asked, keeps the version it was told of. */
export const guard = defineAgent({
  type: 'guard',
  state: (): GuardState => ({ asked: 0, version: 0 }),
  ask: {
    count: (state) => ({ reply: state }),
  },
  inspect: { version: (state) => state.version },
  vote: (_state, subject) =>
    Number(subject.values['threshold']) <= 0.95 ? yes('within bounds', { lost: 2 }) : no('would lose mail'),
  onVariables: (state, announced) => ({ ...state, version: announced.version }),
});

interface ProposerState {
  readonly heard: readonly string[];
}

/** Proposes a threshold on a set in which it may have to vote itself, and notes what it hears. */
export const proposer = defineAgent({
  type: 'proposer',
  state: (): ProposerState => ({ heard: [] }),
  ask: {
    propose: async (state, request: { readonly set: string; readonly threshold: number }, ctx) => {
      const { version } = await ctx.subscribe(request.set);
      const verdict = await ctx.propose(request.set, { threshold: request.threshold }, { basedOn: version });
      return { reply: verdict, state: { heard: [...state.heard, verdict.kind] } };
    },
  },
  inspect: { heard: (state) => state.heard },
  vote: () => yes('it is mine'),
  onDecision: (state, { set, proposal, verdict }) => ({
    heard: [...state.heard, `${set}@${String(proposal)} ${verdict.kind}`],
  }),
});

/** Decided by the agent that proposes and two people. */
export const own = defineVariables(
  'own',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus') },
  { electorate: ['proposer-1', person('ann'), person('bob')], deadline: '30s' },
);

/** Votes after a while: it waits for the activity `hold`, which ends when the test says so. */
export const slow = defineAgent({
  type: 'slow',
  state: () => ({ version: 0 }),
  inspect: { version: (state) => state.version },
  vote: async (_state, _subject, ctx) => {
    await ctx.do('hold', ctx.name);
    return yes('after some thought');
  },
  onVariables: async (_state, announced, ctx) => {
    await ctx.do('hold', ctx.name);
    return { version: announced.version };
  },
});

/** Three agents that take their time. */
export const patient = defineVariables(
  'patient',
  { threshold: float(0.5, 0.999).default(0.9).policy('consensus'), other: int(0, 9) },
  { electorate: ['slow-1', 'slow-2', 'slow-3'], deadline: '30s', announce: '20s' },
);

interface Seen {
  readonly version: number;
}

/** Follows the set `followed` from its definition. */
export const follower = defineAgent({
  type: 'follower',
  state: (): Seen => ({ version: 0 }),
  subscribe: ['followed'],
  inspect: { version: (state) => state.version },
  onVariables: (_state, { version }) => ({ version }),
});

/** Follows the set `followed` because its first act says so. */
export const joiner = defineAgent({
  type: 'joiner',
  state: (): Seen => ({ version: 0 }),
  init: async (_state, _args: undefined, ctx) => ({ version: (await ctx.subscribe('followed')).version }),
  inspect: { version: (state) => state.version },
  onVariables: (_state, { version }) => ({ version }),
});

/** A set that agents follow. */
export const followed = defineVariables('followed', { speed: int(0, 99) }, { announce: '5s' });
