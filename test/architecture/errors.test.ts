import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, type ErrorRow } from '../../src/contracts/errors';

const PAGE = 'docs/reference/errors.md';
const page = readFileSync(join(__dirname, '../..', PAGE), 'utf8');
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n')).replace(/\s+/g, ' ').trim()]),
);

const facts = ({ title, status, exitCode, retryable }: ErrorRow): string =>
  `${title}. HTTP ${String(status)}, exit code ${String(exitCode)}, ${retryable ? 'retryable' : 'not retryable'}.`;

test(`each code of the table has its section in ${PAGE}, and each section its code`, () => {
  expect([...sections.keys()].sort()).toEqual(Object.keys(ERRORS).sort());
});

test.each(Object.entries<ErrorRow>(ERRORS))('%s: the page says what the table says', (code, row) => {
  const section = sections.get(code) ?? '';
  expect(section.startsWith(facts(row))).toBe(true);
  expect(section).toMatch(/_What to do:_ \S/);
});
