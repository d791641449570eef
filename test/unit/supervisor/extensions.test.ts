import { MAX_CHILDREN, type BackOff } from '../../../src/contracts/supervisor';
import { backOffMs } from '../../../src/domain/supervisor/back-off';
import { child, CRASH, Drive, NORMAL } from '../../support/supervisor/drive';

const plain: BackOff = { initialMs: 100, maxMs: 1_000, jitter: 0, resetMs: 10_000, seed: 7 };

describe('back-off', () => {
  test('waits double from initialMs to maxMs, and begin again after a child ran for resetMs', () => {
    const drive = Drive.started({ intensity: 100, backOff: plain }, [child('a')]);
    const waits: string[] = [];
    const crash = (ranMs: number): void => {
      drive.now += ranMs;
      const { generation } = { generation: drive.generation('a') };
      drive.exit('a');
      waits.push(...drive.take());
      drive.tell({ kind: 'retry-due', id: 'a', generation });
      drive.settle();
      drive.take();
    };
    for (const ran of [0, 0, 0, 0, 0, 9_999, 10_000]) crash(ran);
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 100].map((ms) => `retry a after ${String(ms)}`));
  });

  test('the child is restarting while it waits: requests see that, and terminate_child cancels it', () => {
    const drive = Drive.started({ backOff: plain }, [child('a')]);
    drive.exit('a');
    expect(drive.shape()).toBe('a~');
    expect(drive.ask({ kind: 'restart_child', id: 'a' })).toMatchObject({ error: 'restarting' });
    drive.ask({ kind: 'terminate_child', id: 'a' });
    drive.tell({ kind: 'retry-due', id: 'a', generation: 1 });
    expect([drive.shape(), drive.take()]).toEqual(['a-', ['retry a after 100']]);
  });

  test('a restart is counted when its wait is over; a failed start waits, too', () => {
    const drive = Drive.started({ backOff: plain, intensity: 1 }, [child('a')]);
    drive.exit('a');
    expect(drive.state.restarts).toEqual([]);
    drive.tell({ kind: 'retry-due', id: 'a', generation: 1 });
    drive.step('start-failed');
    expect(drive.take()).toEqual(['retry a after 100', 'start a', 'retry a after 200']);
    drive.tell({ kind: 'retry-due', id: 'a', generation: 2 });
    expect(drive.take()).toEqual(['exit shutdown']);
  });

  test('jitter spreads by seed, child and attempt, stays within its part, and repeats', () => {
    const spread = { ...plain, jitter: 0.5 };
    const waits = Array.from({ length: 200 }, (_, at) => backOffMs({ ...spread, seed: at }, 'a', 1));
    expect([Math.min(...waits) >= 50, Math.max(...waits) <= 150, new Set(waits).size > 50]).toEqual([true, true, true]);
    expect(waits.reduce((sum, each) => sum + each) / waits.length).toBeCloseTo(100, -1);
    expect(backOffMs(spread, 'a', 3)).toBe(backOffMs(spread, 'a', 3));
    expect(backOffMs(spread, 'a', 1)).not.toBe(backOffMs(spread, 'b', 1));
    expect(backOffMs(plain, 'a', 5_000)).toBe(1_000);
  });
});

describe('maxChildren', () => {
  test('at the limit a child is taken, one more is refused, and one that left makes room', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one', maxChildren: 2 }, [
      child('w', { restart: 'temporary' }),
    ]);
    expect(drive.ask({ kind: 'start_child', id: 'x' })).toMatchObject({ kind: 'started' });
    expect(drive.ask({ kind: 'start_child', id: 'y' })).toMatchObject({ kind: 'started' });
    expect(drive.ask({ kind: 'start_child', id: 'z' })).toMatchObject({ error: 'max-children' });
    expect(drive.ask({ kind: 'adopt', id: 'z' })).toMatchObject({ error: 'max-children' });
    drive.exit('x', NORMAL);
    expect(drive.ask({ kind: 'start_child', id: 'z' })).toMatchObject({ kind: 'started' });
  });

  test('without it the limit is MAX_CHILDREN', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one' }, [child('w')]);
    drive.ask({ kind: 'start_child', id: 'x' });
    const [one] = drive.state.children;
    if (one === undefined) throw new Error('x was not started');
    const full = (count: number): unknown => {
      const children = Array.from({ length: count }, (_, at) => ({
        ...one,
        spec: { ...one.spec, id: `x${String(at)}` },
      }));
      drive.state = { ...drive.state, children };
      return drive.ask({ kind: 'start_child', id: 'more' });
    };
    expect(full(MAX_CHILDREN)).toMatchObject({ error: 'max-children' });
    expect(full(MAX_CHILDREN - 1)).toMatchObject({ kind: 'started' });
  });
});

