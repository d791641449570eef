const KEY = 'constraints';

/** Optuna's constraints among the system attributes of a trial: a list before version 5, an attribute for each since. */
export function constraintsOf(attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const list = attributes[KEY];
  const old = Array.isArray(list) ? list.map((value: unknown, at) => [String(at), value] as const) : [];
  const own = Object.entries(attributes).flatMap(([key, value]) =>
    key.startsWith(`${KEY}:`) ? [[key.slice(KEY.length + 1), value] as const] : [],
  );
  return Object.fromEntries([...old, ...own].map(([key, value]) => [key, typeof value === 'number' ? value : NaN]));
}
