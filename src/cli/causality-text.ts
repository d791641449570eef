import type { Causality, PathEvent } from '../contracts/causality';

const HOW: Readonly<Record<NonNullable<PathEvent['via']>, string>> = {
  entity: 'then, in the same entity',
  message: 'then, by a message',
};

/** Without the space, which the command line says already: the shell takes it back so. */
const short = (id: string): string => id.slice(id.indexOf(':') + 1);

function line({ id, position, type, time, via }: PathEvent): string {
  const how = via === undefined ? '' : `  ${HOW[via]}`;
  return `  ${String(position).padStart(6)}  ${time}  ${type.padEnd(20)}  ${short(id)}${how}\n`;
}

function pathText({ path, omitted }: Causality): string {
  const lines = path.map(line);
  if (omitted > 0) lines.splice(path.length / 2, 0, `          … ${String(omitted)} more …\n`);
  return lines.join('');
}

/** The answer to "did A happen before B?" for a person: how they stand, and the path that shows it. */
export function causalityText(answer: Causality): string {
  const { a, b, order, path, certain, because = 'the log is not whole' } = answer;
  const messages = path.filter(({ via }) => via === 'message').length;
  const by =
    messages === 0 ? 'in the same entity' : `over ${String(messages)} ${messages === 1 ? 'message' : 'messages'}`;
  switch (order) {
    case 'equal':
      return `equal: both are the same event\n${line(a)}`;
    case 'before':
      return `before: A happened before B, ${by}\n${pathText(answer)}`;
    case 'after':
      return `after: A happened after B, ${by}\n${pathText(answer)}`;
    case 'concurrent': {
      const doubt = certain ? '' : `  not certain: ${because}\n`;
      return `concurrent: neither is known to have happened before the other\n${line(a)}${line(b)}${doubt}`;
    }
  }
}
