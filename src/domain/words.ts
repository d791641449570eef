/** A time in words: `0.4 s`, `12 s`, `3 min`, `5 h`. */
export function seconds(ms: number): string {
  if (ms < 10_000) return `${String(Math.round(ms / 100) / 10)} s`;
  if (ms < 120_000) return `${String(Math.round(ms / 1_000))} s`;
  if (ms < 7_200_000) return `${String(Math.round(ms / 60_000))} min`;
  return `${String(Math.round(ms / 3_600_000))} h`;
}

/** A number for people: four digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `1 task`, `2 tasks`; `plural` where that is not made with an s. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : plural}`;
}
