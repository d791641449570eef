const WORDS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
/** Larger than the largest double: JSON reads it as Infinity. */
const INFINITE = '1e999';

function wordOf(found: string): string {
  if (found === 'NaN') return 'null';
  return found.startsWith('"') ? found : found.replace('Infinity', INFINITE);
}

/** Reads JSON as Python writes it: with `NaN`, which is read as `null`, and `Infinity`. @throws SyntaxError */
export function readPythonJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!/Infinity|NaN/.test(text)) throw error;
    return JSON.parse(text.replace(WORDS, wordOf)) as unknown;
  }
}
