import { DEFAULT_FLAGS, MAX_WAITING_REQUESTS, type ChildExit } from '../../../src/contracts/supervisor';
import { child, CRASH, Drive, NORMAL, SHUTDOWN } from '../../support/supervisor/drive';

const abc = [child('a'), child('b'), child('c')];

test('SUP-1: one_for_one, one restart in five seconds, no automatic shutdown', () => {
  expect(new Drive({}, []).state.flags).toEqual(DEFAULT_FLAGS);
  expect(DEFAULT_FLAGS).toEqual({
    strategy: 'one_for_one',
    intensity: 1,
    periodSeconds: 5,
    autoShutdown: 'never',
  });
});

test('SUP-2: a specification is permanent, not significant, a worker with five seconds; a supervisor has all the time', () => {
  const drive = Drive.started({}, [child('a'), child('s', { type: 'supervisor' })]);
  const specOf = (id: string): unknown => drive.ask({ kind: 'get_childspec', id });
  const defaults = { restart: 'permanent', significant: false, start: { kind: 'agent', type: 'worker' } };
  expect(specOf('a')).toEqual({ kind: 'childspec', spec: { id: 'a', ...defaults, shutdown: 5_000, type: 'worker' } });
  expect(specOf('s')).toEqual({
    kind: 'childspec',
    spec: { id: 's', ...defaults, shutdown: 'infinity', type: 'supervisor' },
  });
});

describe('SUP-3: start', () => {
  test('the next child is started only when the start of the previous one returned', () => {
    const drive = new Drive({}, abc);
    expect(drive.take()).toEqual(['start a']);
    drive.step();
    expect(drive.take()).toEqual(['start b']);
    drive.step();
    expect(drive.take()).toEqual(['start c']);
    drive.step();
    expect(drive.take()).toEqual(['ready']);
  });

  test('a failure stops what had started in reverse order and fails with id and reason', () => {
    const drive = new Drive({}, abc);
    drive.settle({ c: ['start-failed'] });
    expect(drive.take()).toEqual(['start a', 'start b', 'start c', 'stop b', 'stop a', 'failed to start c: oops']);
    expect(drive.state.phase).toBe('ended');
  });

  test('ignore keeps the specification without a process; a temporary one is dropped', () => {
    const drive = new Drive({}, [child('a'), child('b', { restart: 'temporary' })]);
    drive.settle({ a: ['ignored'], b: ['ignored'] });
    expect(drive.shape()).toBe('a-');
  });

  test('a child that ends while the others are started is handled when all are', () => {
    const drive = new Drive({}, abc);
    drive.step();
    drive.exit('a');
    expect(drive.take()).toEqual(['start a', 'start b']);
    drive.settle();
    expect(drive.take()).toEqual(['start c', 'ready', 'start a']);
  });

  test('a child that ends before its start returned is not forgotten', () => {
    const drive = new Drive({}, [child('a')]);
    drive.tell({ kind: 'exited', id: 'a', generation: 1, reason: CRASH });
    drive.settle();
    expect(drive.take()).toEqual(['start a', 'ready', 'start a']);
  });
});

describe('SUP-4: restart types', () => {
  const reasons: readonly (readonly [string, ChildExit])[] = [
    ['normal', NORMAL],
    ['shutdown', SHUTDOWN],
    ['{shutdown, term}', { kind: 'shutdown', term: 'done' }],
    ['killed', { kind: 'killed' }],
    ['abnormal', CRASH],
  ];
  test.each(reasons)('a permanent child is restarted after %s', (_name, reason) => {
    const drive = Drive.started({}, [child('a')]);
    drive.exit('a', reason);
    expect(drive.take()).toEqual(['start a']);
  });
  test.each(reasons)('a transient child is restarted after an abnormal end only: %s', (name, reason) => {
    const drive = Drive.started({}, [child('a', { restart: 'transient' })]);
    drive.exit('a', reason);
    expect(drive.take()).toEqual(name === 'killed' || name === 'abnormal' ? ['start a'] : []);
  });
  test.each(reasons)('a temporary child is never restarted and its specification goes: %s', (_name, reason) => {
    const drive = Drive.started({}, [child('a', { restart: 'temporary' })]);
    drive.exit('a', reason);
    expect([drive.take(), drive.shape()]).toEqual([[], '']);
  });
});

