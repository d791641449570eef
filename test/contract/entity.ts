import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Temporal } from '../../src/client/temporal';
import {
  deadLettersQuery,
  renewSignal,
  replayDeadLetterUpdate,
  statusQuery,
  type DeadLetter,
  type EntityLimits,
  type EntityStatus,
  type Message,
  type Reply,
} from '../../src/contracts/entity';
import { until } from '../support/kernel/harness';

/** What the suite needs to know of a kind of entities. */
export interface EntitySubject {
  readonly temporal: Temporal;
  /** Starts a fresh entity. @returns its workflow id */
  start(limits?: Partial<EntityLimits>): Promise<string>;
  /**
   * An update that has one effect each time it is done; `args(n)` differ by n, and may differ by request. One that `ends` the
   * entity is done once in a life and counts for no effect: senders use the notice then.
   */
  readonly command: { readonly name: string; readonly ends?: true; args(n: number, requestId: string): unknown };
  /** A signal that has one effect each time it is taken, and arguments that its parser refuses. */
  readonly notice?: { readonly name: string; args(n: number, requestId: string): unknown; readonly wrong: unknown };
  /** How many messages had an effect, by a way of its own: not by the kernel's counts. */
  effects(id: string): Promise<number>;
}

const RENEWALS = 10;
/** Messages of one sender between two renewals, at most. */
const SENT_PER_RENEWAL = 8;
const SENDERS = 4;

type Send = (id: string, n: number, requestId: string) => Promise<unknown>;

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}

/** A signal whose payload is what a careless client might send. */
async function rawSignal(temporal: Temporal, id: string, name: string, data: string, encoding?: string): Promise<void> {
  await temporal.client.workflowService.signalWorkflowExecution({
    namespace: temporal.client.options.namespace,
    workflowExecution: { workflowId: id },
    signalName: name,
    input: {
      payloads: [
        { metadata: encoding === undefined ? {} : { encoding: Buffer.from(encoding) }, data: Buffer.from(data) },
      ],
    },
  });
}

