import { createRegistry } from '../../src/client/registry';
import type { Name } from '../../src/contracts/ids';
import { isOpen } from '../../src/contracts/registry';
import { compared, counted, interleaved, median, type Row } from '../measure';
import type { Setting } from '../setting';

const BATCH = 100;
const AGENTS = 50;

/** Cached lookups in process, lookups that miss against a bare Describe, and answers after invalidation. */
export async function lookup(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const { temporal, space } = setting;
  const registry = createRegistry(temporal, undefined);
  const names = Array.from({ length: AGENTS }, (_each, at) => `named-${String(at)}`);
  await Promise.all(names.map((name) => space.agents.get('subject', name)));
  for (const name of names) await registry.lookup('agent', name);

  const times: number[] = [];
  for (let batch = 0; batch < (isShort ? 500 : 5_000); batch += 1) {
    const start = performance.now();
    for (let n = 0; n < BATCH; n += 1) await registry.lookup('agent', names[n % AGENTS] ?? '');
    times.push(((performance.now() - start) / BATCH) * 1_000);
  }
  const { hit, miss } = registry.state().counters;

  const { workflow } = temporal.client;
  const id = `${space.name}:agent:${names[0] ?? ''}`;
  const missed = await interleaved(isShort ? 40 : 200, {
    ours: () => registry.lookup('agent', names[0] ?? '', { consistency: 'strong' }),
    reference: () => workflow.getHandle(id).describe(),
  });

  // An owner ends and another takes its name; whatever has been told of the end must not be answered again.
  const rounds = isShort ? 20 : 100;
  let wrong = 0;
  for (let round = 0; round < rounds; round += 1) {
    const name = `moved-${String(round)}`;
    const handle = await space.agents.get('subject', name);
    const before = (await registry.lookup('agent', name)).registration;
    if (before === undefined) throw new Error(`${name} was started and is not found`);
    await workflow.getHandle(handle.workflowId).terminate('moved by the bench');
    temporal.registry.news({ registration: { ...before, status: 'failed' }, time: new Date().toISOString() });
    if (round % 2 === 0) await space.agents.start('subject', name);
    for (let n = 0; n < 20; n += 1) {
      const { registration } = await registry.lookup('agent', name);
      const isOld = registration?.generation.number === before.generation.number && isOpen(registration);
      const isMissing = round % 2 === 0 && (registration === undefined || !isOpen(registration));
      if (isOld || isMissing) wrong += 1;
    }
    // late news of the first must not evict the second
    temporal.registry.news({
      registration: { ...before, name: name as Name, status: 'failed' },
      time: new Date().toISOString(),
    });
  }
  registry.close();
  const answers = `${String(rounds * 20)} lookups`;
  return [
    counted({ id: 'lookup-cached', what: 'cached lookup, in process', unit: 'µs', ours: median(times), bar: 5 }),
    counted({
      id: 'lookup-wrong',
      what: `wrong answers in ${answers} after invalidation`,
      unit: 'answers',
      ours: wrong,
      bar: 0,
    }),
    counted({ id: 'lookup-missed', what: `misses in ${String(hit + miss)} lookups`, unit: 'misses', ours: miss }),
    compared({ id: 'lookup-strong', what: 'strong lookup over a bare Describe', unit: 'ms', ...missed }),
  ];
}
