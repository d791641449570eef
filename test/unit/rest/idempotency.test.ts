import { ANSWERS_KEPT_MS, createAnswers, keyOf, messageIdOf } from '../../../src/rest/idempotency';
import { serve } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';

const later = <T>(): { promise: Promise<T>; resolve: (value: T) => void } => {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

test('IDM-1 a repetition while the first is running joins it: one call, one answer', async () => {
  const answers = createAnswers();
  const first = later<{ status: number }>();
  let calls = 0;
  const act = () => {
    calls += 1;
    return first.promise;
  };
  const both = Promise.all([answers.once('k', {}, act), answers.once('k', {}, act)]);
  first.resolve({ status: 201 });
  // whose body is hashed first is the first
  const seen = (await both).map(({ replayed, answer }) => `${String(replayed)} ${String(answer.status)}`);
  expect(seen.sort()).toEqual(['false 201', 'true 201']);
  expect(calls).toBe(1);
});

test('IDM-2 what is not done in time is in progress; another body is a reused key, even meanwhile', async () => {
  const answers = createAnswers({ attachMs: 20 });
  const first = later<{ status: number }>();
  const running = answers.once('k', { a: 1 }, () => first.promise);
  const again = () => answers.once('k', { a: 1 }, () => Promise.resolve({ status: 500 }));
  await expect(again()).rejects.toMatchObject({ code: 'idempotency-in-progress', retryAfterMs: 1_000 });
  await expect(answers.once('k', { a: 2 }, () => first.promise)).rejects.toMatchObject({
    code: 'idempotency-key-reused',
  });
  first.resolve({ status: 200 });
  await running;
  expect(await again()).toEqual({ answer: { status: 200 }, replayed: true });
});

test('IDM-3 the newest answers are kept, the oldest are forgotten first, errors at once', async () => {
  const answers = createAnswers({ kept: 2 });
  const say = (id: string, status: number) => answers.once(id, {}, () => Promise.resolve({ status }));
  for (const id of ['a', 'b', 'c']) await say(id, 200);
  expect((await say('c', 500)).answer.status).toBe(200);
  expect((await say('a', 201)).answer.status).toBe(201);
  await expect(answers.once('d', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect((await say('d', 202)).replayed).toBe(false);
});

test('IDM-3 an answer is kept for a day, and then the key is free again', async () => {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
  const answers = createAnswers();
  const say = async (at: number): Promise<boolean> => {
    clock.mockReturnValue(at);
    return (await answers.once('k', {}, () => Promise.resolve({ status: 200 }))).replayed;
  };
  expect([await say(0), await say(ANSWERS_KEPT_MS - 1), await say(ANSWERS_KEPT_MS)]).toEqual([false, true, false]);
  expect([await say(ANSWERS_KEPT_MS + 1), ANSWERS_KEPT_MS]).toEqual([true, 24 * 3_600_000]);
  clock.mockRestore();
});

test('IDM-4 the scope of a key is its operation: another name, another verb, another message', async () => {
  expect(messageIdOf('post /a:tell', 'k')).not.toBe(messageIdOf('post /b:tell', 'k'));
  expect(messageIdOf('post /a:tell', 'k')).toBe(messageIdOf('post /a:tell', keyOf('"k"')));
  const script = freshScript();
  const http = await serve(scriptedDeps(script));
  const key = { 'Idempotency-Key': 'k' };
  for (const path of ['tally:tell', 't%61lly:tell', 'other:tell']) {
    await http.post(`/v1/spaces/demo/agents/${path}`, { message: 'add' }, key);
  }
  await http.post('/v1/spaces/else/agents/tally:tell', { message: 'add' }, key);
  expect(script.told).toHaveLength(3);
  expect(new Set(script.told.map(({ id }) => id)).size).toBe(3);
  http.close();
});
