import type { Command } from 'commander';
import type { StudyView } from '../../contracts/optimisation/study';
import type { MemberView } from '../../contracts/optimisation/team';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';

const figure = (value: number): string => String(Number(value.toPrecision(3)));

/** The team of a study in a line; nothing for a study without one. */
export function teamLine({ team }: StudyView): string {
  if (team === undefined) return '';
  const members = team.members.map(({ name, proposed }) => `${name} ${String(proposed)}`).join(', ');
  return `  team     ${team.rule}: ${members} trials\n`;
}

function memberText(member: MemberView): string {
  const { name, sampler, agent, proposed, ended, earned, account, standing, passes, failures, lastFailure } = member;
  const who = sampler ?? `agent ${agent ?? ''}`;
  const next = standing === undefined ? '' : `, stands at ${figure(standing)}`;
  const missed = passes + failures === 0 ? '' : `, passed ${String(passes)}, failed ${String(failures)}`;
  const { minted, free, reserved, spent } = account;
  const credits = `${figure(minted)} credits = ${figure(free)} free + ${figure(reserved)} set aside + ${figure(spent)} spent`;
  const last =
    lastFailure === undefined
      ? ''
      : `    failed last at ask ${String(lastFailure.ask)}: ${lastFailure.refusal.message}\n`;
  return `  ${name} (${who})  ${String(proposed)} proposed, ${String(ended)} ended, earned ${figure(earned)}${next}${missed}\n    ${credits}\n${last}`;
}

function teamText(name: string, { team, spec }: StudyView): string {
  if (team === undefined) return `${name} has no team; it asks ${spec.sampler}\n`;
  return `${name}  ${team.rule}\n${team.members.map(memberText).join('')}`;
}

/** `mabeam study team`. */
export function addTeamCommand(study: Command, deps: CliDeps): void {
  study
    .command('team <name>')
    .description('the optimisers of a study: what each proposed, earned and has')
    .action((name: string, _options: object, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const view = await space.studies.at(name).view();
        printOne(deps, options.output, { name, ...view.team }, () => teamText(name, view));
        return 0;
      }),
    );
}
