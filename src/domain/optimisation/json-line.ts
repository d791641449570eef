/** JSON on one line, also for readers that end a line at U+2028 and U+2029, as Node's own does. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}