/** The promises that every long-lived thing keeps, whatever it is. Name a kind here and it is tested. */
export function entityConformance(name: string, factory: () => Promise<EntitySubject>): void {
  describe(`${name} keeps the promises of every entity`, () => {
    let subject: EntitySubject;
    let ask: Send;
    let tell: Send;
    /** An ask, or a tell that is waited for where an ask would end the entity. */
    let act: Send;
    const status = (id: string): Promise<EntityStatus> => subject.temporal.look(id, statusQuery);
    const letters = (id: string): Promise<readonly DeadLetter[]> => subject.temporal.look(id, deadLettersQuery);
    const renew = async (id: string): Promise<void> => {
      const { renewals } = (await status(id)).counts;
      await subject.temporal.client.workflow.getHandle(id).signal(renewSignal);
      await until('a renewal', async () => ((await status(id)).counts.renewals > renewals ? true : undefined));
    };

    beforeAll(async () => {
      subject = await factory();
      const { temporal, command, notice } = subject;
      const update = defineUpdate<Reply, [Message]>(command.name);
      ask = (id, n, requestId) => temporal.call(id, update, command.args(n, requestId), { requestId });
      const signal = notice === undefined ? undefined : defineSignal<[Message]>(notice.name);
      tell = async (id, n, requestId) => {
        if (signal === undefined || notice === undefined) return ask(id, n, requestId);
        return temporal.tell(id, signal, notice.args(n, requestId), { requestId });
      };
      act = async (id, n, requestId) => {
        if (command.ends !== true) return ask(id, n, requestId);
        const taken = async (): Promise<number> => {
          const { counts } = await status(id);
          return counts.accepted + counts.repeated;
        };
        const before = await taken();
        await tell(id, n, requestId);
        return until('the message to be taken', async () => ((await taken()) > before ? null : undefined));
      };
    });

    test('AGT-1 AGT-2 nothing is lost and nothing is done twice over ten renewals under concurrent senders', async () => {
      // given an entity and four senders that repeat every third message, as a client does after a lost answer
      const id = await subject.start();
      let isRenewing = true;
      let renewed = 0;
      let sent = 0;
      const sender = async (which: number): Promise<void> => {
        for (let n = 0; isRenewing || n < 10; n++) {
          // Not so far ahead of slow renewals that a ballot would run out of voters.
          const isAhead = (): boolean => isRenewing && n >= SENT_PER_RENEWAL * (renewed + 1);
          if (isAhead()) await until('a renewal', () => (isAhead() ? undefined : true));
          const requestId = `s${String(which)}-${String(n)}`;
          const send = n % 2 === 0 ? act : tell;
          await send(id, n, requestId);
          sent += 1;
          if (n % 3 === 0) await send(id, n, requestId);
        }
      };
      const senders = Array.from({ length: SENDERS }, (_each, which) => sender(which));
      // when it is renewed ten times while they send
      for (; renewed < RENEWALS; renewed++) await renew(id);
      isRenewing = false;
      await Promise.all(senders);
      // then each message had one effect
      await until('the last message', async () => ((await subject.effects(id)) >= sent ? true : undefined));
      expect(await subject.effects(id)).toBe(sent);
      const { counts, mailbox } = await status(id);
      expect(counts.accepted).toBe(sent);
      expect(counts.renewals).toBeGreaterThanOrEqual(RENEWALS);
      expect({ mailbox, deadLetters: counts.deadLetters }).toEqual({ mailbox: 0, deadLetters: 0 });
    });

    test('a repeated request answers the same, before and after a renewal, and has one effect', async () => {
      const id = await subject.start();
      const first = await act(id, 1, 'once');
      const again = await act(id, 1, 'once');
      await renew(id);
      const later = await act(id, 1, 'once');
      expect(again).toEqual(first);
      expect(later).toEqual(first);
      expect(await subject.effects(id)).toBe(1);
      expect((await status(id)).counts).toMatchObject({ accepted: 1 });
      if (subject.command.ends !== true) return;
      const answer = await ask(id, 2, 'twice');
      expect(await ask(id, 2, 'twice')).toEqual(answer);
    });

    test('a request id that was used with another body is refused, before and after a renewal', async () => {
      const id = await subject.start();
      const { ends } = subject.command;
      await ask(id, 1, 'taken');
      expect(await codeOf(ask(id, 2, 'taken'))).toBe('idempotency-key-reused');
      if (ends !== true) await renew(id);
      expect(await codeOf(ask(id, 2, 'taken'))).toBe('idempotency-key-reused');
      expect(await subject.effects(id)).toBe(ends === true ? 0 : 1);
    });

    test('AGT-6 each kind of poison becomes a dead letter, and the entity goes on', async () => {
      // given
      const id = await subject.start();
      const { temporal, notice } = subject;
      const signal = notice?.name ?? 'nothingLikeThis';
      // when malformed JSON, an unknown and a missing encoding, no envelope, an unknown name, too much
      await rawSignal(temporal, id, signal, '{"id":', 'json/plain');
      await rawSignal(temporal, id, signal, 'x', 'made/up');
      await rawSignal(temporal, id, signal, '{}');
      await rawSignal(temporal, id, signal, '"text"', 'json/plain');
      await rawSignal(temporal, id, signal, '{"args":1}', 'json/plain');
      await rawSignal(temporal, id, 'neverHeardOf', '{"id":"p1","args":1}', 'json/plain');
      const large = JSON.stringify({ id: 'p2', args: 'x'.repeat(100_000) });
      await rawSignal(temporal, id, signal, large, 'json/plain');
      if (notice !== undefined) {
        await rawSignal(temporal, id, signal, JSON.stringify({ id: 'p3', args: notice.wrong }), 'json/plain');
      }
      // then
      await act(id, 1, 'afterwards');
      const codes = (await letters(id)).map((letter) => letter.refusal.code);
      const shape = ['undecodable', 'undecodable', 'undecodable', 'invalid-message', 'invalid-message'];
      const wrong = notice === undefined ? [] : ['invalid-message'];
      expect(codes.slice(0, 7)).toEqual([...shape, 'unknown-message', 'message-too-large']);
      expect(codes.slice(7).map((code) => (code === 'unknown-message' ? 'invalid-message' : code))).toEqual(wrong);
      expect((await status(id)).counts.deadLetters).toBe(codes.length);
      expect(await subject.effects(id)).toBe(1);
    });

    test('a dead letter is kept over a renewal and replayed once', async () => {
      const id = await subject.start();
      await rawSignal(subject.temporal, id, 'neverHeardOf', '{"id":"p1","args":1}', 'json/plain');
      await renew(id);
      const [letter] = await letters(id);
      const replay = (number: number): Promise<unknown> =>
        subject.temporal.call(id, replayDeadLetterUpdate, { number });
      expect(letter?.number).toBe(1);
      await replay(1);
      expect(await codeOf(replay(1))).toBe('not-found');
      // its name is still unknown: it is filed again under a new number
      expect((await letters(id)).map((each) => each.number)).toEqual([2]);
    });

    test('a message that is refused for its shape leaves no trace', async () => {
      const id = await subject.start();
      const before = await status(id);
      const update = defineUpdate<Reply, [Message]>(subject.command.name);
      const call = (args: unknown): Promise<unknown> => subject.temporal.call(id, update, args);
      expect(await codeOf(call({ nobody: 'expects this' }))).not.toBe('no refusal');
      expect(await codeOf(call('x'.repeat(70_000)))).toBe('message-too-large');
      expect((await status(id)).counts).toEqual(before.counts);
      expect(await subject.effects(id)).toBe(0);
    });

    test('the status tells the state of life, the owner and a generation that a renewal keeps', async () => {
      const id = await subject.start();
      const before = await status(id);
      await renew(id);
      const after = await status(id);
      expect(before.life).toBe('running');
      expect(before.owner).toMatch(/:supervisor:root\.[a-z]+$/);
      expect(after.generation).toEqual(before.generation);
    });
  });
}
