import { loadHistory, sessionsOf } from './history';
import { WATCH } from './watch';

// Judges stored histories: `npm run test:history -- FILE…`. Exit code 1 when a promise was broken.

let hasBreach = false;
for (const file of process.argv.slice(2)) {
  const history = loadHistory(file);
  const sessions = sessionsOf(history);
  process.stdout.write(`${file}: ${String(history.length)} lines, ${String(sessions.length)} connections\n`);
  for (const { promise, says, judge } of WATCH) {
    const breaches = judge(history);
    hasBreach ||= breaches.length > 0;
    process.stdout.write(`  ${promise}  ${breaches.length === 0 ? 'holds ' : 'BROKEN'}  ${says}\n`);
    for (const { where, what } of breaches) process.stdout.write(`          ${where}: ${what}\n`);
  }
}
process.exitCode = hasBreach ? 1 : 0;
