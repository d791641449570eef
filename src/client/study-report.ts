import { PlatformError } from '../contracts/errors';
import type { StudySpec, StudyView, Trial } from '../contracts/optimisation/study';
import { paretoOf } from '../domain/optimisation/front';
import { importanceOf } from '../domain/optimisation/importance/importance';
import { contourProblem, reportSteps, type StudyReport } from '../domain/optimisation/report/report';
import { leanTrial, type Reported } from '../domain/optimisation/report/reported';
import { pageOf } from '../report/page';
import { ratedOf } from './study-trials';
import { pause } from './waiting';

/** What a report may be told. */
export interface ReportOptions {
  /** The two parameters of the contour. Default: the most important ones. */
  readonly contour?: readonly [string, string];
}

/** Which trials of a study with several objectives are on its front. */
async function frontOf(spec: StudySpec, all: readonly Trial[]): Promise<{ readonly front?: readonly number[] }> {
  if (spec.objectives === undefined) return {};
  const { trials } = await paretoOf(spec, [all]);
  return { front: trials.map(({ number }) => number) };
}

/** Figure by figure, so that a facade answers others meanwhile. */
async function reportInSteps(reported: Reported): Promise<StudyReport> {
  const steps = reportSteps(reported);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause(0);
  }
}

/** A study as a page of HTML. @throws PlatformError `unknown-variable`, `invalid-request` for a contour that it cannot have */
export async function studyPage(
  { name, view }: { readonly name: string; readonly view: StudyView },
  pages: AsyncIterable<readonly Trial[]>,
  { contour }: ReportOptions,
): Promise<string> {
  const problem = contourProblem(view.spec, contour);
  if (problem !== undefined) throw new PlatformError(problem);
  const trials: Trial[] = [];
  for await (const page of pages) trials.push(...page.map(leanTrial));
  const importance = importanceOf(view.spec.space, await ratedOf(view.spec.objective, [trials]));
  const at = new Date().toISOString();
  const several = await frontOf(view.spec, trials);
  const more = { ...several, ...(contour === undefined ? {} : { contour }) };
  return pageOf(await reportInSteps({ name, view, trials, importance, at, ...more }));
}
