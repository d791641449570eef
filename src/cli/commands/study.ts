import type { Command } from 'commander';
import { count, within, type CliDeps } from '../command';
import { printOne, printPage } from '../output';
import { tellVerdict } from './propose';
import { addAskingCommands } from './study-asking';
import { addDeleteCommand } from './study-delete';
import { addImportCommand } from './study-import';
import { addInsightCommands } from './study-insight';
import { addLineageCommand } from './study-lineage';
import { addParetoCommand } from './study-pareto';
import { addReportCommand } from './study-report';
import { addShowCommand } from './study-show';
import { addStartCommand } from './study-start';
import { addSteeringCommands } from './study-steering';
import { addTeamCommand } from './study-team';
import { addWatchCommand } from './study-watch';

const TRIAL_COLUMNS = ['number', 'state', 'attempts', 'measures', 'lastReport', 'configuration', 'worker'];

function addLooks(study: Command, deps: CliDeps): void {
  study
    .command('trials <name>')
    .description('the trials of a study, from the read model')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.studies.at(name).trials({ pageSize: 500 });
        const noted = page.items.some(({ attributes }) => attributes !== undefined) ? ['attributes'] : [];
        printPage(deps, options.output, page, [...TRIAL_COLUMNS, ...noted]);
        return 0;
      }),
    );
  study
    .command('list')
    .description('the studies of the space, from the read model')
    .option('--status <status>', 'only of this status')
    .action(({ status }: { status?: string }, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const page = await space.studies.list({ pageSize: 500, ...(status === undefined ? {} : { status }) });
        printPage(deps, options.output, page, ['name', 'status', 'summary', 'updatedAt']);
        return 0;
      }),
    );
}

/** `mabeam study start|show|watch|pause|resume|change|extend|copy|enqueue|ask|tell|stop|delete|propose|trials|lineage|list|team|pareto|importance|export|report|import`. */
export function addStudyCommands(program: Command, deps: CliDeps): void {
  const study = program
    .command('study')
    .description('studies: start, show, watch, report, steer, ask, tell, stop, delete, propose, trials, list');
  addStartCommand(study, deps);
  addShowCommand(study, deps);
  addLooks(study, deps);
  addSteeringCommands(study, deps);
  addDeleteCommand(study, deps);
  addAskingCommands(study, deps);
  addInsightCommands(study, deps);
  addParetoCommand(study, deps);
  addLineageCommand(study, deps);
  addReportCommand(study, deps);
  addTeamCommand(study, deps);
  addWatchCommand(study, deps);
  addImportCommand(study, deps);
  study
    .command('stop <name>')
    .description('end asking; what runs may finish')
    .option('--reason <text>', 'why')
    .option('--cancel', 'cancel what runs')
    .action((name: string, { reason, cancel }: { reason?: string; cancel?: boolean }, command: Command) =>
      within(deps, command, 'change', async ({ space, options, how }) => {
        const said = {
          ...(reason === undefined ? {} : { reason }),
          ...(cancel === true ? { running: 'cancel' as const } : {}),
        };
        const state = await space.studies.at(name).stop({ ...how, ...said });
        printOne(deps, options.output, { name, state }, () => `${name} ${state}\n`);
        return 0;
      }),
    );
  study
    .command('propose <name>')
    .description('propose the best trial, or the one that is named, on its set, with the study as evidence')
    .option('--trial <number>', 'which one; with several objectives none is the best', count)
    .option('--based-on <version>', 'default: the version that the study began with', count)
    .option('--because <text>', 'why')
    .option('--proposer <name>', 'who proposes (default: cli)')
    .option('--wait', 'wait for the ballot')
    .action(
      (
        name: string,
        flags: { trial?: number; basedOn?: number; because?: string; proposer?: string; wait?: boolean },
        command: Command,
      ) =>
        within(deps, command, 'change', async ({ space, options, how }) => {
          const { wait, ...said } = flags;
          const handle = space.studies.at(name);
          const proposing = await handle.propose({ ...how, proposer: 'cli', ...said });
          const verdict = wait === true ? await proposing.decided() : await proposing.verdict;
          const { spec } = await handle.view();
          return tellVerdict(deps, options, spec.over?.set ?? name, verdict);
        }),
    );
}
