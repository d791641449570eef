import { importStudy, requestOfImport } from '../../client/study-import';
import type { StudyOptions } from '../../client/optimisation';
import type { ErrorCode } from '../../contracts/errors';
import type { ImportedStudy } from '../../contracts/optimisation/warm-start';
import { importQuery, readImportQuery } from '../requests/bodies';
import { given, route, type Context, type Route } from '../route';
import { optunaUpload } from '../upload';

interface Which {
  readonly study?: string;
  readonly measure?: string;
}

async function imported({ request, deps, query }: Context<unknown, Which>): Promise<ImportedStudy> {
  const { study, measure } = query;
  return importStudy(await optunaUpload(request, deps, study), measure?.split(','));
}

const REFUSED: readonly ErrorCode[] = ['invalid-import', 'study-not-found'];

/** Studies of Optuna, from a file in the body: what can be learnt from it, and a study that goes on from there. */
export function importRoutes(path: string, startRefused: readonly ErrorCode[]): readonly Route[] {
  return [
    route({
      method: 'post',
      path: `${path}:readImport`,
      id: 'readImport',
      answers: { 200: 'ImportedStudy' },
      refuses: REFUSED,
      from: 'itself',
      keyed: false,
      takesFile: true,
      query: readImportQuery,
      summary:
        'What of a study of Optuna a study here can begin with, from its journal or SQLite file; nothing is changed',
      handle: async (context) => ({ status: 200, body: await imported(context) }),
    }),
    route({
      method: 'post',
      path: `${path}:import`,
      id: 'importStudy',
      answers: { 200: 'Study' },
      refuses: [...REFUSED, ...startRefused],
      from: 'temporal',
      takesFile: true,
      query: importQuery,
      summary: 'Finds or starts a study that has learnt from one of Optuna, from its journal or SQLite file',
      handle: async (context) => {
        const { name, over, trials, study: _theirs, measure: _names, ...more } = context.query;
        const request: StudyOptions = {
          ...requestOfImport(await imported(context), over),
          ...given('evaluator', more.evaluator),
          ...given('sampler', more.sampler),
          ...given('parallelism', more.parallelism),
          budget: { trials: trials ?? 100 },
        };
        const study = await (await context.door()).studies.start(name, request);
        return { status: 200, body: { name, ...(await study.view()) } };
      },
    }),
  ];
}
