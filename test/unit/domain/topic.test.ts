import { parsePattern, parseTopic } from '../../../src/contracts/coordination/topic';
import { patternsOf, topicMatches, unpublishable } from '../../../src/domain/coordination/topic';

test.each([
  ['orders.new', ['orders.new'], ['orders', 'orders.new.big', 'orders-new', 'ordersxnew']],
  ['orders.*', ['orders.new', 'orders.paid'], ['orders', 'orders.new.big', 'letters.new']],
  ['*.new', ['orders.new', 'letters.new'], ['new', 'orders.big.new']],
  ['*', ['orders'], ['orders.new']],
  ['orders.**', ['orders.new', 'orders.new.big'], ['orders', 'letters.new']],
  ['*.new.**', ['orders.new.big', 'orders.new.big.red'], ['orders.new']],
  ['**', ['orders', 'orders.new.big'], []],
])('PUB-3 the pattern %s means some topics and no others', (pattern, means, others) => {
  expect(parsePattern(pattern)).toBe(pattern);
  expect(means.filter((topic) => !topicMatches(pattern, topic))).toEqual([]);
  expect(others.filter((topic) => topicMatches(pattern, topic))).toEqual([]);
});

test.each([
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  'A',
  'a b',
  'ä',
  'a/b',
  '**.a',
  'a.**.b',
  'a*',
  '***',
  'x'.repeat(101),
  7,
  null,
])('bad input: %j is no pattern, and none is a topic', (text) => {
  expect(parsePattern(text)).toMatchObject({ code: 'invalid-id' });
  expect(parseTopic(text)).toMatchObject({ code: 'invalid-id' });
});

test('bad input: patterns are 1 to 20, each once; a message is JSON with a key', () => {
  expect(patternsOf(['b', 'a.*', 'b'])).toEqual(['a.*', 'b']);
  expect(patternsOf([])).toMatchObject({ code: 'invalid-request' });
  expect(patternsOf(Array.from({ length: 21 }, (_each, at) => `t${String(at)}`))).toMatchObject({
    code: 'invalid-request',
  });
  expect(patternsOf(['a', 'B'])).toMatchObject({ code: 'invalid-id' });
  expect(unpublishable('a', '', { n: 1 })).toBeUndefined();
  expect(unpublishable('a.*', '', 1)).toMatchObject({ code: 'invalid-id' });
  expect(unpublishable('a', 'k'.repeat(201), 1)).toMatchObject({ code: 'invalid-request' });
  expect(unpublishable('a', '', () => 1)).toMatchObject({ code: 'invalid-request' });
  expect(unpublishable('a', '', 'ä'.repeat(32 * 1024))).toMatchObject({ code: 'message-too-large' });
});
