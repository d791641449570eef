import type { Attributes } from '../../../contracts/optimisation/attributes';
import { attributesProblem, type AttributeLimits } from '../attributes';
import { NOTED } from './journal-text';
import { nameHere } from './names';

/** What was noted there, without what our own export adds. */
function notedThere(attributes: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  const entries = Object.entries(attributes);
  const own = entries.filter(([key]) => key.startsWith(NOTED)).map(([key, value]) => [key.slice(NOTED.length), value]);
  const plain = entries.filter(([key]) => !key.startsWith('mabeam:'));
  return Object.entries(Object.fromEntries([...plain, ...own]) as Readonly<Record<string, unknown>>);
}

/** What of the user attributes of Optuna fits here, in their order, and how many do not. */
export function notedHere(
  theirs: Readonly<Record<string, unknown>> = {},
  limits: AttributeLimits,
): { readonly attributes: Attributes; readonly leftOut: number } {
  let attributes: Attributes = {};
  let leftOut = 0;
  for (const [theirName, value] of notedThere(theirs)) {
    const name = nameHere(theirName, /[^A-Za-z0-9_.-]/g, 'a_');
    const next = { ...attributes, [name]: value };
    if (Object.hasOwn(attributes, name) || attributesProblem(next, limits) !== undefined) leftOut += 1;
    else attributes = next as Attributes;
  }
  return { attributes, leftOut };
}
