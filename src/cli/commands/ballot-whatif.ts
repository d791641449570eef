import type { Command } from 'commander';
import type { WhatIf } from '../../contracts/coordination/ballot';
import { within, type CliDeps } from '../command';
import { printOne } from '../output';
import { fractionOf, ruleOf, thresholdOf, wordOf, type RuleFlags } from './rule-flag';

/** `adopted thai`, `kept 0.9`, or `adopted`. */
function decisionText({ outcome, value, option }: Pick<WhatIf, 'outcome' | 'value' | 'option'>): string {
  const what = option ?? (value === undefined ? undefined : String(value));
  return what === undefined ? outcome : `${outcome} ${what}`;
}

function whatIfText(name: string, answer: WhatIf): string {
  const { rule, because, waitingFor, was } = answer;
  const before = `${name} was decided by ${was.rule.threshold.kind}: ${decisionText(was)} (${was.because})\n`;
  const under = `under ${rule.threshold.kind}: `;
  if (answer.outcome !== 'open') return `${before}${under}${decisionText(answer)} (${String(because)})\n`;
  return `${before}${under}open: it would have waited for ${waitingFor.join(', ')}\n`;
}

/** `mabeam ballot whatif NAME --rule …`. */
export function addBallotWhatIf(ballot: Command, deps: CliDeps): void {
  ballot
    .command('whatif <ballot>')
    .description('what a decided ballot would have decided under another rule, from its record alone')
    .option('--rule <rule>', 'such as super-majority:2/3, k-of-n:3, borda, resilient:1 (default: its own)', thresholdOf)
    .option('--quorum <share>', 'another quorum', fractionOf)
    .option('--cap <share>', 'another cap', fractionOf)
    .option('--lost <what>', 'count, proxy or exclude who could not vote', wordOf('count', 'proxy', 'exclude'))
    .option('--ties <what>', 'keep what is there, or choose the first listed', wordOf('keep', 'listed'))
    .action((name: string, flags: RuleFlags, command: Command) =>
      within(deps, command, 'read', async ({ space, options }) => {
        const answer = await space.ballots.get(name).whatIf(ruleOf(flags));
        printOne(deps, options.output, answer, () => whatIfText(name, answer));
        return 0;
      }),
    );
}
