import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { counted, type Row } from '../../bench/measure';
import { report, table } from '../../bench/report';
import type { Figures } from './figures';

/*
 * usage: npm run bench:otp. Runs the comparison with OTP's supervisor, real workflows included, and writes what it counted to
 * bench/results/otp.{md,json}. Needs Erlang. MABEAM_OTP=long compares more. Exit 1 when anything differs.
 */

const root = resolve(__dirname, '../..');

function release(): string {
  const asked = 'io:format("~s", [erlang:system_info(otp_release)]), halt().';
  return execFileSync('erl', ['-noshell', '-eval', asked], { encoding: 'utf8' });
}

/** Runs the tests. @returns what they counted */
function measured(): { readonly figures: Partial<Figures>; readonly code: number } {
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-otp-'));
  const file = join(folder, 'figures');
  const MABEAM_OTP = process.env['MABEAM_OTP'] === 'long' ? 'long' : 'real';
  const env = { ...process.env, MABEAM_OTP, MABEAM_OTP_FIGURES: file };
  const jest = join(root, 'node_modules/.bin/jest');
  const { status } = spawnSync(jest, ['--selectProjects', 'otp'], { cwd: root, env, stdio: 'inherit' });
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const sums: Partial<Record<keyof Figures, number>> = {};
    for (const line of lines)
      for (const [key, share] of Object.entries(JSON.parse(line) as Figures) as [keyof Figures, number][])
        sums[key] = (sums[key] ?? 0) + share;
    return { figures: sums, code: status ?? 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(of: Partial<Figures>): readonly Row[] {
  const sequences = (id: string, what: string, ours = NaN, off = NaN): readonly Row[] => [
    counted({ id, what, unit: 'sequences', ours }),
    counted({ id: `${id}-off`, what: 'of them differ', unit: 'sequences', ours: off, bar: 0 }),
  ];
  return [
    counted({ id: 'otp-run', what: 'random trees and sequences, on the rule', unit: 'sequences', ours: of.run ?? NaN }),
    ...sequences('otp-random', 'of them with a defined order, compared', of.random, of.randomOff),
    ...sequences('otp-timed', 'the same, in which the period passes', of.timed, of.timedOff),
    ...sequences('otp-real', 'trees and sequences on real workflows', of.real, of.realOff),
    counted({ id: 'otp-points', what: 'points reached on purpose', unit: 'points', ours: of.points ?? NaN }),
    counted({ id: 'otp-planted', what: 'bugs planted in the rule', unit: 'bugs', ours: of.planted ?? NaN }),
    counted({
      id: 'otp-planted-missed',
      what: 'of them not seen',
      unit: 'bugs',
      ours: of.plantedMissed ?? NaN,
      bar: 0,
    }),
  ];
}

async function main(): Promise<number> {
  const { figures, code } = measured();
  const rows = rowsOf(figures);
  if (rows.some(({ ours }) => !Number.isFinite(ours))) throw new Error('a test did not tell its figures');
  await report('otp', `Erlang/OTP ${release()}`, rows, {
    command: 'npm run bench:otp',
    notes: [
      "The same trees and events on OTP's supervisor and on ours: starts, stops, answers, survivors, exit reasons.",
    ],
  });
  process.stdout.write(`\n${table(rows)}\n`);
  return code !== 0 || rows.some(({ holds }) => holds === false) ? 1 : 0;
}

void main().then((code) => {
  process.exitCode = code;
});
