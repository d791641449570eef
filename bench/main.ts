import { serverText } from '../src/client/health';
import { startTemporal } from '../tools/temporal/start';
import type { Row } from './measure';
import { report, table } from './report';
import { costs } from './scenarios/costs';
import { crowd } from './scenarios/crowd';
import { lookup } from './scenarios/lookup';
import { memory } from './scenarios/memory';
import { growth, messages } from './scenarios/messages';
import { supervision } from './scenarios/supervision';
import { startSetting, type Setting } from './setting';

const scenarios: Readonly<Record<string, (setting: Setting, isShort: boolean) => Promise<readonly Row[]>>> = {
  costs,
  messages,
  lookup,
  crowd,
  memory,
  growth,
  supervision,
};

/** What a busy machine disturbs. The short form has too few rounds to judge it: it gates what is counted alone. */
const TIMED = new Set(['ms', 'µs', 'MiB']);

/** usage: bench [--short] [SCENARIO...]; exit 1 when a bar is broken. Reports are written by the full form only. */
async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const wanted = words.filter((word) => !word.startsWith('--'));
  const unknown = wanted.filter((name) => !(name in scenarios));
  if (unknown.length > 0) {
    console.error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`);
    return 2;
  }
  let broken = 0;
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const setting = await startSetting(`bench-${name}`, name !== 'costs');
    try {
      const rows = await scenario(setting, isShort);
      const server = await serverText(setting.temporal.client);
      if (!isShort) await report(name, `Temporal ${server}`, rows);
      console.log(`\n${name}\n\n${table(rows)}`);
      broken += rows.filter(({ holds, unit }) => holds === false && !(isShort && TIMED.has(unit))).length;
    } finally {
      await setting.close();
    }
  }
  return broken > 0 ? 1 : 0;
}

/** The server of `TEMPORAL_ADDRESS`, or one of our own for the time of the run. */
async function onServer(words: readonly string[]): Promise<number> {
  if (process.env['TEMPORAL_ADDRESS'] !== undefined) return main(words);
  const server = await startTemporal();
  process.env['TEMPORAL_ADDRESS'] = server.address;
  try {
    return await main(words);
  } finally {
    await server.stop();
  }
}

void onServer(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
