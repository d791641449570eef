import {
  ASK_MS,
  TOLD,
  type AskOptimisers,
  type OptimiserQuestion,
  type ToldTrial,
} from '../../../contracts/optimisation/team';
import { configurationOf } from '../encoded';
import { historyOf } from '../history';
import type { Sampled } from '../sampled';
import { agentsIn } from './spec';
import type { Opening } from './standing';

/** What an agent is asked with: a summary of all that the samplers see. Pure. */
function questionOf(state: Sampled, study: string, ask: number): OptimiserQuestion {
  const { spec, running } = state;
  const { space, objective } = spec;
  const history = historyOf(state.history);
  const columns = Object.keys(space.dimensions).map((_each, at) => history.column(at));
  const [numbers, losses, feasible] = [history.numbers(), history.loss(), history.feasible()];
  const sign = objective.direction === 'minimise' ? 1 : -1;
  const told = (row: number): ToldTrial => {
    const loss = losses[row] ?? NaN;
    return {
      number: numbers[row] ?? 0,
      configuration: configurationOf(
        space,
        columns.map((column) => column[row] ?? NaN),
      ),
      ...(Number.isNaN(loss) ? {} : { value: sign * loss }),
      feasible: feasible[row] === 1,
    };
  };
  const rows = Array.from({ length: history.length }, (_each, row) => row);
  const good = rows.filter((row) => feasible[row] === 1 && !Number.isNaN(losses[row] ?? NaN));
  const best = good.sort((a, b) => (losses[a] ?? 0) - (losses[b] ?? 0) || a - b).slice(0, TOLD);
  return {
    study,
    ask,
    space,
    objective,
    ended: history.length,
    best: best.map(told),
    recent: rows.slice(-TOLD).map(told),
    pending: running.slice(-TOLD).map(({ configuration }) => configuration),
  };
}

/** Which agents of a team are asked, and what; nothing when it is none. @param study its workflow id */
export function askOf(
  state: Sampled,
  { ask, team }: { readonly ask: number; readonly team?: Opening },
  study: string,
): AskOptimisers | undefined {
  const { spec } = state;
  if (spec.team === undefined || team === undefined) return undefined;
  const asked = agentsIn(spec.team)
    .filter(({ place }) => team.members.includes(place))
    .map(({ place, agent, askMs = ASK_MS }) => ({ member: place, agent, askMs }));
  const [space = ''] = study.split(':');
  return asked.length === 0 ? undefined : { space, asked, question: questionOf(state, study, ask) };
}
