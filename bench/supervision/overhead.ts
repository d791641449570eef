import type { AgentHandle } from '../../src/client/agents';
import type { AgentShape, Shaped } from '../../src/contracts/agent';
import type { subject } from '../definitions';
import { compared, counted, interleaved, type Row } from '../measure';
import type { Setting } from '../setting';

type Subject = typeof subject extends Shaped<infer A extends AgentShape> ? A : never;

/** Most that supervision may add to a message, in milliseconds. */
const MOST_MS = 5;

/**
 * A message to an agent below a supervisor over the same to one that nobody supervises: the space of the bench has no root
 * supervisor, so an agent that is started by itself has an owner that is not there.
 */
export async function overhead({ space }: Setting, isShort: boolean): Promise<readonly Row[]> {
  const rounds = isShort ? 20 : 400;
  await space.supervisors.start('above', {
    children: [{ id: 'supervised', start: { kind: 'agent', type: 'subject' } }],
  });
  await space.agents.start('subject', 'alone');
  const supervised: AgentHandle<Subject> = space.agents.at<typeof subject>('supervised');
  const alone: AgentHandle<Subject> = space.agents.at<typeof subject>('alone');
  const asks = await interleaved(rounds, {
    ours: () => supervised.ask('addNow', 1),
    reference: () => alone.ask('addNow', 1),
  });
  const tells = await interleaved(rounds, {
    ours: () => supervised.tell('add', 1),
    reference: () => alone.tell('add', 1),
  });
  await Promise.all([space.supervisors.at('above').stop(), alone.stop()]);
  const rows = (id: string, what: string, { ours, reference }: typeof asks): readonly Row[] => [
    compared({ id, what: `${what} below a supervisor over the same without`, unit: 'ms', ours, reference, bar: 1.1 }),
    counted({
      id: `${id}-added`,
      what: 'what the supervisor adds to it',
      unit: 'ms',
      ours: ours - reference,
      bar: MOST_MS,
    }),
  ];
  return [...rows('supervised-ask', 'ask', asks), ...rows('supervised-tell', 'tell', tells)];
}
