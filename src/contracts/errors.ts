/** One row of the error table: everything a caller on any interface needs to know about a code. */
export interface ErrorRow {
  readonly status: number;
  readonly title: string;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
  readonly exitCode: number;
}

const row = (status: number, exitCode: number, title: string, retryable = false): ErrorRow => ({
  status,
  title,
  retryable,
  exitCode,
});

/**
 * The one error table: code → HTTP status, CLI exit code, title, retryable.
 * Codes are stable; each has a section in docs/reference/errors.md (a test compares both ways).
 */
export const ERRORS = {
  'invalid-request': row(400, 2, 'The request does not have the expected form'),
  'invalid-json': row(400, 2, 'The body is not JSON'),
  'unknown-field': row(400, 2, 'The request has a field that is not known'),
  'invalid-id': row(400, 2, 'A space or a name has illegal characters'),
  'idempotency-key-missing': row(400, 2, 'The Idempotency-Key header is missing'),
  'not-found': row(404, 3, 'There is no such thing'),
  'agent-not-found': row(404, 3, 'There is no such agent'),
  'variable-set-not-found': row(404, 3, 'There is no such variable set'),
  'ballot-not-found': row(404, 3, 'There is no such ballot'),
  'study-not-found': row(404, 3, 'There is no such study'),
  'counter-not-found': row(404, 3, 'There is no such counter'),
  'value-not-found': row(404, 3, 'There is no such shared value'),
  'subscription-not-found': row(404, 3, 'There is no such subscription'),
  'session-not-found': row(404, 3, 'There is no such session'),
  'lock-not-found': row(404, 3, 'There is no such lock'),
  'semaphore-not-found': row(404, 3, 'There is no such semaphore'),
  'election-not-found': row(404, 3, 'There is no such election'),
  'barrier-not-found': row(404, 3, 'There is no such barrier'),
  'proposal-not-found': row(404, 3, 'There is no such proposal'),
  'event-not-found': row(404, 3, 'The log has no such event'),
  'trial-not-found': row(404, 3, 'The study has no such trial'),
  'unknown-message': row(404, 3, 'The receiver has no message of that name'),
  'unknown-definition': row(404, 3, 'No worker knows a definition of that name'),
  'already-exists': row(409, 5, 'It is there already'),
  'definition-mismatch': row(409, 5, 'The definition differs from the one in use'),
  'stale-base': row(409, 5, 'The proposal is based on an old version'),
  'constraint-broken': row(409, 5, 'A joint constraint does not hold'),
  'ballot-lost': row(409, 5, 'The ballot did not accept the proposal'),
  'variable-locked': row(409, 5, 'The variable is locked'),
  'not-a-voter': row(409, 5, 'The voter is not in the electorate of this ballot'),
  'already-voted': row(409, 5, 'The voter has voted already'),
  'not-decided': row(409, 5, 'The ballot is not decided yet', true),
  'ballot-closed': row(409, 5, 'The ballot is closed'),
  'bound-reached': row(409, 5, 'The counter would leave its bounds'),
  'proposal-withdrawn': row(409, 5, 'The proposal was overtaken by another commit'),
  'evaluated-inside': row(409, 5, 'The study has an evaluator and is not asked from outside'),
  'trial-not-held': row(409, 5, 'The trial was given to somebody else'),
  'trial-ended': row(409, 5, 'The trial has ended'),
  'study-runs': row(409, 5, 'The study has not ended'),
  'cannot-extend': row(409, 5, 'The study cannot go on where it ended'),
  'lock-held': row(409, 5, 'Somebody else holds it', true),
  'set-leased': row(409, 5, 'Somebody else experiments with the set', true),
  'not-holder': row(409, 5, 'The token does not hold it'),
  'not-leader': row(409, 5, 'Not the leader in that term'),
  'already-candidate': row(409, 5, 'The session is a candidate already'),
  'barrier-broken': row(409, 5, 'The barrier broke'),
  'not-a-party': row(409, 5, 'The participant is not in the barrier'),
  'not-revocable': row(409, 5, 'No holder can be asked to give it back'),
  'stale-token': row(409, 5, 'A newer fencing token was seen'),
  'session-in-doubt': row(409, 5, 'The session may have expired'),
  stopped: row(409, 5, 'The receiver has stopped'),
  deadlock: row(409, 5, 'The request would wait for itself'),
  'subscription-mismatch': row(409, 5, 'The subscription is there with other settings'),
  'subscription-stopped': row(409, 5, 'The subscription is stopped'),
  'unknown-receipt': row(409, 5, 'The receipt is good no more'),
  'idempotency-in-progress': row(409, 5, 'The first request with this key is still running', true),
  'reply-forgotten': row(409, 5, 'The request was done before; its answer is no longer kept'),
  'clock-drift': row(409, 5, 'The stamp of the message is ahead of the clock of its receiver', true),
  'precondition-failed': row(412, 5, 'The version in If-Match is not the current one'),
  'message-too-large': row(413, 2, 'The message is too large'),
  'unsupported-media-type': row(415, 2, 'The content type is not supported'),
  'wrong-host': row(421, 2, 'The request was meant for another host'),
  'invalid-message': row(422, 2, 'The message does not have the shape that its receiver declared'),
  'unknown-variable': row(422, 2, 'The set has no variable of that name'),
  'wrong-kind': row(422, 2, 'The value is not of the kind of its variable'),
  'value-out-of-range': row(422, 2, 'The value lies outside the range of its variable'),
  'inactive-variable': row(422, 2, 'The variable is not active under the other values'),
  'invalid-definition': row(422, 2, 'The definition contradicts itself'),
  'unknown-rule': row(422, 2, 'There is no rule of that name'),
  'invalid-rule': row(422, 2, 'The rule contradicts itself, or does not fit what is voted on'),
  'invalid-electorate': row(422, 2, 'The electorate contradicts itself'),
  'invalid-space': row(422, 2, 'The search space cannot be searched'),
  'no-checkpoint': row(422, 2, 'A trial that others go on from has left no checkpoint'),
  'invalid-import': row(422, 2, 'What is to be imported cannot be read, or has no counterpart'),
  'idempotency-key-reused': row(422, 2, 'The key was used before with another request'),
  'precondition-required': row(428, 5, 'The If-Match header is missing'),
  'mailbox-full': row(429, 1, 'The mailbox is full', true),
  'queue-full': row(429, 1, 'The queue of those who wait is full', true),
  'rate-limited': row(429, 1, 'More messages per minute than the receiver takes', true),
  'limit-reached': row(429, 1, 'A stated limit is reached', true),
  interrupted: row(409, 5, 'A newer message interrupted the step'),
  'invalid-supervisor': row(422, 2, 'The supervisor contradicts itself'),
  'supervisor-not-found': row(404, 3, 'There is no such supervisor'),
  'service-not-found': row(404, 3, 'There is no such service of the platform'),
  'child-not-found': row(404, 3, 'The supervisor has no such child'),
  'child-already-started': row(409, 5, 'The child runs already'),
  'child-already-present': row(409, 5, 'The specification of the child is there already'),
  'child-running': row(409, 5, 'The child runs'),
  'child-restarting': row(409, 5, 'The child is about to be restarted', true),
  'child-quarantined': row(409, 5, 'The child is in quarantine'),
  'child-not-quarantined': row(409, 5, 'The child is not in quarantine'),
  'not-for-dynamic-children': row(409, 5, 'The request makes no sense for the children of simple_one_for_one'),
  'child-start-failed': row(502, 1, 'A child could not be started'),
  'supervisor-failed': row(500, 1, 'The supervisor failed'),
  'agent-failed': row(500, 1, 'The behaviour of the agent failed'),
  'effect-failed': row(502, 1, 'An effect of the agent failed'),
  'evaluation-failed': row(502, 1, 'The evaluation of a trial failed'),
  'no-result': row(409, 5, 'The study has no result that could be proposed'),
  undecodable: row(422, 2, 'The payload cannot be decoded'),
  'state-too-large': row(500, 1, 'The state is larger than its limit'),
  'temporal-unavailable': row(503, 1, 'Temporal cannot be reached', true),
  'circuit-open': row(503, 1, 'The circuit breaker of the target is open', true),
  'source-unavailable': row(503, 1, 'What is to be imported cannot be reached', true),
  'reads-unavailable': row(503, 1, 'The store cannot be reached', true),
  'store-behind': row(503, 1, 'The store is behind and the outbox is full', true),
  'no-worker': row(503, 1, 'No worker polls the task queue', true),
  timeout: row(504, 6, 'No answer within the deadline', true),
  internal: row(500, 1, 'A defect'),
} as const satisfies Record<string, ErrorRow>;