describe('quarantine', () => {
  const flags = { intensity: 1, quarantine: { restarts: 1, periodSeconds: 60 } } as const;

  test('a child that keeps failing is parked with its last failure, and the others run on', () => {
    const drive = Drive.started({ ...flags, strategy: 'one_for_all' }, [child('a'), child('b')]);
    drive.exit('a', CRASH);
    drive.settle();
    drive.take();
    drive.exit('a', { kind: 'abnormal', text: 'again' });
    expect([drive.take(), drive.shape()]).toEqual([[], 'a! b+']);
    expect(drive.ask({ kind: 'which_children' })).toMatchObject({
      children: [
        { id: 'a', status: 'quarantined', lastFailure: { text: 'again', at: drive.now } },
        { status: 'running' },
      ],
    });
    expect(drive.said().at(-1)).toBe('a is in quarantine: again');
  });

  test('it stays there through group restarts until it is released, which forgets its failures', () => {
    const drive = Drive.started({ ...flags, intensity: 9, strategy: 'one_for_all' }, [child('a'), child('b')]);
    for (const _ of [1, 2]) {
      drive.exit('a');
      drive.settle();
    }
    drive.exit('b');
    drive.settle();
    expect(drive.shape()).toBe('a! b+');
    expect(drive.ask({ kind: 'restart_child', id: 'a' })).toMatchObject({ error: 'quarantined' });
    drive.ask({ kind: 'terminate_child', id: 'a' });
    expect(drive.shape()).toBe('a! b+');
    expect(drive.ask({ kind: 'release', id: 'a' })).toMatchObject({ kind: 'started', id: 'a' });
    expect(drive.ask({ kind: 'release', id: 'a' })).toMatchObject({ error: 'running' });
    drive.exit('a');
    drive.settle();
    expect(drive.shape()).toBe('a+ b+');
    drive.ask({ kind: 'terminate_child', id: 'a' });
    expect(drive.ask({ kind: 'release', id: 'a' })).toMatchObject({ error: 'not-quarantined' });
  });

  test('failures that are older than its period do not count, and failed starts do', () => {
    const drive = Drive.started({ ...flags, intensity: 9 }, [child('a'), child('b')]);
    drive.exit('a');
    drive.settle();
    drive.now += 61_000;
    drive.exit('a');
    expect(drive.shape()).not.toContain('!');
    drive.step('start-failed');
    expect(drive.shape()).toBe('a! b+');
    expect(drive.ask({ kind: 'delete_child', id: 'a' })).toEqual({ kind: 'ok' });
  });

  test('a dynamic child can be released, too', () => {
    const drive = Drive.started({ ...flags, strategy: 'simple_one_for_one' }, [child('w')]);
    drive.ask({ kind: 'start_child', id: 'x', args: 3 });
    for (const _ of [1, 2]) {
      drive.exit('x');
      drive.settle();
    }
    expect(drive.shape()).toBe('x!');
    expect(drive.ask({ kind: 'release', id: 'x' })).toMatchObject({ kind: 'started' });
    expect(drive.state.children[0]?.args).toBe(3);
  });
});

describe('adopt', () => {
  test('a child that runs already is taken in without a start, then supervised like the others', () => {
    const drive = Drive.started({}, [child('a')]);
    expect(drive.ask({ kind: 'adopt', spec: child('b') })).toEqual({ kind: 'started', id: 'b', generation: 2 });
    expect(drive.ask({ kind: 'adopt', spec: child('b') })).toMatchObject({ error: 'already_started', generation: 2 });
    expect(drive.take()).toEqual([]);
    drive.exit('b');
    expect(drive.take()).toEqual(['start b']);
  });
});
