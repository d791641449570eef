import type { SupervisorAnswer } from '../../../src/contracts/supervisor';
import type { Entry, Trace } from '../sequence';
import { local, plain } from './names';

/** An answer as the Erlang side writes it. @param isSimple of a `simple_one_for_one` supervisor */
export function shown(answer: SupervisorAnswer, isSimple: boolean): readonly unknown[] {
  switch (answer.kind) {
    case 'children':
      return [
        'children',
        ...answer.children.map(({ id, status }) => [
          isSimple && status === 'restarting' ? 'dynamic' : local(id),
          status,
        ]),
      ];
    case 'counts': {
      const { specs, active, supervisors, workers } = answer.counts;
      return ['counts', specs, isSimple ? '*' : active, supervisors, workers];
    }
    case 'childspec': {
      const { restart, shutdown, type, significant } = answer.spec;
      return ['spec', restart, shutdown, type, String(significant)];
    }
    case 'refused':
      if (answer.error === 'failed') return ['failed', plain(answer.message.replace(/^.*?: /, ''))];
      if (answer.error === 'invalid') return ['error', answer.problem?.otp];
      return answer.error === 'not_found' && isSimple ? ['gone'] : [answer.error];
    default:
      return [answer.kind];
  }
}

/**
 * The same story with what is told by itself at the end of its step: answers travel beside starts and stops in processes
 * of their own, and so do the reasons of supervisors that ended.
 */
export function byStep(trace: Trace): Trace {
  const order = ['start', 'stop', 'answer', 'exit', 'step', 'children'];
  const result: Entry[] = [];
  let segment: Entry[] = [];
  const rank = ([kind, who]: Entry): string => {
    const at = Math.max(1, order.indexOf(kind));
    const name = typeof who === 'number' || typeof who === 'string' ? String(who) : '';
    return at === 1 ? '1' : `${String(at)} ${name.padStart(6, '0')}`;
  };
  const flush = (): void => {
    const sorted = segment.map((entry, at) => ({ entry, key: rank(entry), at }));
    sorted.sort((a, b) => (a.key === b.key ? a.at - b.at : a.key < b.key ? -1 : 1));
    result.push(...sorted.map(({ entry }) => entry));
    segment = [];
  };
  for (const entry of trace) {
    if (entry[0] !== 'children' && segment.at(-1)?.[0] === 'children') flush();
    segment.push(entry);
  }
  flush();
  return result;
}
