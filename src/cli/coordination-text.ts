import type { Blocked, Blocking, Party } from '../contracts/coordination/reader';

/** Without the space, which the command line says already. */
const short = (who: string): string => who.replace(/^[^:]+:(?=agent:)/, '');

function partyText({ who, does, since, until, overdue, token }: Party): string {
  const to = overdue === true ? ', past its deadline' : ', until';
  const times = [since === undefined ? '' : ` since ${since}`, until === undefined ? '' : `${to} ${until}`];
  return `    ${does} ${short(who)}${times.join('')}${token === undefined ? '' : `, token ${String(token)}`}\n`;
}

function stepText({ who, kind, name, state, since, until, ahead }: Blocked): string {
  const thing = `${kind}:${name}`;
  const head = who === thing ? thing : `${short(who)} waits for ${thing}`;
  const times = [since === undefined ? '' : ` since ${since}`, until === undefined ? '' : `, until ${until}`];
  return `  ${head} (${state})${times.join('')}\n${ahead.map(partyText).join('')}`;
}

/** The answer to "what blocks X?" for a person: step by step who is ahead, and the circle if there is one. */
export function blockingText({ of, steps, circle, isPartial }: Blocking): string {
  const blocked = steps.some(({ ahead, until }) => ahead.length > 0 || until !== undefined);
  const head = blocked ? `${short(of)} is blocked\n` : `nothing blocks ${short(of)}\n`;
  const deadlock =
    circle === undefined
      ? ''
      : `  a deadlock: ${[...circle, circle[0] ?? ''].map(short).join(' → ')}; a deadline ends it, or \`mabeam lock break\`\n`;
  const part = isPartial === true ? '  not all that is held was looked at: there is too much of it\n' : '';
  return `${head}${blocked ? steps.map(stepText).join('') : ''}${deadlock}${part}`;
}
