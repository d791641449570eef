import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Operation } from './history';
import { answering } from './model';

/** A text for each key. */
export type TextInput = { readonly kind: 'get' } | { readonly kind: 'put' | 'append'; readonly value: string };
export type TextOutput = { readonly kind: 'value'; readonly value: string } | { readonly kind: 'done' };

/** The key-value store of the published histories: a value is put, added to at its end, or read. */
export const texts = answering<string, TextInput, TextOutput>({
  name: 'text',
  initial: '',
  endings: (state, input) => {
    if (input.kind === 'get') return [{ state, output: { kind: 'value', value: state } }];
    return [{ state: input.kind === 'put' ? input.value : state + input.value, output: { kind: 'done' } }];
  },
});

/** Reads a history of the folder beside. What was never answered is unknown. */
export function published(name: string): History<TextInput, TextOutput> {
  const lines = readFileSync(join(__dirname, 'published', `${name}.txt`), 'utf8').split('\n');
  const history: Operation<TextInput, TextOutput>[] = [];
  const open = new Map<string, number>();
  for (const [at, line] of lines.entries()) {
    const [, client = '', what, rest = ''] = /^(\d+) (\w+) ?(.*)$/.exec(line) ?? [];
    const known = open.get(client);
    const call = known === undefined ? undefined : history[known];
    if (what === 'ok' && known !== undefined && call !== undefined) {
      const output: TextOutput = call.input.kind === 'get' ? { kind: 'value', value: rest } : { kind: 'done' };
      history[known] = { ...call, outcome: { kind: 'returned', at, output } };
      open.delete(client);
    } else if (what === 'get' || what === 'put' || what === 'append') {
      const [, key = '', value = ''] = /^(\d+) ?(.*)$/.exec(rest) ?? [];
      const input: TextInput = what === 'get' ? { kind: what } : { kind: what, value };
      open.set(client, history.push({ client, key, input, called: at, outcome: { kind: 'unknown' } }) - 1);
    }
  }
  return history;
}
