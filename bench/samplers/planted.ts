import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as ours from './ours';

type Ours = typeof ours;

/** A fault that is planted into one of our samplers: the bench must find it. */
export interface Fault {
  readonly name: string;
  /** Of the match in which it is found. */
  readonly match: string;
  /** It is played on so many of its problems, the first ones. */
  readonly problems: number;
  /** Below the samplers. */
  readonly file: string;
  /** Stands there once. */
  readonly right: string;
  readonly wrong: string;
}

/** What is planted. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'bandwidths three times as wide',
    match: 'tpe',
    problems: 7,
    file: 'tpe/bandwidth.ts',
    right: 'const gap = max(left, right);',
    wrong: 'const gap = 3 * max(left, right);',
  },
  {
    name: 'what is pending is not looked at',
    match: 'tpe-in-batches',
    problems: Infinity,
    file: 'tpe/tpe.ts',
    right: 'rowsOf(kept.ledger, pending, plan.dimensions)',
    wrong: 'rowsOf(kept.ledger, [], plan.dimensions)',
  },
  {
    name: 'what is pending is not looked at',
    match: 'gp-in-batches',
    problems: Infinity,
    file: 'gp/gp.ts',
    right: 'pendingPlaces(pending, known)',
    wrong: 'pendingPlaces([], known)',
  },
  {
    name: 'a wrong sign in the expected improvement',
    match: 'gp',
    problems: 3,
    file: 'gp/terms.ts',
    right: 'logImprovement((mean - threshold) / deviation, into)',
    wrong: 'logImprovement((threshold - mean) / deviation, into)',
  },
];

/**
 * Our side with a fault, made of a copy of the sources: production code has no switch for it.
 *
 * @param work what is done with it; the copy is gone afterwards
 * @throws when what is to be wrong does not stand there once
 */
export async function withFault<T>({ file, right, wrong }: Fault, work: (faulty: Ours) => T | Promise<T>): Promise<T> {
  const root = join(__dirname, '../..');
  const copy = mkdtempSync(join(tmpdir(), 'mabeam-fault-'));
  try {
    for (const folder of ['src/contracts', 'src/domain', 'bench/samplers'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    cpSync(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'));
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const at = join(copy, 'src/domain/optimisation/samplers', file);
    const parts = readFileSync(at, 'utf8').split(right);
    if (parts.length !== 2) throw new Error(`${file} has ${String(parts.length - 1)} times ${right}`);
    writeFileSync(at, parts.join(wrong));
    return await work((await import(join(copy, 'bench/samplers/ours.ts'))) as Ours);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
