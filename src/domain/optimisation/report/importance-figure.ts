import type { Box, Figure } from './chart';
import type { Reported } from './reported';
import { cut, listed } from './words';

const MAX_BARS = 20;
const percent = (share: number): string =>
  share > 0 && share < 0.005 ? '< 1 %' : `${String(Math.round(share * 100))} %`;

/** How much each dimension decides whether a trial is among the best. */
export function importanceFigure({ importance }: Reported): Figure {
  const { parameters, trials, top, warning } = importance;
  const frame = { id: 'importance', title: 'Importance of parameters' };
  const why = warning === undefined ? [] : [`${warning.slice(0, 1).toUpperCase()}${warning.slice(1)}.`];
  if (parameters.length === 0)
    return { ...frame, summary: why.join('') || 'Nothing to compare.', notes: [], charts: [] };
  const shown = parameters.slice(0, MAX_BARS);
  const most = shown[0]?.importance ?? 1;
  const first = shown.slice(0, 3).map(({ name, importance: share }) => `${name} ${percent(share)}`);
  const height = 1 / shown.length;
  const middle = (at: number): number => 1 - (at + 0.5) * height;
  const bars = shown.map(({ importance: share }, at): Box => [
    0,
    (share / most) * 0.88,
    middle(at) - 0.35 * height,
    middle(at) + 0.35 * height,
  ]);
  const ticks = shown.map(({ name }, at) => ({ at: middle(at), text: cut(name, 28) }));
  const shares = shown.map(
    ({ importance: share }, at) => [(share / most) * 0.88 + 0.01, middle(at), percent(share)] as const,
  );
  return {
    ...frame,
    summary: `What decides most whether a trial is among the best ${String(top)} of ${String(trials)}: ${listed(first)}.`,
    notes: [
      ...why,
      ...(shown.length < parameters.length
        ? [`Shown are the ${String(shown.length)} most important of ${String(parameters.length)} parameters.`]
        : []),
      'Shares by PED-ANOVA; they add up to 100 %. An important parameter is one whose good values are few, not one whose value is large.',
    ],
    charts: [
      {
        kind: 'plane',
        x: { label: '', ticks: [] },
        y: { label: '', ticks },
        lanes: shown.length,
        layers: [
          { kind: 'bars', name: 'share', tone: 'main', at: bars },
          { kind: 'texts', tone: 'quiet', at: shares },
        ],
      },
    ],
  };
}
