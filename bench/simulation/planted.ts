/** A bug that is planted into the bundle of the workflows: the simulation must find it. */
export interface Bug {
  readonly name: string;
  /** The promise that it breaks. */
  readonly promise: string;
  /** Few seeds show it: the bench looks for it, the tests do not. */
  readonly isRare?: true;
  /** Stands once in the bundle. */
  readonly right: string;
  readonly wrong: string;
}

/** What is planted. */
export const BUGS: readonly Bug[] = [
  {
    name: 'a lock that keeps the waiters of an expired session, and grants to them',
    promise: 'LCK-3',
    right: 'queue: state.queue.filter(isOthers)',
    wrong: 'queue: state.queue',
  },
  {
    name: 'a lock that keeps an expired holder',
    promise: 'LCK-3',
    right: 'holders: state.holders.filter((each)=>!lost.includes(each))',
    wrong: 'holders: state.holders',
  },
  {
    name: 'tokens that begin at 1 again when the lock does',
    promise: 'LCK-2',
    right: 'const nextToken = ({ token }, now)=>Math.max(token + 1, now);',
    wrong: 'const nextToken = ({ token }, now)=>token + 1;',
  },
  {
    name: 'a lock that does not ask whether it is free',
    promise: 'LCK-1',
    right: 'waits(state).length === 0 && units <= free(state)',
    wrong: 'true',
  },
  {
    name: 'a session that tells of its end before it is known',
    isRare: true,
    promise: 'LCK-3',
    right: 'session.attached.filter((to)=>!attaching.has(to))',
    wrong: 'session.attached',
  },
  {
    name: 'a session that makes itself known after its end',
    promise: 'LCK-3',
    right: 'admit: ({ session: { end } })=>end === undefined ? undefined :',
    wrong: 'admit: ()=>true ? undefined :',
  },
  {
    name: 'a set that ignores the version a proposal was made on',
    promise: 'VAR-2',
    right: 'if (basedOn === version) return undefined;',
    wrong: 'return undefined;',
  },
  {
    name: 'a set that does not look at its constraints',
    promise: 'VAR-3',
    right: 'return spec.constraints.flatMap(',
    wrong: 'return [].flatMap(',
  },
  {
    name: 'a vote that is counted again when it comes again',
    promise: 'BAL-5',
    right: 'const place = ballot.casts.findIndex((cast)=>cast.voter === vote.voter);',
    wrong: 'const place = -1;',
  },
  {
    name: 'a mailbox that takes what comes twice for new',
    promise: 'AGT-',
    right: 'else if (known !== undefined || isWaiting(shell, message.id))',
    wrong: 'else if (false)',
  },
  {
    name: 'a renewal that forgets what was answered',
    promise: 'CNT-1',
    right: 'remembered: this.memory.list(),',
    wrong: 'remembered: [],',
  },
  {
    name: 'a renewal that loses what waits in the mailbox',
    isRare: true,
    promise: 'LCK-3',
    right: 'mailbox: this.mailbox.jobs.map(',
    wrong: 'mailbox: [].map(',
  },
  {
    name: 'a renewal that loses events that are not stored yet',
    promise: 'EVT-1',
    right: 'outbox: this.outbox.waiting,',
    wrong: 'outbox: [],',
  },
  {
    name: 'an agent that takes an older version for a newer one',
    promise: 'VAR-5',
    right: 'if (version <= had) return {',
    wrong: 'if (false) return {',
  },
];

/** The bundle with a bug. @throws when what is to be replaced does not stand in it once */
export function planted(code: string, { name, right, wrong }: Bug): string {
  const pieces = code.split(right);
  if (pieces.length !== 2)
    throw new Error(`${name}: ${JSON.stringify(right)} stands ${String(pieces.length - 1)} times in the bundle`);
  return pieces.join(wrong);
}
