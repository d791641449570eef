import type { Space } from 'mabeam';
import type { Returned } from './fleet';

/** The result as lines, each breach last. */
export function reportOf({ struck, terms, breaches, ...counted }: Returned, rounds: number): readonly string[] {
  const strikes = (kind: string): string => String(struck.filter(({ how }) => how === kind).length);
  const { rounds: done, doneOnce, jobs, refused, broken } = counted;
  return [
    `strikes   ${strikes('kill')} killed, ${strikes('freeze')} frozen until others had what they held`,
    `rounds    ${String(done)} of ${String(rounds)} done; barriers that a death broke, so that they met anew: ${String(broken)}`,
    `jobs      ${String(doneOnce)} of ${String(jobs)} done exactly once`,
    `refused   ${String(refused)} requests of holders and leaders of the past`,
    'leaders   by term:',
    ...terms.map(({ term, worker, rounds: planned }) => {
      const what = planned.length === 0 ? 'planned nothing' : `planned round ${planned.join(', ')}`;
      return `          ${String(term)}  ${worker} ${what}`;
    }),
    ...breaches.map((breach) => `BROKEN    ${breach}`),
  ];
}

/** What the space itself tells whoever watches it, counted. */
export async function alertsOf(space: Space): Promise<string> {
  const counts = new Map<string, number>();
  const end = new AbortController();
  const onCaughtUp = (): void => {
    end.abort();
  };
  for await (const { code } of space.coordination.alerts({ signal: end.signal, onCaughtUp }))
    counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${code} ${String(count)}`).join(', ') || 'none';
}