describe('SUP-5: intensity', () => {
  const at = (drive: Drive, ms: number): readonly string[] => {
    drive.now = ms;
    drive.exit('a');
    drive.settle();
    return drive.take();
  };

  test('intensity 1 allows one restart, 0 none', () => {
    const one = Drive.started({}, [child('a')]);
    expect([at(one, 1_000_000), at(one, 1_000_000)]).toEqual([['start a'], ['exit shutdown']]);
    expect(at(Drive.started({ intensity: 0 }, [child('a')]), 1_000_000)).toEqual(['exit shutdown']);
  });

  test.each([
    ['one period later counts: the edge is inclusive', 5_999, 'exit shutdown'],
    ['one second more than a period later does not', 6_000, 'start a'],
  ])('a restart %s', (_title, later, expected) => {
    const drive = Drive.started({ periodSeconds: 5 }, [child('a')]);
    expect(at(drive, 1_000_000)).toEqual(['start a']);
    expect(at(drive, 1_000_000 + later)).toEqual([expected]);
  });

  test('whole seconds count, as in OTP: 999 ms more or less do not', () => {
    const drive = Drive.started({ periodSeconds: 5 }, [child('a')]);
    expect(at(drive, 1_000_999)).toEqual(['start a']);
    expect(at(drive, 1_006_000)).toEqual(['start a']);
  });

  test('one failure counts once however many are restarted', () => {
    const drive = Drive.started({ strategy: 'one_for_all' }, abc);
    drive.exit('b');
    drive.settle();
    expect([drive.state.restarts.length, drive.shape()]).toEqual([1, 'a+ b+ c+']);
  });

  test('a failed start is tried again at once, after others had their turn, and each try counts', () => {
    const drive = Drive.started({ intensity: 3 }, [child('a')]);
    drive.exit('a');
    const view = drive.send({ kind: 'which_children' });
    drive.step('start-failed');
    expect(drive.answerOf(view)).toMatchObject({ children: [{ id: 'a', status: 'restarting' }] });
    drive.step('start-failed');
    drive.step('start-failed');
    expect(drive.take()).toEqual(['start a', 'start a', 'start a', 'exit shutdown']);
    expect(drive.said().at(-1)).toBe('gave up: 4th restart in 5 s (a)');
  });

  test('the budget belongs to one supervisor, is said in the log, and is pruned by the window', () => {
    const drive = Drive.started({ intensity: 3, periodSeconds: 10 }, [child('a')]);
    for (const ms of [1_000_000, 1_004_000, 1_030_000, 1_032_000]) at(drive, ms);
    expect(drive.said().filter((line) => line.startsWith('restarted'))).toEqual([
      'restarted a: 1 of 3 in 10 s',
      'restarted a: 2 of 3 in 10 s',
      'restarted a: 1 of 3 in 10 s',
      'restarted a: 2 of 3 in 10 s',
    ]);
    expect(drive.state.restarts).toEqual([1_032, 1_030]);
  });
});

describe('SUP-6: groups', () => {
  const abcd = [child('a'), child('b'), child('t', { restart: 'temporary' }), child('d')];

  test.each([
    ['one_for_one', ['start b'], 'a+ b+ t+ d+'],
    ['rest_for_one', ['stop d', 'stop t', 'start b', 'start d'], 'a+ b+ d+'],
    ['one_for_all', ['stop d', 'stop t', 'stop a', 'start a', 'start b', 'start d'], 'a+ b+ d+'],
  ] as const)('%s stops in reverse order, drops temporary ones, and starts in order', (strategy, order, shape) => {
    const drive = Drive.started({ strategy }, abcd);
    drive.exit('b');
    drive.settle();
    expect([drive.take(), drive.shape()]).toEqual([order, shape]);
  });

  test('what the supervisor stops never counts, reported before or after', () => {
    const drive = Drive.started({ strategy: 'one_for_all' }, abc);
    const before = drive.generation('b');
    drive.exit('a');
    drive.exit('b');
    drive.settle();
    drive.tell({ kind: 'exited', id: 'b', generation: before, reason: CRASH });
    drive.tell({ kind: 'exited', id: 'c', generation: 3, reason: CRASH });
    expect([drive.take(), drive.state.restarts.length]).toEqual([['stop c', 'start a', 'start b', 'start c'], 1]);
  });

  test('the exit of a child may be the answer to its stop', () => {
    const drive = Drive.started({ strategy: 'one_for_all' }, abc);
    drive.exit('a');
    drive.exit('c', SHUTDOWN);
    expect(drive.take()).toEqual(['stop c', 'stop b']);
  });
});

