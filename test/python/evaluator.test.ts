import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvaluatorActivities } from '../../activities/evaluate';
import { defineEvaluator, type Evaluate } from '../../activities/evaluator-definition';
import { queueSeen } from '../../src/client/deployment';
import type { StudyOptions } from '../../src/client/optimisation';
import { refuse } from '../../src/contracts/errors';
import { HEARTBEAT_MS, WORKER_IDENTITY } from '../../src/contracts/health';
import type { PrunerSpec } from '../../src/contracts/optimisation/pruning';
import { evaluatorQueue, prefixOf } from '../../src/contracts/task-queues';
import { isAlive } from '../../tools/temporal/turn';
import { until } from '../support/kernel/harness';
import { environment, start, type Program } from '../support/processes/program';
import { startProxy } from '../support/proxy';
import { describePython, PACKAGE, python } from '../support/python/environment';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

const EVALUATORS = join(__dirname, '../support/python');
const KINDS = ['thread', 'process', 'loop'] as const;
type Kind = (typeof KINDS)[number];
/** In a process attempts are activities of their own: what one has left must come to the next all the same. */
const OF_KIND: Readonly<Record<Kind, Partial<StudyOptions>>> = {
  thread: {},
  process: { retries: { lost: 2 } },
  loop: {},
};

/** What an evaluator of Python wrote down. */
interface Line {
  readonly study: string;
  readonly kind: Kind;
  readonly what: 'begun' | 'ended' | 'cancelled';
  readonly trial: number;
  readonly attempt: number;
  readonly pid: number;
}

