import type { BarrierView, EnteredView, PastView } from '../../contracts/coordination/barrier';
import {
  participants,
  partiesOf,
  present,
  type BarrierState,
  type Entry,
  type Past,
  type Round,
} from './barrier-state';

const iso = (ms: number): string => new Date(ms).toISOString();
const SHOWN = 20;

function enteredOf(entries: readonly Entry[]): readonly EnteredView[] {
  return participants(entries).map((participant) => {
    const own = entries.filter((each) => each.participant === participant);
    const untils = own.map(({ until = Infinity }) => until);
    const until = Math.max(...untils);
    return {
      participant,
      session: own.at(-1)?.session ?? '',
      since: iso(Math.min(...own.map(({ since }) => since))),
      ...(until === Infinity ? {} : { until: iso(until) }),
    };
  });
}

function insideOf(round: Round): NonNullable<BarrierView['inside']> {
  const still = new Set(present(round));
  return {
    generation: round.generation,
    participants: participants(round.members).map((participant) => ({ participant, left: !still.has(participant) })),
    ...(round.breaksAt === null ? {} : { breaksAt: iso(round.breaksAt) }),
  };
}

function pastView({ end, at, callers }: Past): PastView {
  return { ...end, participants: participants(callers).length, at: iso(at) };
}

function stateOf({ entries, inside }: BarrierState): BarrierView['state'] {
  if (inside !== null) return inside.left.length > 0 ? 'leaving' : 'inside';
  return entries.length > 0 ? 'entering' : 'open';
}

/** A barrier as it is shown. */
export function barrierView(state: BarrierState): BarrierView {
  const { spec, generation, entries, breaksAt, registered, inside, past } = state;
  const arrived = new Set(participants(entries));
  const last = past.at(-1);
  return {
    ...spec,
    state: stateOf(state),
    generation,
    parties: partiesOf(state),
    entered: enteredOf(entries),
    ...(breaksAt === null ? {} : { breaksAt: iso(breaksAt) }),
    ...(spec.form === 'phaser'
      ? {
          registered: participants(registered).map((participant) => ({
            participant,
            arrived: arrived.has(participant),
          })),
        }
      : {}),
    ...(inside === null ? {} : { inside: insideOf(inside) }),
    ...(last === undefined ? {} : { last: pastView(last) }),
  };
}

const TITLES = { cyclic: 'Barrier', double: 'Double barrier', phaser: 'Phaser' } as const;

function listed(lines: readonly string[]): readonly string[] {
  const more = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN), ...(more > 0 ? [`- and ${String(more)} more`] : [])];
}

function lastText({ last }: BarrierView): readonly string[] {
  if (last === undefined) return [];
  const { generation, kind, reason, because, participants: count, at } = last;
  const why = reason === undefined ? '' : ` (${reason}${because === undefined ? '' : `: ${because}`})`;
  return ['', `Generation ${String(generation)} was ${kind}${why} at ${at}, ${String(count)} in it`];
}

/** Who is in it and who is missing, for the Temporal Web UI. */
export function barrierText(view: BarrierView): string {
  const { form, parties, generation, entered, inside, breaksAt, registered } = view;
  const of = form === 'phaser' ? `${String(parties)} registered` : `of ${String(parties)}`;
  const missing = registered?.filter(({ arrived }) => !arrived).map(({ participant }) => participant);
  const still = inside?.participants.filter(({ left }) => !left).map(({ participant }) => participant);
  return [
    `**${TITLES[form]}** ${of}, generation ${String(generation)}`,
    '',
    `${String(entered.length)} entered${breaksAt === undefined ? '' : `, breaks at ${breaksAt}`}`,
    ...listed(entered.map(({ participant, since }) => `- **${participant}** since ${since}`)),
    ...(missing === undefined || missing.length === 0
      ? []
      : ['', 'Waits for', ...listed(missing.map((each) => `- ${each}`))]),
    ...(inside === undefined || still === undefined
      ? []
      : ['', `Inside, generation ${String(inside.generation)}:`, ...listed(still.map((each) => `- **${each}**`))]),
    ...lastText(view),
  ].join('\n');
}