describe('SUP-7: stop', () => {
  test('children are stopped in reverse order, one at a time, each with its own limit', () => {
    const children = [
      child('a', { shutdown: 'brutal_kill' }),
      child('b', { shutdown: 10 }),
      child('c', { shutdown: 'infinity' }),
    ];
    const drive = Drive.started({}, children);
    const limits: unknown[] = [];
    let effects = drive.tell({ kind: 'stop', reason: { kind: 'shutdown', term: 'deploy' } });
    for (const id of ['c', 'b', 'a']) {
      limits.push(...effects.flatMap((each) => (each.kind === 'stop-child' ? [[each.id, each.shutdown]] : [])));
      effects = drive.tell({ kind: 'stopped', id, generation: drive.generation(id) });
    }
    expect(limits).toEqual([
      ['c', 'infinity'],
      ['b', 10],
      ['a', 'brutal_kill'],
    ]);
    expect(drive.take()).toEqual(['stop c', 'stop b', 'stop a', 'exit {shutdown,deploy}']);
  });

  test('the children of simple_one_for_one are stopped in parallel', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one' }, [child('w')]);
    for (const id of ['x', 'y', 'z']) drive.ask({ kind: 'start_child', id });
    drive.take();
    drive.tell({ kind: 'stop', reason: SHUTDOWN });
    expect(drive.take()).toEqual(['stop x', 'stop y', 'stop z']);
    drive.exit('y', SHUTDOWN);
    expect(drive.take()).toEqual([]);
    drive.step();
    expect(drive.take()).toEqual(['exit shutdown']);
  });

  test('requests that wait or come too late are answered, and nothing follows the end', () => {
    const drive = Drive.started({}, abc);
    drive.tell({ kind: 'stop', reason: SHUTDOWN });
    const late = drive.send({ kind: 'count_children' });
    expect(drive.answerOf(late)).toMatchObject({ kind: 'refused', error: 'stopped' });
    drive.settle();
    expect(drive.take().at(-1)).toBe('exit shutdown');
    expect(drive.ask({ kind: 'count_children' })).toMatchObject({ error: 'stopped' });
    drive.tell({ kind: 'stop', reason: SHUTDOWN });
    drive.exit('a');
    expect(drive.take()).toEqual([]);
  });
});

test('SUP-8: a supervisor that gives up stops all of its children, then ends with reason shutdown', () => {
  const drive = Drive.started({ intensity: 0 }, abc);
  drive.exit('b');
  drive.settle();
  expect(drive.take()).toEqual(['stop c', 'stop a', 'exit shutdown']);
});

describe('SUP-9: automatic shutdown', () => {
  const transient = { restart: 'transient', significant: true } as const;
  const temporary = { restart: 'temporary', significant: true } as const;

  test.each([
    ['a transient one that ends normally', transient, NORMAL, ['stop z', 'exit shutdown']],
    ['a transient one that crashes is restarted', transient, CRASH, ['start s']],
    ['a temporary one that crashes', temporary, CRASH, ['stop z', 'exit shutdown']],
    ['a temporary one that ends normally', temporary, NORMAL, ['stop z', 'exit shutdown']],
  ] as const)('any_significant: %s', (_title, more, reason, expected) => {
    const drive = Drive.started({ autoShutdown: 'any_significant' }, [child('s', more), child('z')]);
    drive.exit('s', reason);
    drive.settle();
    expect(drive.take()).toEqual(expected);
  });

  test('all_significant: the last active one', () => {
    const drive = Drive.started({ autoShutdown: 'all_significant' }, [child('s', transient), child('t', temporary)]);
    drive.exit('s', NORMAL);
    expect(drive.take()).toEqual([]);
    drive.exit('t', CRASH);
    expect(drive.take()).toEqual(['exit shutdown']);
  });

  test('only exits of their own accord count: not a stop by the supervisor, not terminate_child', () => {
    const drive = Drive.started({ autoShutdown: 'any_significant' }, [child('s', transient), child('z')]);
    drive.ask({ kind: 'terminate_child', id: 's' });
    expect([drive.take(), drive.shape()]).toEqual([['stop s'], 's- z+']);
  });
});

