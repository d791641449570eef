import type { Entry, Sequence, Trace } from './sequence';

/*
 * What is equal though it is not written alike, and the oddities of OTP that we do not copy:
 * - the stops of `simple_one_for_one` are parallel: their order is not defined;
 * - who hears that a supervisor is gone hears it in no particular order;
 * - a dynamic child has no id in OTP. One that is gone is `ok` to terminate by its dead pid; ours says `not_found`;
 * - OTP counts a dynamic child wrongly as active or not after `terminate_child` on one that waited for a restart.
 */

const isStopped = ([kind, , what]: Entry): boolean => kind === 'answer' && Array.isArray(what) && what[0] === 'stopped';
const isAny = (entry: Entry | undefined, kind: string): boolean => entry?.[0] === kind;

/** Whether a path leads to a child of a `simple_one_for_one` supervisor. */
function dynamicPaths(sequence: Sequence): (path: unknown) => boolean {
  const simple = new Set<string>();
  const walk = (path: string, tree: Sequence['root']): void => {
    if (tree.strategy === 'simple_one_for_one') simple.add(path);
    for (const { id, sup } of tree.children) if (sup !== 'none') walk(path === '' ? id : `${path}/${id}`, sup);
  };
  walk('', sequence.root);
  return (path) => simple.has(String(path).split('/').slice(0, -1).join('/'));
}

/** Puts what has no order into one, and writes equal answers alike. */
export function canonical(sequence: Sequence, trace: Trace): Trace {
  const isDynamic = dynamicPaths(sequence);
  const result: Entry[] = [];
  let late: Entry[] = [];
  let stops: Entry[] = [];
  const flush = (list: Entry[]): void => {
    result.push(...list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
  };
  for (const entry of trace) {
    if (isAny(entry, 'stop') && isDynamic(entry[1])) {
      stops.push(entry);
      continue;
    }
    if (isStopped(entry)) {
      late.push(entry);
      continue;
    }
    flush(stops);
    stops = [];
    if (isAny(entry, 'step')) {
      flush(late);
      late = [];
    }
    result.push(alike(entry, isDynamic));
  }
  flush(stops);
  flush(late);
  return result;
}

function alike(entry: Entry, isDynamic: (path: unknown) => boolean): Entry {
  const [kind, who, what] = entry;
  if (kind === 'children') {
    const [, path, ...list] = entry;
    return isDynamic(`${String(path)}/x`.replace(/^\//, '')) ? [kind, path, ...sorted(list)] : entry;
  }
  if (kind !== 'answer' || !Array.isArray(what)) return entry;
  const [word, ...rest] = what as readonly unknown[];
  if (word === 'error') {
    const [text, reason] = rest;
    const isFailure = reason === 'oops' || reason === 'boom' || String(text).includes('failed_to_start_child');
    return [kind, who, isFailure ? ['failed', reason] : ['error', text]];
  }
  const isOfDynamic = rest.some((each) => Array.isArray(each) && /^(k\d+|dynamic)$/.test(String(each[0])));
  return word === 'children' && isOfDynamic ? [kind, who, ['children', ...sorted(rest)]] : entry;
}

const sorted = (list: readonly unknown[]): readonly unknown[] => list.map((each) => JSON.stringify(each)).sort();

function isEqual(theirs: Entry | undefined, ours: Entry | undefined): boolean {
  if (theirs === undefined || ours === undefined) return theirs === ours;
  const a = theirs[2];
  const b = ours[2];
  if (Array.isArray(a) && Array.isArray(b) && ours[0] === 'answer') {
    if (b[0] === 'gone') return ['ok', 'not_found', 'spec'].includes(String(a[0]));
    if (b[0] === 'counts') return a.length === b.length && b.every((each, at) => each === '*' || each === a[at]);
    if (b[0] === 'error' && a[0] === 'invalid') return true;
  }
  return JSON.stringify(theirs) === JSON.stringify(ours);
}

/** Where two traces part, with what came before; nothing if they are equal. */
export function difference(sequence: Sequence, erlang: Trace, mabeam: Trace): string | undefined {
  const theirs = canonical(sequence, erlang);
  const ours = canonical(sequence, mabeam);
  for (let at = 0; at < Math.max(theirs.length, ours.length); at++) {
    if (isEqual(theirs[at], ours[at])) continue;
    const before = theirs.slice(Math.max(0, at - 12), at).map((each) => `    both ${JSON.stringify(each)}`);
    const show = (trace: Trace): string =>
      trace
        .slice(at, at + 4)
        .map((each) => JSON.stringify(each))
        .join(' ');
    return [...before, `  erlang ${show(theirs)}`, `  mabeam ${show(ours)}`].join('\n');
  }
  return undefined;
}