/** A code of the table: kebab-case, stable, the same on every interface. */
export type ErrorCode = keyof typeof ERRORS;

/** A reason why something is refused: a value, never thrown by rules. */
export interface Refusal {
  readonly code: ErrorCode;
  /** Says what was expected, what came, and which id. */
  readonly message: string;
  /** Plain JSON; for example `currentVersion`, or `errors` with a JSON pointer each. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

/** Makes a refusal. */
export function refuse(code: ErrorCode, message: string, more: Omit<Refusal, 'code' | 'message'> = {}): Refusal {
  return { code, message, ...more };
}

/** Recognises a refusal by its form, so that it survives borders between processes and realms. */
export function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'message' in value &&
    typeof value.code === 'string' &&
    value.code in ERRORS
  );
}

/** The error that the SDK throws. Recognise it by `code`, never by class across a process border. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(refusal: Refusal, cause?: unknown) {
    super(refusal.message, cause === undefined ? undefined : { cause });
    this.code = refusal.code;
    this.details = refusal.details ?? {};
    this.retryAfterMs = refusal.retryAfterMs;
  }
}

/** Recognises a `PlatformError` of any copy of this package. */
export function isPlatformError(error: unknown): error is PlatformError {
  return error instanceof Error && error.name === 'PlatformError' && isRefusal(error);
}