describe('SUP-10: specifications and requests', () => {
  test('start_child: running, ignored, already_present, already_started, failed', () => {
    const drive = Drive.started({}, [child('a')]);
    expect(drive.ask({ kind: 'start_child', spec: child('b') })).toEqual({ kind: 'started', id: 'b', generation: 2 });
    expect(drive.ask({ kind: 'start_child', spec: child('b') })).toMatchObject({
      error: 'already_started',
      generation: 2,
    });
    drive.ask({ kind: 'terminate_child', id: 'b' });
    expect(drive.ask({ kind: 'start_child', spec: child('b') })).toMatchObject({ error: 'already_present' });
    const ignored = drive.send({ kind: 'start_child', spec: child('c') });
    drive.step('ignored');
    const dropped = drive.send({ kind: 'start_child', spec: child('d', { restart: 'temporary' }) });
    drive.step('ignored');
    const failed = drive.send({ kind: 'start_child', spec: child('e') });
    drive.step('start-failed');
    expect([ignored, dropped, failed].map((each) => drive.answerOf(each))).toEqual([
      { kind: 'ignored', id: 'c' },
      { kind: 'ignored', id: 'd' },
      { kind: 'refused', error: 'failed', message: 'child e could not be started: oops' },
    ]);
    expect(drive.shape()).toBe('a+ b- c-');
  });

  test('restart_child and delete_child: running, restarting, not_found', () => {
    const drive = Drive.started({ intensity: 5 }, [child('a'), child('b')]);
    const requests = ['restart_child', 'delete_child'] as const;
    const answers = (id: string): unknown[] => requests.map((kind) => drive.ask({ kind, id }));
    expect(answers('a')).toMatchObject([{ error: 'running' }, { error: 'running' }]);
    expect(answers('x')).toMatchObject([{ error: 'not_found' }, { error: 'not_found' }]);
    drive.exit('a');
    const waiting = requests.map((kind) => drive.send({ kind, id: 'a' }));
    drive.step('start-failed');
    expect(waiting.map((each) => drive.answerOf(each))).toMatchObject([
      { error: 'restarting' },
      { error: 'restarting' },
    ]);
    drive.settle();
    drive.ask({ kind: 'terminate_child', id: 'b' });
    expect(drive.ask({ kind: 'restart_child', id: 'b' })).toMatchObject({ kind: 'started', id: 'b' });
    drive.ask({ kind: 'terminate_child', id: 'b' });
    expect(drive.ask({ kind: 'delete_child', id: 'b' })).toEqual({ kind: 'ok' });
    expect(drive.shape()).toBe('a+');
  });

  test('a restart_child that fails or is ignored leaves the child without a process', () => {
    const drive = Drive.started({}, [child('a')]);
    drive.ask({ kind: 'terminate_child', id: 'a' });
    const failed = drive.send({ kind: 'restart_child', id: 'a' });
    drive.step('start-failed');
    const ignored = drive.send({ kind: 'restart_child', id: 'a' });
    drive.step('ignored');
    expect([failed, ignored].map((each) => drive.answerOf(each))).toMatchObject([
      { error: 'failed' },
      { kind: 'ignored' },
    ]);
    expect([drive.shape(), drive.state.restarts]).toEqual(['a-', []]);
  });

  test('which_children and count_children', () => {
    const drive = Drive.started({}, [child('a'), child('s', { type: 'supervisor' }), child('b')]);
    drive.ask({ kind: 'terminate_child', id: 'b' });
    expect(drive.ask({ kind: 'which_children' })).toEqual({
      kind: 'children',
      children: [
        { id: 'a', status: 'running', type: 'worker', generation: 1 },
        { id: 's', status: 'running', type: 'supervisor', generation: 2 },
        { id: 'b', status: 'none', type: 'worker' },
      ],
    });
    expect(drive.ask({ kind: 'count_children' })).toMatchObject({
      counts: { specs: 3, active: 2, supervisors: 1, workers: 2 },
    });
  });

  test('simple_one_for_one: children of one template, by id and args; no restart_child, no delete_child', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one', intensity: 5 }, [child('w')]);
    expect(drive.ask({ kind: 'start_child', args: { n: 1 } })).toEqual({ kind: 'started', id: 'w-1', generation: 1 });
    expect(drive.ask({ kind: 'start_child', id: 'x' })).toMatchObject({ id: 'x', generation: 2 });
    expect(drive.ask({ kind: 'start_child', spec: child('y') })).toMatchObject({ error: 'invalid' });
    expect(drive.ask({ kind: 'restart_child', id: 'x' })).toMatchObject({ error: 'simple_one_for_one' });
    expect(drive.ask({ kind: 'delete_child', id: 'x' })).toMatchObject({ error: 'simple_one_for_one' });
    expect(drive.ask({ kind: 'count_children' })).toMatchObject({ counts: { specs: 1, active: 2, workers: 2 } });
    drive.exit('w-1');
    drive.settle();
    expect([drive.shape(), drive.generation('w-1')]).toEqual(['w-1+ x+', 3]);
    expect(drive.state.children[0]?.args).toEqual({ n: 1 });
    drive.ask({ kind: 'terminate_child', id: 'x' });
    expect(drive.shape()).toBe('w-1+');
  });

  test('an ignored restart of a dynamic child leaves no ghost', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one' }, [child('w')]);
    drive.ask({ kind: 'start_child', id: 'x' });
    drive.exit('x');
    drive.settle({ x: ['ignored'] });
    expect(drive.shape()).toBe('');
  });

  test('more requests than may wait are refused, and each is answered once', () => {
    const drive = new Drive({}, [child('a')]);
    const waiting = Array.from({ length: MAX_WAITING_REQUESTS }, () => drive.send({ kind: 'count_children' }));
    expect(drive.ask({ kind: 'count_children' })).toMatchObject({ error: 'busy' });
    drive.settle();
    expect(waiting.filter((each) => drive.answerOf(each)?.kind !== 'counts')).toEqual([]);
  });
});

