import { attributeFlag } from '../../../src/cli/commands/attribute-flag';
import { attributesText } from '../../../src/cli/study-screen';

test.each([
  ['owner=ann', 'ann'],
  ['epochs=3', 3],
  ['ok=true', true],
  ['left=null', null],
  ['version="3"', '3'],
  ['note=', ''],
  ['query=a=b', 'a=b'],
  ['commit=0123', '0123'],
  ['commit=7e12345', '7e12345'],
  ['list=[1]', '[1]'],
])('%s is read as typed', (text, value) => {
  expect(Object.values(attributeFlag(text))).toEqual([value]);
});

test('several are collected, the last of a name stays; one without a name is refused', () => {
  expect(attributeFlag('b=2', attributeFlag('a=1', { b: 1 }))).toEqual({ a: 1, b: 2 });
  expect(() => attributeFlag('=1')).toThrow('expected name=value; got =1');
});

test('nothing that was noted steers a terminal', () => {
  expect(attributesText({ a: '\u001b[31mred', b: 1 })).toBe('a=?[31mred, b=1');
});
