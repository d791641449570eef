import type { Shutdown } from '../../src/contracts/supervisor';
import type { Call, Event, Node, Outcome, Path, Reason, Sequence, Tree } from './sequence';

/** Random numbers of a seed (mulberry32): the same sequence for the same seed, on every machine. */
class Dice {
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** In [0, 1). */
  unit(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number below `n`. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  chance(part: number): boolean {
    return this.unit() < part;
  }

  pick<T>(list: readonly T[]): T {
    const value = list[this.below(list.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** One of several, by weight. */
  weighted<T>(...choices: readonly (readonly [number, T])[]): T {
    let left = this.unit() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error('no choice');
  }
}

const IDS = ['a', 'b', 'c', 'd', 'e'];
/** Restarts of one sequence fall into one period, unless it waits on purpose. */
const LONG_PERIOD = 1_000;
/** With a wait of this period and more than a second on top: no gap lies within one second of the period. */
const SHORT_PERIOD = 2;
const WAIT_MS = 3_300;
/** What a worker that will not stop is given: real time, in which all that comes in its middle has to happen. */
const STUBBORN_MS = 40;

/** A random tree and what happens to it. @param waits whether time passes; such a sequence takes some seconds on Erlang */
export function generate(seed: number, waits = false): Sequence {
  return new Generator(new Dice(seed), waits).sequence();
}

class Generator {
  private request = 0;
  private readonly workers: Path[] = [];
  private readonly supervisors: Path[] = [[]];
  private readonly simple = new Set<string>();
  private keys = 0;
  /** The count of OTP asks whether a process lives; for one that cut its link ours cannot know. */
  private readonly cuts: boolean;
  /** A stubborn worker needs a time limit, which a change could take away. */
  private readonly stubborn: boolean;
  private hasStubborn = false;
  private root: Tree | undefined;

  private readonly dice: Dice;
  private readonly waits: boolean;

  constructor(dice: Dice, waits: boolean) {
    this.dice = dice;
    this.waits = waits;
    this.cuts = dice.chance(0.05);
    this.stubborn = dice.chance(0.01);
  }

  sequence(): Sequence {
    const { dice } = this;
    const depth = dice.weighted([60, 0], [30, 1], [10, 2]);
    const root = this.tree([], depth);
    this.root = root;
    const scripts = this.scripts();
    const steps: { event: Event }[] = [];
    for (let left = 3 + dice.below(11); left > 0; left--) steps.push({ event: this.event(true) });
    if (this.waits) for (const at of [2, 5]) steps.splice(at, 0, { event: { do: 'wait', ms: WAIT_MS } });
    if (dice.chance(0.8))
      steps.push({ event: { do: 'stop', reason: dice.pick(['shutdown', 'shutdown', 'normal', 'crash']) } });
    const during = this.during();
    return { root, scripts, during, steps };
  }

  private tree(path: Path, depth: number): Tree {
    const { dice } = this;
    const strategy = dice.weighted(
      [30, 'one_for_one' as const],
      [30, 'one_for_all' as const],
      [30, 'rest_for_one' as const],
      [depth === 0 ? 12 : 0, 'simple_one_for_one' as const],
    );
    const isSimple = strategy === 'simple_one_for_one';
    if (isSimple) this.simple.add(path.join('/'));
    const autoShutdown = isSimple
      ? 'never'
      : dice.weighted([50, 'never' as const], [25, 'any_significant' as const], [25, 'all_significant' as const]);
    const count = isSimple ? 1 : dice.weighted([4, 0], [10, 1], [26, 2], [35, 3], [25, 4]);
    const flags = {
      strategy,
      intensity: this.intensity(),
      period: this.waits ? SHORT_PERIOD : LONG_PERIOD,
      autoShutdown,
    };
    const children: Node[] = [];
    for (const id of IDS.slice(0, count)) {
      const isSup = depth > 0 && children.length < 3 && dice.chance(0.5);
      children.push(isSup ? this.below([...path, id], depth, autoShutdown) : this.worker([...path, id], autoShutdown));
    }
    if (dice.chance(0.3)) children.reverse();
    return { ...flags, children };
  }

  private intensity(): number {
    return this.dice.weighted([8, 0], [25, 1], [27, 2], [20, 3], [20, 6]);
  }

  private below(path: Path, depth: number, autoShutdown: Tree['autoShutdown']): Node {
    this.supervisors.push(path);
    const { stops: _, ...node } = this.node(path, autoShutdown);
    const sup = this.tree(path, depth - 1);
    return {
      ...node,
      shutdown: this.dice.chance(0.8) ? 'infinity' : 5_000,
      type: 'supervisor',
      stops: 'shutdown',
      sup,
    };
  }

  private worker(path: Path, autoShutdown: Tree['autoShutdown']): Node {
    if (!this.simple.has(path.slice(0, -1).join('/'))) this.workers.push(path);
    return this.node(path, autoShutdown);
  }

  private node(path: Path, autoShutdown: Tree['autoShutdown'] | 'any'): Node {
    const { dice } = this;
    const restart = dice.weighted([40, 'permanent' as const], [35, 'transient' as const], [25, 'temporary' as const]);
    const mayBeSignificant = autoShutdown !== 'never' && restart !== 'permanent';
    const significant = autoShutdown === 'any' ? dice.chance(0.2) : mayBeSignificant && dice.chance(0.6);
    // One of them at most: two would wait for two timers, side by side.
    const isStubborn = this.stubborn && !this.hasStubborn && dice.chance(0.3);
    if (isStubborn) this.hasStubborn = true;
    return {
      id: path.at(-1) ?? '',
      restart,
      significant,
      shutdown: isStubborn ? STUBBORN_MS : dice.weighted<Shutdown>([75, 5_000], [15, 'brutal_kill'], [10, 'infinity']),
      type: 'worker',
      stops: isStubborn ? 'stubborn' : dice.weighted([80, 'shutdown'], [10, 'normal'], [10, 'crash']),
      sup: 'none',
    };
  }

  private scripts(): Sequence['scripts'] {
    const { dice } = this;
    const paths = [...this.workers, ...this.supervisors.slice(1), ...IDS.slice(3).map((id) => [id])];
    const later = (): Outcome => dice.weighted([45, 'ok'], [32, 'error'], [10, 'ignore'], [13, 'crash']);
    return [...new Map(paths.map((path) => [path.join('/'), path])).values()]
      .filter(() => dice.chance(0.55))
      .map((path) => {
        const first: Outcome = dice.chance(0.94) ? 'ok' : later();
        return [path, [first, ...Array.from({ length: dice.below(6) }, later)]] as const;
      });
  }

  private during(): Sequence['during'] {
    const { dice } = this;
    const places = new Set(Array.from({ length: dice.weighted([30, 0], [30, 2], [40, 6]) }, () => dice.below(28)));
    return [...places].map((at) => [at, Array.from({ length: 1 + dice.below(3) }, () => this.event(false))] as const);
  }

  private event(isStep: boolean): Event {
    const { dice } = this;
    const what = dice.weighted(
      [46, 'exit'],
      [44, 'call'],
      [isStep && !this.stubborn ? 4 : 0, 'change'],
      [isStep ? 2 : 1, 'stop'],
      [this.cuts ? 15 : 0, 'cut'],
    );
    const target = this.workers.length === 0 || dice.chance(0.1) ? [dice.pick(IDS)] : dice.pick(this.workers);
    switch (what) {
      case 'exit':
        return { do: 'exit', path: this.dynamic(target), reason: this.reason() };
      case 'cut':
        return { do: 'cut', path: target };
      case 'stop':
        return { do: 'stop', reason: 'shutdown' };
      case 'change':
        return this.change();
      default: {
        const path = dice.pick(this.supervisors);
        return { do: 'call', path, request: this.request++, call: this.call(path) };
      }
    }
  }

  /** Sometimes a child of a dynamic supervisor instead, if there is one. */
  private dynamic(path: Path): Path {
    if (this.simple.size === 0 || this.keys === 0 || this.dice.chance(0.4)) return path;
    const base = this.dice.pick([...this.simple]);
    return [...(base === '' ? [] : base.split('/')), this.key(this.dice.below(this.keys))];
  }

  private key(number: number): string {
    return `k${String(number)}`;
  }

  private reason(): Reason {
    return this.dice.weighted([50, 'crash'], [15, 'normal'], [10, 'shutdown'], [12, 'shutdown-term'], [13, 'killed']);
  }

  private call(path: Path): Call {
    const { dice } = this;
    const isSimple = this.simple.has(path.join('/'));
    const id = isSimple && this.keys > 0 ? this.key(dice.below(this.keys)) : dice.pick(IDS);
    const kind = dice.weighted(
      [isSimple ? 60 : 22, 'start_child' as const],
      [22, 'restart_child' as const],
      [14, 'delete_child' as const],
      [22, 'terminate_child' as const],
      [7, 'which_children' as const],
      [this.cuts ? 0 : 7, 'count_children' as const],
      [5, 'get_childspec' as const],
    );
    if (kind === 'which_children' || kind === 'count_children') return kind;
    if (kind !== 'start_child') return [kind, id];
    if (isSimple) return ['start_child', this.node([...path, this.key(this.keys++)], 'never')];
    return ['start_child', this.node([...path, dice.pick(IDS)], 'any')];
  }

  /** New flags and a new list of workers for the root; sometimes a bad one. */
  private change(): Event {
    const { dice } = this;
    const isSimple = this.simple.has('');
    const autoShutdown = dice.pick(['never', 'any_significant', 'all_significant'] as const);
    const ids = IDS.filter(() => dice.chance(0.6));
    const children = ids.map((id): Node => {
      const node = this.node([id], dice.chance(0.05) ? 'any' : autoShutdown);
      const before = this.root?.children.find((each) => each.id === id && each.sup !== 'none');
      return before === undefined ? node : { ...before, restart: node.restart, significant: node.significant };
    });
    const strategy = dice.pick(['one_for_one', 'one_for_all', 'rest_for_one'] as const);
    const period = this.waits ? SHORT_PERIOD : LONG_PERIOD;
    const flags = { strategy, intensity: this.intensity(), period, autoShutdown };
    if (isSimple) return { do: 'call', path: [], request: this.request++, call: 'which_children' };
    return { do: 'change', path: [], request: this.request++, node: { ...flags, children } };
  }
}