describe('SUP-11: change of specifications', () => {
  test('nothing is started or stopped; running children keep their identity, removed ones stay behind', () => {
    const drive = Drive.started({}, abc);
    const spec = {
      flags: { strategy: 'one_for_all', intensity: 4 },
      children: [child('d'), child('c', { shutdown: 7 })],
    } as const;
    expect(drive.ask({ kind: 'change', spec })).toEqual({ kind: 'ok' });
    expect([drive.take(), drive.shape(), drive.generation('c')]).toEqual([[], 'd- c+ a+ b+', 3]);
    drive.exit('c');
    drive.settle();
    expect(drive.take()).toEqual(['stop b', 'stop a', 'start d', 'start c', 'start a', 'start b']);
  });

  test('a bad change changes nothing; restarts that were counted stay counted', () => {
    const drive = Drive.started({}, [child('a')]);
    drive.exit('a');
    drive.settle();
    const before = drive.state;
    const twice = { children: [child('a'), child('a')] };
    expect(drive.ask({ kind: 'change', spec: twice })).toMatchObject({
      error: 'invalid',
      problem: { otp: '{duplicate_child_name,a}' },
    });
    const simple = { flags: { strategy: 'simple_one_for_one' }, children: [child('a')] } as const;
    expect(drive.ask({ kind: 'change', spec: simple })).toMatchObject({ error: 'invalid' });
    expect(drive.state).toEqual(before);
    drive.ask({ kind: 'change', spec: { children: [child('a')] } });
    drive.exit('a');
    expect(drive.take().at(-1)).toBe('exit shutdown');
  });

  test('dynamic children follow the new template from their next start on', () => {
    const drive = Drive.started({ strategy: 'simple_one_for_one' }, [child('w')]);
    drive.ask({ kind: 'start_child', id: 'x' });
    const start = { kind: 'agent', type: 'better' };
    const spec = { flags: { strategy: 'simple_one_for_one' }, children: [child('w', { start })] } as const;
    drive.ask({ kind: 'change', spec });
    const effects = drive.tell({ kind: 'exited', id: 'x', generation: 1, reason: CRASH });
    expect(effects.flatMap((each) => (each.kind === 'start-child' ? [each.spec.start] : []))).toEqual([start]);
  });
});
