import { PlatformError } from '../contracts/errors';
import type { StudyView, Trial } from '../contracts/optimisation/study';
import { importanceOf } from '../domain/optimisation/importance/importance';
import { contourProblem, reportOf } from '../domain/optimisation/report/report';
import { leanTrial } from '../domain/optimisation/report/reported';
import { pageOf } from '../report/page';
import { ratedOf } from './study-trials';

/** What a report may be told. */
export interface ReportOptions {
  /** The two parameters of the contour. Default: the most important ones. */
  readonly contour?: readonly [string, string];
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
  const importance = importanceOf(view.spec.space, await ratedOf(view.spec, [trials]));
  const at = new Date().toISOString();
  return pageOf(reportOf({ name, view, trials, importance, at, ...(contour === undefined ? {} : { contour }) }));
}
