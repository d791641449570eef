/** The code of a failure, of Node or of Postgres; by form, for errors cross realms. */
export function codeOfFailure(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Whether a failure is the database's absence (connection refused or cut, shutting down), not a defect of ours. */
export function isUnavailable(error: unknown): boolean {
  const text = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|08|57P|53)/.test(codeOfFailure(error)) ||
    /connection terminated|not queryable|timeout exceeded when trying to connect|driver has already been destroyed/i.test(
      text,
    )
  );
}
