const SECRET_NAME = /pass(word|wd|phrase)|secret|token|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;
/** What is written in place of a secret. */
export const REDACTED = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

/** Secrets that stand inside texts: passwords of URLs, bearer tokens and basic credentials, JSON web tokens, keys in PEM. */
const IN_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#"'@]*):[^\s"'/]*@/gi, `$1:${REDACTED}@`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g, REDACTED],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g, REDACTED],
  [/\b((?:password|passwd|secret|token|api[-_]?key)\s*[=:]\s*)(?!\[redacted\])[^\s"'&,;]+/gi, `$1${REDACTED}`],
];

/** A text without the secrets that stand in it. Total, idempotent. */
export function redactText(text: string): string {
  return IN_TEXTS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
}

function ofError(error: Error, depth: number, seen: readonly object[]): object {
  const { name, message, stack, cause } = error;
  const more = Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'name' && key !== 'cause'));
  return {
    type: name,
    message: redactText(message),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(redact(more, depth + 1, seen) as object),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1, seen) }),
  };
}

/**
 * A value to be logged, without its secrets: what stands under a name such as `password` or `apiKey`, at any depth, and
 * what can be seen in texts. Errors become plain objects with their causes. Bounded in depth and length; never throws for
 * what contains itself.
 */
export function redact(value: unknown, depth = 0, above: readonly object[] = []): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH || above.includes(value)) return '[…]';
  const seen = [...above, value];
  if (value instanceof Error) return ofError(value, depth, seen);
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((each) => redact(each, depth + 1, seen));
    return value.length > MAX_ITEMS ? [...items, `[… ${String(value.length - MAX_ITEMS)} more]`] : items;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const isSecret =
        SECRET_NAME.test(key) && (typeof each === 'string' || (typeof each === 'object' && each !== null));
      return [key, isSecret ? REDACTED : redact(each, depth + 1, seen)];
    }),
  );
}
