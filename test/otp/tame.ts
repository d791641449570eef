import { CASES } from './cases';
import { generate } from './generate';
import type { Event, Node, Outcome, Sequence, Tree } from './sequence';
import { simulate } from './simulator';

/*
 * Sequences that real workflows can run, the same for both sides. What falls away, because no workflow of ours does it:
 * a start that says `ignore` (it fails instead), a child that cuts its link, a stop with another reason than shutdown. Time
 * limits are long enough for a slow machine; a child that will not stop gets the shortest that is. No time passes in these
 * sequences (their period is 1,000 s), so that no gap lies near the period.
 */

const STOP_MS = 60_000;
const STUBBORN_MS = 1_500;
/** What real workflows are asked to do at most: each start is a workflow. */
const MOST_STARTS = 10;
const MOST_EVENTS = 8;

const tameNode = (node: Node): Node => ({
  ...node,
  shutdown: typeof node.shutdown !== 'number' ? node.shutdown : node.stops === 'stubborn' ? STUBBORN_MS : STOP_MS,
  sup: node.sup === 'none' ? 'none' : tameTree(node.sup),
});
const tameTree = (tree: Tree): Tree => ({ ...tree, children: tree.children.map(tameNode) });
const tameOutcome = (outcome: Outcome): Outcome => (outcome === 'ignore' ? 'error' : outcome);

/** @param isInside in the middle of a start or stop: there nobody can tell when a silent death was found */
function tameEvent(event: Event, isInside: boolean): Event {
  switch (event.do) {
    case 'exit':
      return isInside && event.reason === 'killed' ? { ...event, reason: 'crash' } : event;
    case 'stop':
      return { do: 'stop', reason: 'shutdown' };
    case 'change':
      return { ...event, node: tameTree(event.node) };
    case 'call': {
      if (typeof event.call === 'string' || event.call[0] !== 'start_child') return event;
      return { ...event, call: ['start_child', tameNode(event.call[1])] };
    }
    default:
      return event;
  }
}

const STOP: Event = { do: 'stop', reason: 'shutdown' };

/** The sequence as real workflows can run it; it always ends with a stop. `undefined` if they cannot. */
function tame({ root, scripts, during, steps }: Sequence): Sequence | undefined {
  const all = [...steps.map(({ event }) => event), ...during.flatMap(([, events]) => events)];
  if (all.some((event) => event.do === 'cut' || event.do === 'wait')) return undefined;
  return {
    root: tameTree(root),
    scripts: scripts.map(([path, outcomes]) => [path, outcomes.map(tameOutcome)] as const),
    during: during.map(([at, events]) => [at, events.map((event) => tameEvent(event, true))] as const),
    steps: [...steps.map(({ event }) => ({ event: tameEvent(event, false) })), { event: STOP }],
  };
}

/** Whether it is small enough, and something is restarted in it. */
function fits(sequence: Sequence): boolean {
  const { trace, isOrdered, notes } = simulate(sequence);
  const starts = trace.filter(([kind]) => kind === 'start').length;
  return isOrdered && starts <= MOST_STARTS && sequence.steps.length <= MOST_EVENTS && notes.has('restarting');
}

/** A sequence for real workflows, and how to name it. */
export interface Sample {
  readonly name: string;
  readonly sequence: Sequence;
}

/** What is reached on purpose, then random ones of the seeds from 1 on. @param random how many of those */
export function samples(random: number): readonly Sample[] {
  const onPurpose = CASES.flatMap(({ promise, title, sequence: { ...wild } }): readonly Sample[] => {
    const ignores = wild.scripts.some(([, outcomes]) => outcomes.includes('ignore'));
    const sequence = ignores ? undefined : tame(wild);
    return sequence === undefined ? [] : [{ name: `${promise}: ${title}`, sequence }];
  });
  const found: Sample[] = [];
  for (let seed = 1; found.length < random; seed += 1) {
    const sequence = tame(generate(seed));
    if (sequence !== undefined && fits(sequence)) found.push({ name: `seed ${String(seed)}`, sequence });
  }
  return [...onPurpose, ...found];
}
