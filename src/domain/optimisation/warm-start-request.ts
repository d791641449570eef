import { show } from '../../contracts/ids';
import { MAX_EARLIER } from '../../contracts/optimisation/warm-start';

const MAX_FROM = 200;

/** What is wrong with the `warmStart` of a request, in sentences. */
export function warmStartProblems(value: unknown): string[] {
  if (value === undefined) return [];
  const { trials, fingerprint, from = '', ...more } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isGood =
    Number.isInteger(trials) &&
    (trials as number) >= 1 &&
    (trials as number) <= MAX_EARLIER &&
    typeof fingerprint === 'string' &&
    typeof from === 'string' &&
    from.length <= MAX_FROM &&
    Object.keys(more).length === 0;
  const wanted = `1 to ${String(MAX_EARLIER)} trials, their fingerprint, and a text of at most ${String(MAX_FROM)} characters that says where they come from`;
  return isGood ? [] : [`warmStart has ${wanted}; got ${show(value)}`];
}
