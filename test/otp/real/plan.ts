import type { ChildSpecInput, SupervisorCommand, SupervisorSpec } from '../../../src/contracts/supervisor';
import type { Script } from '../../support/otp/workflows';
import type { Event, Node, Sequence, Tree } from '../sequence';
import { below, idOf, nameIn } from './names';

/** Silent deaths are found by the sweep: often where a sequence has one, seldom elsewhere. */
const OFTEN_MS = 300;
const SELDOM_MS = 30_000;

/** What a sequence says of its trees and of the starts in them, in the words of our supervisors. */
export class Plan {
  readonly sweepMs: number;
  private readonly trees = new Map<string, Tree>();
  private readonly nodes = new Map<string, Node>();
  private readonly tries = new Map<string, number>();
  private readonly sequence: Sequence;

  constructor(sequence: Sequence) {
    this.sequence = sequence;
    const kills = sequence.steps.some(({ event }) => event.do === 'exit' && event.reason === 'killed');
    this.sweepMs = kills ? OFTEN_MS : SELDOM_MS;
    this.plant('', sequence.root);
  }

  /** How the next start of a node is to go. */
  next(path: string): Script['outcome'] {
    const tried = this.tries.get(path) ?? 0;
    this.tries.set(path, tried + 1);
    const script = this.sequence.scripts.find(([of]) => nameIn(of) === path)?.[1];
    const outcome = script?.[tried] ?? 'ok';
    return outcome === 'ignore' ? 'error' : outcome;
  }

  /** What a worker ends with when it is asked to stop. */
  stopsOf(path: string): Script['stops'] {
    return this.nodes.get(path)?.stops ?? 'shutdown';
  }

  isSimple(path: string): boolean {
    return this.trees.get(path)?.strategy === 'simple_one_for_one';
  }

  /** Whether it is a child of a `simple_one_for_one` supervisor. */
  isDynamic(path: string): boolean {
    return this.isSimple(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
  }

  commandOf(path: string, event: Extract<Event, { do: 'call' | 'change' }>): SupervisorCommand {
    if (event.do === 'change') {
      for (const node of event.node.children) this.grow(below(path, node.id), node);
      return { kind: 'change', spec: this.specOf(path, event.node) };
    }
    const { call } = event;
    if (typeof call === 'string') return { kind: call };
    const [kind, what] = call;
    if (kind !== 'start_child') return { kind, id: idOf(below(path, what)) };
    const id = idOf(below(path, what.id));
    if (this.isSimple(path)) return { kind, id, args: {} };
    // One that is there already keeps what it is.
    if (!this.nodes.has(below(path, what.id))) this.nodes.set(below(path, what.id), what);
    return { kind, spec: this.childOf(path, what) };
  }

  /** A change of specifications was taken: from now on its tree counts. */
  changed(path: string, number: number): void {
    const all = [...this.sequence.steps.map(({ event }) => event), ...this.sequence.during.flatMap(([, each]) => each)];
    const change = all.find((event) => event.do === 'change' && event.request === number);
    if (change?.do === 'change') this.trees.set(path, change.node);
  }

  specOf(path: string, { strategy, intensity, period, autoShutdown, children }: Tree): SupervisorSpec {
    return {
      flags: { strategy, intensity, periodSeconds: period, autoShutdown },
      children: children.map((node) => this.childOf(path, node)),
    };
  }

  private childOf(path: string, { id, restart, significant, shutdown, type, sup }: Node): ChildSpecInput {
    const at = below(path, id);
    const start =
      sup === 'none'
        ? { kind: 'agent', type: 'scripted' }
        : { kind: 'supervisor', type: 'tree', options: { spec: this.specOf(at, sup), sweepMs: this.sweepMs } };
    return { id: idOf(at), start, restart, significant, shutdown, type };
  }

  private plant(path: string, tree: Tree): void {
    this.trees.set(path, tree);
    for (const node of tree.children) this.grow(below(path, node.id), node);
  }

  private grow(path: string, node: Node): void {
    this.nodes.set(path, node);
    if (node.sup !== 'none') this.plant(path, node.sup);
  }
}
