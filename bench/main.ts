import type { Row } from './measure';
import { report, table } from './report';
import { costs } from './scenarios/costs';
import { crowd } from './scenarios/crowd';
import { lookup } from './scenarios/lookup';
import { memory } from './scenarios/memory';
import { growth, messages } from './scenarios/messages';
import { startSetting, type Setting } from './setting';

const scenarios: Readonly<Record<string, (setting: Setting, isShort: boolean) => Promise<readonly Row[]>>> = {
  costs,
  messages,
  lookup,
  crowd,
  memory,
  growth,
};

/** usage: bench [--short] [SCENARIO...]; exit 1 when a bar is broken. */
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
      const { temporal } = await setting.space.health();
      await report(name, isShort, temporal.detail, rows);
      console.log(`\n${name}\n\n${table(rows)}`);
      broken += rows.filter((row) => row.holds === false).length;
    } finally {
      await setting.close();
    }
  }
  return broken > 0 ? 1 : 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
