import { MAX_MEMBERSHIPS, MAX_METADATA_BYTES, MAX_TAGS } from '../../../src/contracts/groups';
import { isRefusal } from '../../../src/contracts/errors';
import {
  declared,
  foldLife,
  join,
  leave,
  parseJoin,
  type AgentEvent,
  type AgentLife,
} from '../../../src/domain/groups';

const AT = '2026-11-30T12:00:00.000Z';
const event = (position: number, type: string, data: object = {}, generation = 1): AgentEvent => ({
  name: 'anna',
  generation,
  position,
  time: AT,
  type,
  data: data as AgentEvent['data'],
});
const joined = (position: number, group: string, more: object = {}, generation = 1): AgentEvent =>
  event(position, 'agent.joined', { group, tags: [], metadata: {}, ...more }, generation);

/** What happens to an agent, in words: `joined scorers`, `left scorers: ended`. */
function told(events: readonly AgentEvent[]): readonly string[] {
  let life: AgentLife | undefined;
  return events.flatMap((each) => {
    const done = foldLife(life, each);
    ({ life } = done);
    return done.changes.map((change) => {
      const why = change.kind === 'left' ? `: ${change.why}` : '';
      return `${change.kind} ${change.member.group}${why}`;
    });
  });
}

test('a membership lasts from the word of its agent to the end of its life', () => {
  expect(told([event(1, 'entity.started'), joined(2, 'scorers'), joined(3, 'scorers', { tags: ['gpu'] })])).toEqual([
    'joined scorers',
    'updated scorers',
  ]);
  expect(
    told([joined(1, 'a'), event(2, 'agent.left', { group: 'a' }), event(3, 'agent.left', { group: 'a' })]),
  ).toEqual(['joined a', 'left a: left']);
  expect(told([joined(1, 'a'), joined(2, 'b'), event(3, 'entity.ended')])).toEqual([
    'joined a',
    'joined b',
    'left a: ended',
    'left b: ended',
  ]);
});

test('REG-5 who was found gone by the sweep leaves, and what it said before, and comes later, counts no more', () => {
  expect(told([joined(1, 'a'), event(2, 'entity.lost'), joined(3, 'b'), event(4, 'entity.ended')])).toEqual([
    'joined a',
    'left a: lost',
  ]);
});

test('REG-2 a newer life begins without any group; news of the older one changes nothing', () => {
  const events = [joined(1, 'a'), event(2, 'entity.started', {}, 2), joined(3, 'b', {}, 1), joined(4, 'a', {}, 2)];
  expect(told([...events, event(5, 'entity.lost', {}, 1), event(6, 'agent.left', { group: 'a' }, 1)])).toEqual([
    'joined a',
    'left a: replaced',
    'joined a',
  ]);
});

test('the same again, and what an event cannot mean, changes nothing', () => {
  expect(
    told([joined(1, 'a'), joined(2, 'a'), joined(3, 'A b'), event(4, 'agent.joined'), event(5, 'agent.left')]),
  ).toEqual(['joined a']);
});

test('a name that every object has is a name like any other', () => {
  expect(
    told([joined(1, 'constructor'), event(2, 'constructor'), event(3, 'agent.left', { group: 'constructor' })]),
  ).toEqual(['joined constructor', 'left constructor: left']);
  expect(join({}, { group: 'constructor' })).toMatchObject({ reply: { kind: 'joined' } });
  expect(leave({}, 'constructor')).toMatchObject({ reply: { kind: 'absent' } });
});

test('joining again changes the marks, or nothing; what changes nothing is not said', () => {
  const once = join({}, { group: 'a', tags: ['x'] });
  if (isRefusal(once)) throw new Error(once.message);
  expect(once).toMatchObject({ reply: { kind: 'joined' }, events: [{ type: 'agent.joined' }] });
  expect(join(once.groups, { group: 'a', tags: ['x'] })).toEqual({
    groups: once.groups,
    reply: { group: 'a', kind: 'already' },
    events: [],
  });
  expect(join(once.groups, { group: 'a', tags: ['y'] })).toMatchObject({ reply: { kind: 'updated' } });
  expect(leave(once.groups, 'a')).toMatchObject({
    groups: {},
    reply: { kind: 'left' },
    events: [{ type: 'agent.left' }],
  });
});

test('an agent belongs to as many groups as the limit says, and not to one more', () => {
  const names = Array.from({ length: MAX_MEMBERSHIPS }, (_each, at) => `g${String(at)}`);
  const groups = Object.fromEntries(names.map((name) => [name, {}]));
  expect(join(groups, { group: 'g0', tags: ['x'] })).toMatchObject({ reply: { kind: 'updated' } });
  expect(join(groups, { group: 'more' })).toMatchObject({ code: 'limit-reached' });
  expect(declared(names)).toHaveLength(MAX_MEMBERSHIPS);
  expect(declared([...names, 'more'])).toMatchObject({ code: 'limit-reached' });
});

test.each<[what: string, asked: object, code: string]>([
  ['nothing', {}, 'invalid-id'],
  ['a name with capitals', { group: 'A' }, 'invalid-id'],
  ['the sign for all groups', { group: '-' }, 'invalid-id'],
  ['one tag that is no list', { group: 'a', tags: 'gpu' }, 'invalid-message'],
  ['a tag with spaces', { group: 'a', tags: ['gpu', 'G P U'] }, 'invalid-id'],
  [
    'one tag more than there may be',
    { group: 'a', tags: Array.from({ length: MAX_TAGS + 1 }, (_each, at) => `t${String(at)}`) },
    'invalid-message',
  ],
  ['metadata that are a list', { group: 'a', metadata: [] }, 'invalid-message'],
  ['metadata that are deep', { group: 'a', metadata: { zone: { name: 'eu' } } }, 'invalid-message'],
  ['a text with U+0000', { group: 'a', metadata: { zone: 'a\u0000b' } }, 'invalid-message'],
  ['half a character', { group: 'a', metadata: { zone: '\ud800' } }, 'invalid-message'],
  [
    'metadata that are too long',
    { group: 'a', metadata: { zone: 'x'.repeat(MAX_METADATA_BYTES) } },
    'message-too-large',
  ],
])('%s is refused', (_what, asked, code) => {
  expect(parseJoin(asked)).toMatchObject({ code });
});

test('tags are sorted, each once; metadata at the limit are taken', () => {
  const zone = 'x'.repeat(MAX_METADATA_BYTES - '{"zone":""}'.length);
  expect(parseJoin({ group: 'a', tags: ['b', 'a', 'b'], metadata: { zone } })).toEqual({
    group: 'a',
    tags: ['a', 'b'],
    metadata: { zone },
  });
  expect(declared({ scorers: { tags: ['gpu'] }, others: {} })).toEqual([
    { group: 'scorers', tags: ['gpu'], metadata: {} },
    { group: 'others', tags: [], metadata: {} },
  ]);
  expect(declared({ scorers: { tags: ['GPU'] } })).toMatchObject({ code: 'invalid-id' });
});