describePython('an evaluator in Python (needs Python 3.10 or newer)', () => {
  let harness: StudiesHarness;
  let folder: string;
  let gate: string;
  let ledgerFile: string;
  const programs: Program[] = [];

  beforeAll(async () => {
    harness = await startStudies('python');
    folder = mkdtempSync(join(tmpdir(), 'mabeam-python-'));
    [gate, ledgerFile] = [join(folder, 'gate'), join(folder, 'ledger')];
    openFor(0);
    appendFileSync(ledgerFile, '');
  }, 60_000);
  afterEach(async () => {
    for (const each of programs) each.signal('SIGCONT');
    for (const each of programs) each.kill();
    await Promise.all(programs.splice(0).map((each) => each.ended));
  });
  afterAll(async () => {
    await harness.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Trials up to this number may end. */
  const openFor = (trials: number): void => {
    writeFileSync(gate, String(trials));
  };
  const ledger = (study: string): readonly Line[] =>
    readFileSync(ledgerFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`${study} `))
      .map((line) => {
        const [, kind, what, trial, attempt, pid] = line.split(' ');
        return { study, kind, what, trial: Number(trial), attempt: Number(attempt), pid: Number(pid) } as Line;
      });
  const lines = (study: string, what: Line['what'], trial?: number): readonly Line[] =>
    ledger(study).filter((line) => line.what === what && (trial === undefined || line.trial === trial));

  /** Starts `python -m mabeam.evaluator` with arguments. */
  const evaluate = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Program => {
    const env = environment('python', {
      TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
      MABEAM_QUEUE_PREFIX: prefixOf(harness.temporal.queues),
      PYTHONPATH: join(PACKAGE, 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
      TEST_GATE: gate,
      TEST_LEDGER: ledgerFile,
      ...more,
    });
    const program = start(python, ['-m', 'mabeam.evaluator', ...args], EVALUATORS, env);
    programs.push(program);
    return program;
  };
  const workers = ['evaluators:in_thread', 'evaluators:in_process', 'evaluators:in_loop', '--activity-slots', '3'];
  const evaluating = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Program> => {
    const program = evaluate(args, more);
    await program.says('polls ');
    return program;
  };
  const asked = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions => ({
    space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
    evaluator,
    minimise: 'loss',
    sampler: 'random',
    seed: 7,
    budget: { trials: 9 },
    parallelism: 3,
    heartbeatMs: 2_000,
    ...more,
  });

  test('STU-1 STU-3 STU-4 a Python worker that is killed in the middle and replaced loses nothing, repeats nothing, and resumes', async () => {
    // given three studies in the middle of trials 4 to 6, their first three accepted
    openFor(3);
    const first = await evaluating(workers);
    const studies = await Promise.all(
      KINDS.map((kind) => harness.studies.start(`killed-${kind}`, asked(`in-${kind}`, OF_KIND[kind]))),
    );
    await until('six trials of each', async () => {
      const views = await Promise.all(studies.map((study) => study.view()));
      const begun = KINDS.every((kind) => lines(`killed-${kind}`, 'begun').length === 6);
      return (begun && views.every(({ account }) => account.complete === 3)) || undefined;
    });
    await until('their checkpoints', async () => {
      const all = await Promise.all(KINDS.map((kind) => checkpoints(`killed-${kind}`)));
      return all.every((each) => each === 3) || undefined;
    });
    // when the worker is killed, and another takes over
    first.kill();
    await first.ended;
    openFor(9);
    await evaluating(workers);
    // then
    const ends = await Promise.all(studies.map((study) => study.finished({ timeoutMs: 30_000 })));
    for (const [at, kind] of KINDS.entries()) {
      const name = `killed-${kind}`;
      const account = { budget: 9, asked: 9, running: 0, complete: 9, failed: 0, cancelled: 0, begunAgain: 3, late: 0 };
      expect(ends[at]).toMatchObject({ state: 'finished', account });
      // nothing is begun again but what was in flight, and all ends once
      for (let trial = 1; trial <= 9; trial += 1) {
        const isHit = trial > 3 && trial <= 6;
        expect([name, trial, lines(name, 'begun', trial).length]).toEqual([name, trial, isHit ? 2 : 1]);
        expect([name, trial, lines(name, 'ended', trial).length]).toEqual([name, trial, 1]);
      }
      const trials = harness.endings(name).toSorted((a, b) => a.number - b.number);
      expect(trials.map(({ measures }) => measures?.['resumed'])).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0]);
      // and the attempts that were lost have left word of themselves
      const tries = trials.map(({ tries: all = [] }) => all.map(({ attempt, threw }) => [attempt, threw ?? false]));
      const lost = [
        [1, false],
        [2, false],
      ];
      expect(tries).toEqual([[], [], [], lost, lost, lost, [], [], []]);
      for (const { configuration, measures } of trials)
        expect(measures?.['loss']).toBe(Number(configuration['x']) ** 2);
    }
    // and no process of the killed one's pool lives on
    const orphans = lines('killed-process', 'begun').filter(({ attempt, trial }) => attempt === 1 && trial <= 6);
    expect(new Set(orphans.map(({ pid }) => pid)).size).toBe(3);
    await until('the end of its processes', () => orphans.every(({ pid }) => !isAlive(pid)) || undefined);
  });

  /** How many running evaluations of a study have a checkpoint on the server. */
  const checkpoints = async (study: string): Promise<number> => {
    const { client, space } = harness.temporal;
    const { raw } = await client.workflow.getHandle(`${space}:study:${study}`).describe();
    const details = (raw.pendingActivities ?? []).map(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0]?.data);
    return details.filter((data) => data !== undefined && data !== null && Buffer.from(data).includes('"at"')).length;
  };

  test('STU-1 a stop that cancels is heard in thread, process and event loop', async () => {
    openFor(0);
    await evaluating(workers);
    const one = { budget: { trials: 1 } };
    const studies = await Promise.all(
      KINDS.map((kind) => harness.studies.start(`stopped-${kind}`, asked(`in-${kind}`, one))),
    );
    await until('the trials', () => KINDS.every((kind) => lines(`stopped-${kind}`, 'begun').length === 1) || undefined);
    await Promise.all(studies.map((study) => study.stop({ running: 'cancel' })));
    const ends = await Promise.all(studies.map((study) => study.finished({ timeoutMs: 20_000 })));
    expect(ends.map(({ account }) => account.cancelled)).toEqual([1, 1, 1]);
    await until(
      'all to be told',
      () => KINDS.every((kind) => lines(`stopped-${kind}`, 'cancelled').length === 1) || undefined,
    );
  });

  test('a Python worker that is told to stop finishes what it has begun, and ends with 0', async () => {
    openFor(0);
    const worker = await evaluating(workers);
    const studies = await Promise.all(
      KINDS.map((kind) => harness.studies.start(`drained-${kind}`, asked(`in-${kind}`, { budget: { trials: 2 } }))),
    );
    await until('the trials', () => KINDS.every((kind) => lines(`drained-${kind}`, 'begun').length === 2) || undefined);
    worker.signal('SIGTERM');
    await worker.says('stopping');
    openFor(9);
    expect(await worker.ended).toBe(0);
    const ends = await Promise.all(studies.map((study) => study.finished({ timeoutMs: 20_000 })));
    for (const { account } of ends) expect(account).toMatchObject({ complete: 2, begunAgain: 0 });
  });

  test('a second signal ends it at once, and its pool with it', async () => {
    openFor(0);
    const worker = await evaluating(['evaluators:in_process']);
    const study = await harness.studies.start('interrupted', asked('in-process', { budget: { trials: 1 } }));
    await until('the trial', () => lines('interrupted', 'begun').length === 1 || undefined);
    worker.interrupt();
    await worker.says('stopping');
    worker.interrupt();
    expect(await worker.ended).toBe(130);
    await until('its process to end', () => !isAlive(lines('interrupted', 'begun')[0]?.pid ?? 0) || undefined);
    await study.stop({ running: 'cancel' });
  });

  test('STU-2 a Python worker that was paused for longer than its heartbeat neither crashes nor counts twice', async () => {
    let hasCome = false;
    const worker = await evaluating(['evaluators:paused', '--activity-slots', '1']);
    const study = await harness.studies.start(
      'paused',
      asked('paused', { budget: { trials: 2 }, parallelism: 1, heartbeatMs: 1_000 }),
    );
    await until('the first attempt', () => lines('paused', 'begun').length === 1 || undefined);
    worker.signal('SIGSTOP');
    // its second trial ends when the worker has come back
    await harness.evaluator('paused', async ({ trial, signal }) => {
      if (trial === 2) await until('the late outcome', () => hasCome || signal.aborted || undefined);
      return { loss: trial };
    });
    await until('the other to end the trial', async () => (await study.view()).account.complete > 0 || undefined);
    worker.signal('SIGCONT');
    const view = await until('the late outcome', async () => {
      const now = await study.view();
      return now.account.late > 0 ? now : undefined;
    });
    expect(view.late).toMatchObject([{ trial: 1, attempt: 1, measures: { loss: -1 } }]);
    expect(view.recent).toMatchObject([{ number: 1, attempts: 2, measures: { loss: 1 } }]);
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
    hasCome = true;
    expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ complete: 2, failed: 0 });
  });

  test('STU-2 STU-3 what a Python worker found while it could not reach the server ends its trial when it can; it is not evaluated again', async () => {
    const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
    const proxy = await startProxy(address);
    try {
      const queue = evaluatorQueue('cut', prefixOf(harness.temporal.queues));
      const worker = await evaluating(['evaluators:paused', '--queue', queue], { TEMPORAL_ADDRESS: proxy.address });
      const one = { budget: { trials: 1 }, parallelism: 1, heartbeatMs: 1_000 };
      const study = await harness.studies.start('cut', asked('cut', one));
      await until('the first attempt', () => lines('cut', 'begun').length === 1 || undefined);
      proxy.cut();
      await until('the server to give it up', async () => {
        const { raw } = await harness.temporal.client.workflow.getHandle(study.workflowId).describe();
        return raw.pendingActivities?.[0]?.attempt === 2 || undefined;
      });
      proxy.heal();
      const { account } = await study.finished({ timeoutMs: 20_000 });
      expect(account).toMatchObject({ complete: 1, begunAgain: 0, late: 0 });
      expect(harness.endings('cut')).toMatchObject([{ attempts: 1, measures: { loss: -1 } }]);
      expect(lines('cut', 'begun')).toHaveLength(1);
      worker.signal('SIGTERM');
      expect(await worker.ended).toBe(0);
    } finally {
      await proxy.close();
    }
  });

  /** The trials of a study as any evaluator could have ended them. */
  const comparable = (study: string) =>
    harness
      .endings(study)
      .toSorted((a, b) => a.number - b.number)
      .map(({ worker, tries: _told, askedAt: _asked, endedAt: _ended, ...rest }) => ({ ...rest, hasWorker: !!worker }));

  test('whatever it answers or raises ends the trial as the same answer does in TypeScript', async () => {
    const choices = ['nan', 'infinite', 'text', 'bare', 'misnamed', 'raises', 'refuses', 'fine'];
    const request = (evaluator: string): StudyOptions => ({
      space: { dimensions: { does: { kind: 'categorical', choices } } },
      evaluator,
      minimise: 'loss',
      sampler: 'grid',
      seed: 7,
      budget: { trials: choices.length },
      attempts: 2,
    });
    const twin = defineEvaluator('twin', ({ params: { does } }) => {
      if (does === 'raises') throw new Error('ValueError: odd');
      if (does === 'refuses') return refuse('constraint-broken', 'too odd');
      if (does === 'bare') return 0.5 as never;
      if (does === 'misnamed') return { other: 0.5 };
      const values: Readonly<Record<string, unknown>> = { nan: NaN, infinite: Infinity, text: '0.5', fine: 1 };
      return { loss: values[String(does)] as number };
    });
    await harness.activities('twin', createEvaluatorActivities(twin, { worker: 'here' }));
    // all but one of the trials fail, and none of them is the worker's fault
    await evaluating(['evaluators:odd', '--break-after', '0']);
    const endings = await Promise.all(
      ['odd', 'twin'].map(async (evaluator) => {
        const study = await harness.studies.start(`answers-${evaluator}`, request(evaluator));
        await study.finished({ timeoutMs: 30_000 });
        return comparable(`answers-${evaluator}`);
      }),
    );
    expect(endings[0]).toHaveLength(choices.length);
    expect(endings[0]).toEqual(endings[1]);
    expect(endings[0]?.filter(({ state }) => state === 'failed')).toHaveLength(choices.length - 1);
  });

  test('what it reports and spends is judged and booked as the same of an evaluator in TypeScript is, in thread, process and event loop', async () => {
    // given curves that get worse from trial to trial, each third of which fails once behind its rung
    const curves: Evaluate = async (given) => {
      const { params, trial, attempt, report, spend, shouldStop, checkpoint, resume, attribute } = given;
      attribute('attempt', attempt);
      attribute('words', 'über 0.5');
      if (attempt === 1) attribute('only.first', true);
      for (let step = ((resume() as number | undefined) ?? 0) + 1; step <= 4; step++) {
        report(step, trial / step);
        spend(0.25);
        if (await shouldStop()) return 'pruned';
        checkpoint(step);
        if (params['dies'] === true && attempt === 1 && step === 3) throw new Error('ValueError: in the middle');
      }
      return { loss: trial };
    };
    await harness.evaluator('curve-twin', curves);
    await evaluating(['evaluators:curve_thread', 'evaluators:curve_process', 'evaluators:curve_loop']);
    const halving = { kind: 'halving', minResource: 2, reductionFactor: 2 } as const;
    const request = (evaluator: string, pruner: PrunerSpec): StudyOptions => ({
      space: { dimensions: { dies: { kind: 'boolean' } } },
      evaluator,
      minimise: 'loss',
      sampler: 'random',
      seed: 7,
      budget: { trials: 6, cost: 12, costPerTrial: 2 },
      parallelism: 1,
      pruner,
      reportMs: 60_000,
    });
    const endingsOf = (name: string, pruner: PrunerSpec) =>
      Promise.all(
        ['twin', ...KINDS].map(async (kind) => {
          const study = await harness.studies.start(`${name}-${kind}`, request(`curve-${kind}`, pruner));
          await study.finished({ timeoutMs: 30_000 });
          return comparable(`${name}-${kind}`).map(({ waits = [], ...rest }) => ({
            ...rest,
            waited: waits.map(({ rung, until: at }) => [rung, at !== undefined]),
          }));
        }),
      );
    // when
    const [[twin, ...python], [promoted, ...inPython]] = await Promise.all([
      endingsOf('curves', halving),
      endingsOf('promoted', { ...halving, promote: true, maxResource: 4 }),
    ]);
    // then
    expect(twin?.map(({ state }) => state)).toEqual(['complete', ...Array.from({ length: 5 }, () => 'pruned')]);
    expect(twin?.map(({ cost }) => cost)).toEqual([1, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(twin?.[0]).toMatchObject({ attempts: 2, reports: { steps: [1, 2, 3, 4], values: [1, 0.5, 1 / 3, 0.25] } });
    expect(twin?.[0]?.attributes).toEqual({ attempt: 2, words: 'über 0.5' });
    expect(twin?.[1]?.attributes).toEqual({ attempt: 1, words: 'über 0.5', 'only.first': true });
    expect(python).toEqual([twin, twin, twin]);
    // and when what does not pass a rung waits there, the better half goes on from its checkpoint
    expect(promoted?.map(({ state, waited }) => [state, waited])).toEqual([
      ...Array.from({ length: 3 }, () => ['complete', [[0, true]]]),
      ...Array.from({ length: 3 }, () => ['pruned', [[0, false]]]),
    ]);
    // step 2 was not in the checkpoint: it is done, and paid, again
    expect(promoted?.map(({ cost }) => cost)).toEqual([1.25, 1.25, 1.25, 0.5, 0.5, 0.5]);
    expect(promoted?.[0]).toMatchObject({
      attempts: 2,
      reports: { steps: [1, 2, 3, 4], values: [1, 0.5, 1 / 3, 0.25] },
    });
    expect(inPython).toEqual([promoted, promoted, promoted]);
  });

  test('it goes on from the checkpoint of the trial that it descends from, as one in TypeScript does, and from its own after a failure', async () => {
    // given a training that adds up its configurations, and fails once in the middle
    await harness.evaluator('train-twin', ({ params, trial, attempt, checkpoint, resume }) => {
      const before = (resume() ?? { sum: 0, of: [] }) as { readonly sum: number; readonly of: readonly number[] };
      let now = { sum: before.sum + Number(params['x']), of: [...before.of, trial] };
      checkpoint(now);
      if (attempt === 1 && trial === 5) throw new Error('in the middle');
      if (attempt === 2) checkpoint((now = { ...now, of: now.of.slice(0, -1) }));
      return { loss: -now.sum, intervals: now.of.length };
    });
    await evaluating(['evaluators:train_thread', 'evaluators:train_process', 'evaluators:train_loop']);
    const endings = await Promise.all(
      ['twin', ...KINDS].map(async (kind) => {
        const pbt = {
          sampler: 'pbt',
          samplerOptions: { population: 3 },
          parallelism: 1,
          budget: { trials: 12 },
        } as const;
        const study = await harness.studies.start(`trained-${kind}`, asked(`train-${kind}`, pbt));
        await study.finished({ timeoutMs: 30_000 });
        return comparable(`trained-${kind}`);
      }),
    );
    const [twin = [], ...python] = endings;
    // each has been trained with all that its line has, and says so
    const lineOf = (number: number): readonly number[] => {
      const from = twin[number - 1]?.lineage?.from;
      return from === undefined ? [number] : [...lineOf(from), number];
    };
    expect(twin[4]?.attempts).toBe(2);
    for (const { number, checkpoint, measures, lineage } of twin) {
      expect([number, (checkpoint as { of: unknown }).of]).toEqual([number, lineOf(number)]);
      expect(measures?.['intervals']).toBe((lineage?.generation ?? NaN) + 1);
    }
    expect(twin.some(({ lineage }) => lineage?.how === 'exploit')).toBe(true);
    expect(python).toEqual([twin, twin, twin]);
  });

  test('STU-4 a Python worker that fails one trial after the other is out, says so, and comes back when one is well', async () => {
    openFor(0);
    const worker = await evaluating([
      'evaluators:sick',
      '--activity-slots',
      '1',
      '--break-after',
      '3',
      '--cool-down-seconds',
      '1',
    ]);
    const study = await harness.studies.start('sick', asked('sick', { attempts: 2, parallelism: 2 }));
    const [out] = await until('it to be out', async () => (await study.view()).workersOut);
    expect(out).toMatchObject({ failures: 3, last: 'OSError: no space left on the disk' });
    expect(out?.worker).toMatch(new RegExp(`/${String(worker.pid)}$`));
    await worker.says('the worker is taken out after 3 failures in a row, last: OSError');
    await until('it to fail its one trial', () => lines('sick', 'begun').length > 3 || undefined);
    openFor(9);
    const { account } = await study.finished({ timeoutMs: 30_000 });
    expect(account.failed).toBeLessThanOrEqual(3);
    expect(account.complete).toBe(9 - account.failed);
    expect(lines('sick', 'begun')).toHaveLength(9 + account.begunAgain);
    expect((await study.view()).workersOut).toBeUndefined();
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  test('what it says at its start: who, where, which queue, that it lives, and that a server does not answer', async () => {
    const worker = await evaluating(['evaluators:odd', '--queue', 'a-queue-of-its-own', '--activity-slots', '2']);
    expect(worker.log()).toMatchObject([
      { level: 'info', name: 'mabeam-evaluator', worker: expect.stringMatching(/^.+\/\d+$/) as string },
      { msg: 'polls a-queue-of-its-own', evaluator: 'odd', runsIn: 'thread', slots: 2 },
    ]);
    expect(worker.err()).toContain('(namespace default)');
    // and it tells the server that it lives as often as ours do
    const { client } = harness.temporal;
    const seen = await until('its second heartbeat', async () => {
      const { workers: all } = await queueSeen(client, 'a-queue-of-its-own', 'evaluations');
      return all.find(({ identity, betweenMs = 0 }) => identity.includes(`${String(worker.pid)}@`) && betweenMs > 0);
    });
    expect(seen.identity.startsWith(WORKER_IDENTITY)).toBe(true);
    expect(seen.betweenMs).toBeLessThan(2 * HEARTBEAT_MS);
    const lonely = evaluate(['evaluators:odd', '--address', '127.0.0.1:1']);
    await lonely.says('waiting for the Temporal server');
    lonely.signal('SIGTERM');
    expect(await lonely.ended).toBe(0);
  });

  test('STU-3 a Python worker that was paused with a trial that it had not begun does not begin it when another has ended it', async () => {
    // given a worker that waits for a trial
    openFor(9);
    const worker = await evaluating(['evaluators:in_loop', '--activity-slots', '1']);
    const { client, space, queues } = harness.temporal;
    const queue = evaluatorQueue('in-loop', prefixOf(queues));
    await until('its poll', async () => {
      const { workers: all } = await queueSeen(client, queue, 'evaluations');
      return all.some(({ identity }) => identity.includes(`${String(worker.pid)}@`)) || undefined;
    });
    // when it is paused, is given a trial, and another ends that
    worker.signal('SIGSTOP');
    const study = await harness.studies.start(
      'given',
      asked('in-loop', { budget: { trials: 1 }, parallelism: 1, heartbeatMs: 1_000 }),
    );
    await until('the trial to be given to it', async () => {
      const { raw } = await client.workflow.getHandle(`${space}:study:given`).describe();
      return (raw.pendingActivities?.[0]?.lastStartedTime ?? null) !== null || undefined;
    });
    const other = await harness.evaluator('in-loop', () => ({ loss: 1 }));
    const { account } = await study.finished({ timeoutMs: 20_000 });
    expect(account).toMatchObject({ complete: 1, begunAgain: 1 });
    worker.signal('SIGCONT');
    // then it goes on, without the trial
    await worker.says('the attempt was replaced before it began');
    expect(lines('given', 'begun')).toEqual([]);
    await other.close();
  });

  test.each([
    [['evaluators:nothing'], 'invalid-definition', 'there is no nothing in evaluators; its evaluators are in_thread'],
    [['evaluators:GATE'], 'invalid-definition', 'evaluators:GATE cannot be called'],
    [['evaluators:work'], 'invalid-definition', 'evaluators:work is no evaluator: decorate it with @evaluator("NAME")'],
    [['nowhere:train'], 'invalid-definition', 'there is no module nowhere'],
    [['evaluators', '--queue', 'q'], 'invalid-definition', '--queue is for one evaluator; got in-thread, in-process'],
    [['evaluators:odd', '--address', 'x'], 'invalid-request', '--address: expected host:port; got "x"'],
    [[], 'invalid-request', 'the following arguments are required: module:function'],
  ])('%j is refused with exit code 2', async (args, code, message) => {
    const program = evaluate(args);
    expect(await program.ended).toBe(2);
    expect(program.log()).toMatchObject([{ level: 'error', code, msg: expect.stringContaining(message) as string }]);
  });
});
