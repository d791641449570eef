import type { Command } from 'commander';
import type { Space } from '../../client/index';
import type { StudyHandle } from '../../client/optimisation';
import { ERRORS, isPlatformError } from '../../contracts/errors';
import type { StoredEvent } from '../../contracts/event-store';
import type { FinishedStudy, StudyView } from '../../contracts/optimisation/study';
import { within, type CliDeps } from '../command';
import { isForPrograms } from '../output';
import { redraw } from '../screen';
import { eventText, outcomeText, screenOf } from '../study-screen';

/** What is told of a study. */
const TYPES = [
  ...[
    'asked',
    'trialWaits',
    'promoted',
    'trialEnded',
    'lateOutcome',
    'leased',
    'leaseEnded',
    'attemptFailed',
    'memberFailed',
    'enqueued',
  ],
  ...['paused', 'resumed', 'changed', 'extended', 'workerBroken', 'workerMended', 'draining', 'ended'],
].map((what) => `study.${what}`);
/** Between two looks at a study in which much happens. */
const LOOK_MS = 250;
/** How often ages are drawn anew; nobody is asked for that. */
const AGE_MS = 1_000;
/** How far the events may be behind the end of a study. */
const BEHIND_MS = 10_000;

interface Watched {
  readonly name: string;
  readonly study: StudyHandle;
  /** How it stood at the beginning. */
  readonly first: StudyView;
  /** What happens in it afterwards; without an end of its own. */
  events(signal: AbortSignal): AsyncIterable<StoredEvent>;
}

async function watched(space: Space, name: string): Promise<Watched> {
  const study = space.studies.at(name);
  // events from before the look may come once more; none is missing
  const { position } = await study.trials({ pageSize: 1 });
  const first = await study.view();
  const source = `/spaces/${space.name}/study/${name}`;
  return {
    name,
    study,
    first,
    events: async function* (signal) {
      for await (const stored of space.events({ after: position, types: TYPES, signal }))
        if (stored.event.source === source) yield stored;
    },
  };
}

/** Waits for the end, however long it takes. */
async function endOf(study: StudyHandle): Promise<FinishedStudy> {
  for (;;) {
    try {
      return await study.finished();
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'timeout') throw error;
    }
  }
}

/** One line for each thing that happens, to the end. */
async function tellAll({ study, events }: Watched, tell: (stored: StoredEvent) => void): Promise<FinishedStudy> {
  const over = new AbortController();
  let late: NodeJS.Timeout | undefined;
  const finished = endOf(study).finally(() => {
    late = setTimeout(() => over.abort(), BEHIND_MS);
  });
  // it is awaited below; until then nobody hears of its failure
  finished.catch(() => over.abort());
  try {
    for await (const stored of events(over.signal)) {
      tell(stored);
      if (stored.event.type === 'study.ended') break;
    }
    return await finished;
  } finally {
    clearTimeout(late);
    over.abort();
  }
}

/** Draws the study over itself when something has happened in it, at most every LOOK_MS, to the end. */
async function drawAll(
  { study, first, events }: Watched,
  draw: (view: StudyView, trouble?: string) => void,
): Promise<FinishedStudy> {
  const over = new AbortController();
  let view = first;
  let trouble: string | undefined;
  let next: NodeJS.Timeout | undefined;
  const show = (): void => draw(view, trouble);
  const look = async (): Promise<void> => {
    try {
      view = await study.view();
      trouble = undefined;
    } catch (error) {
      trouble = isPlatformError(error) ? `${error.code}: ${error.message}` : String(error);
    }
    next = undefined;
    if (!over.signal.aborted) show();
  };
  const follow = async (): Promise<void> => {
    for await (const _stored of events(over.signal)) next ??= setTimeout(() => void look(), LOOK_MS);
  };
  const ages = setInterval(show, AGE_MS);
  const followed = follow();
  try {
    show();
    const ending = endOf(study);
    await Promise.race([ending, followed]);
    const finished = await ending;
    clearTimeout(next);
    over.abort();
    await look();
    draw({ ...view, state: finished.state, reason: finished.reason }, trouble);
    return finished;
  } finally {
    clearInterval(ages);
    clearTimeout(next);
    over.abort();
    await followed.catch(() => undefined);
  }
}

/** Watches to the end, in the form that fits. */
async function watch(deps: CliDeps, of: Watched, hasJson: boolean): Promise<FinishedStudy> {
  const { name, first } = of;
  if (!hasJson && deps.isTty) {
    let height = 0;
    return drawAll(of, (view, trouble) => {
      const lines = screenOf(name, view, deps.now());
      height = redraw(deps, trouble === undefined ? lines : [...lines, trouble], height);
    });
  }
  const line = (thing: unknown): void => deps.out(`${JSON.stringify(thing)}\n`);
  if (hasJson) line({ name, ...first });
  else deps.out(`${screenOf(name, first, deps.now()).slice(0, 3).join('\n')}\n`);
  const hasEnded = first.state === 'finished' || first.state === 'stopped';
  const tell = (stored: StoredEvent): void => {
    if (hasJson) line(stored);
    else deps.out(`${eventText(stored)}\n`);
  };
  const finished = hasEnded ? await of.study.finished() : await tellAll(of, tell);
  if (hasJson) line(finished);
  return finished;
}

/** `mabeam study watch`. */
export function addWatchCommand(study: Command, deps: CliDeps): void {
  study
    .command('watch <name>')
    .description('a study as it goes on, until it ends; exit 0 when it has finished, 5 when it was stopped')
    .option('--json', 'a line of JSON for each change: the study, its events, its outcome')
    .action((name: string, flags: { readonly json?: true }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        deps.atInterrupt?.(`\n${name} goes on. Watch it again with   mabeam study watch ${name}\n`);
        const hasJson = flags.json === true || isForPrograms(options.output);
        const finished = await watch(deps, await watched(space, name), hasJson);
        if (!hasJson) deps.out(`${outcomeText(finished)}\n`);
        return finished.state === 'finished' ? 0 : ERRORS.stopped.exitCode;
      }),
    );
}
