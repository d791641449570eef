import { isRefusal } from '../../src/contracts/errors';
import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { StudyRequest, Trial } from '../../src/contracts/optimisation/study';
import type { OptimiserAnswer, TeamMember, TeamRule } from '../../src/contracts/optimisation/team';
import { specOf } from '../../src/domain/optimisation/study-spec';
import { askTrials, takeSuggestions } from '../../src/domain/optimisation/next-trials';
import { endOf } from '../../src/domain/optimisation/trial-ends';
import { newStudy, type StudyData } from '../../src/domain/optimisation/study';
import { randomSampler } from '../../src/domain/optimisation/samplers/random';
import { emptyHistory, historyOf } from '../../src/domain/optimisation/history';
import { suggestionsFor, inputsFor, type Nominated } from '../../src/domain/optimisation/suggesting';
import { agentsIn } from '../../src/domain/optimisation/team/spec';
import type { Course, Problem } from '../samplers/problem';

/** A team as it plays: members, rule, and what its agents answer. */
export interface Team {
  readonly members: readonly TeamMember[];
  readonly rule: TeamRule;
  readonly answer?: (problem: Problem, seed: number, ask: number) => OptimiserAnswer;
}

/** What came of a study: the course of its regret, and who proposed each trial. */
export interface Played {
  readonly course: Course;
  readonly members: readonly (string | undefined)[];
  /** Milliseconds that the asks took. */
  readonly askMs: number;
}

/** Rubbish with the highest bid: a configuration at random, whatever the history, said to be the best of all. */
export function liar({ space }: Problem, seed: number, ask: number): OptimiserAnswer {
  const nobody = historyOf(emptyHistory(space));
  return { configuration: randomSampler.ask(space, nobody, [], { seed: seed + 7_000, ask }), bid: 1 };
}

/** What the activities of a study with this team would answer; `gp` is computed when it is given the evaluation. */
function answers(state: StudyData, team: Team, problem: Problem, seed: number): Nominated | undefined {
  const { thinking, spec } = state;
  if (thinking === undefined || spec.team === undefined) return undefined;
  const isAuction = spec.team.rule === 'auction';
  const asked = new Set(thinking.team?.members ?? []);
  return {
    computed: isAuction
      ? []
      : inputsFor(state, thinking).map(({ member, input }) => ({
          member,
          candidates: [...suggestionsFor(input)].flat(),
        })),
    replies: agentsIn(spec.team)
      .filter(({ place }) => asked.has(place))
      .map(({ place }) => ({ member: place, answer: team.answer?.(problem, seed, thinking.ask) ?? null })),
  };
}

/** Plays a study of the platform's own rules in this process, one trial at a time. */
export function play(team: Team, problem: Problem, seed: number, trials: number): Played {
  const request: StudyRequest = {
    space: problem.space,
    minimise: 'loss',
    team: { members: team.members, rule: team.rule },
    seed,
    budget: { trials },
  };
  const spec = specOf({ request }, undefined, 'bench:study:portfolio');
  if (isRefusal(spec)) throw new Error(spec.message);
  let { state } = newStudy('portfolio', request, spec, undefined);
  const { course, told } = problem.instance(seed);
  const configurations: Configuration[] = [];
  const members: (string | undefined)[] = [];
  let askMs = 0;
  const loss = (configuration: Configuration, number: number): number => told(configuration, number)[0] ?? NaN;
  while (configurations.length < trials) {
    const from = performance.now();
    let step = askTrials(state, () => true, 0, 1);
    while (step.state.thinking !== undefined) {
      const taken = takeSuggestions(step.state, answers(step.state, team, problem, seed));
      step = askTrials(taken.state, () => true, 0, 1);
    }
    askMs += performance.now() - from;
    const [trial] = step.asked;
    if (trial === undefined) throw new Error(step.state.reason ?? 'nothing was asked for');
    const { number, configuration } = trial;
    configurations.push(configuration);
    members.push(trial.proposedBy?.member);
    state = endOf(step.state, number, endingOf(trial, loss(configuration, number)), 0).state;
  }
  return { course: course(configurations), members, askMs };
}

function endingOf({ number, configuration }: Trial, loss: number): Parameters<typeof endOf>[2] {
  return {
    kind: 'complete',
    outcome: { trial: number, attempt: 1, configuration, measures: { loss }, worker: 'bench' },
  };
}
