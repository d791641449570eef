import type { AgentHandle, SupervisorHandle, VariableSetHandle } from 'mabeam';
import { mailFilter, mailTeam } from '../agents';
import type { filter, trainer } from '../agents';
import type { Batch } from '../filter';
import type { Quality, Settings } from '../quality';
import { percent, short, whole, type Bar, type Stage } from './stage';

type ShapeOf<D> = D extends { readonly shape?: infer A } ? NonNullable<A> : never;
type Filter = AgentHandle<ShapeOf<typeof filter>>;

/** Who works on the mail. */
export interface Team {
  readonly set: VariableSetHandle<Omit<Settings, 'ngram'> & { readonly ngram?: number }>;
  readonly filters: readonly Filter[];
  readonly supervisor: SupervisorHandle;
  readonly trainer: AgentHandle<ShapeOf<typeof trainer>>;
}

const FILTERS = ['filter-1', 'filter-2', 'filter-3'];
const BATCH_MAILS = 50;

/** How often the supervisor looks for agents that died without a word. */
const SWEEP_MS = 500;

/** Finds or starts the variable set, then a supervisor with three filters, three guards and the trainer. */
export async function startTeam({ space }: Stage): Promise<Team> {
  const set = await space.variables.get(mailFilter);
  const supervisor = await space.supervisors.start('mail-team', mailTeam, { sweepMs: SWEEP_MS });
  const filters = FILTERS.map((name) => space.agents.at<typeof filter>(name));
  return { set, filters, supervisor, trainer: space.agents.at<typeof trainer>('trainer') };
}

/** What became of some mails, told in one line. */
export function told({ spam, stopped, mails, lost }: Pick<Quality, 'spam' | 'stopped' | 'mails' | 'lost'>): string {
  const legitimate = mails - spam;
  const rate = percent(legitimate === 0 ? 0 : lost / legitimate);
  return `spam stopped ${percent(stopped / spam)}, legitimate mails lost ${whole(lost)} of ${whole(legitimate)} (${rate})`;
}

type Counts = Pick<Quality, 'spam' | 'stopped' | 'mails' | 'lost'>;

/** The filters share mails of the stream, batch by batch. */
export async function shareOut(
  { filters }: Team,
  { from, to }: Batch,
  bar: Bar,
  ask: (filter: Filter, batch: Batch) => Promise<Quality>,
): Promise<Counts> {
  let next = from;
  let sum: Counts = { spam: 0, stopped: 0, mails: 0, lost: 0 };
  const work = async (filter: Filter): Promise<void> => {
    while (next < to) {
      const batch = { from: next, to: Math.min(to, next + BATCH_MAILS) };
      next = batch.to;
      const { spam, stopped, mails, lost } = await ask(filter, batch);
      sum = {
        spam: sum.spam + spam,
        stopped: sum.stopped + stopped,
        mails: sum.mails + mails,
        lost: sum.lost + lost,
      };
      bar.show(sum.mails, to - from, `${whole(sum.mails)} mails`);
    }
  };
  await Promise.all(filters.map(work));
  return sum;
}

/** The filters serve mails of the stream with the version that each has. */
export function serve(team: Team, mails: Batch, bar: Bar): Promise<Counts> {
  return shareOut(team, mails, bar, (filter, batch) => filter.ask('serve', batch));
}

/** Waits until all that follow the set have its newest version. */
export async function adopted({ set }: Team, version: number): Promise<string> {
  const { acknowledged } = await set.adopted(version);
  return Object.keys(acknowledged).sort().join(', ');
}

/** Values in one line, in the order of the definition. */
export function settingsLine(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(', ');
}
