/** What went wrong between an app and the service, as one class: whether the service refused, did not answer, or the app gave up. */
export class CuepointError extends Error {
  override readonly name: string = 'CuepointError';
  /**
   * Stable. One of the service's (/openapi.json lists them under x-problems), or of the client's own: `unreachable`, no answer came;
   * `aborted`, the app's signal ended it (its reason is the `cause`); `answer-broken`, what came is no answer of this service; `unknown`, a refusal
   * without a code, as a proxy gives.
   */
  readonly code: string;
  /** HTTP status; missing where there was no answer. */
  readonly status?: number;
  /** To quote when asking for help. */
  readonly requestId?: string;
  /** When the service says to try again, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(
    code: string,
    detail: string,
    more: { status?: number; requestId?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(detail);
    this.code = code;
    this.status = more.status;
    this.requestId = more.requestId;
    this.retryAfterMs = more.retryAfterMs;
    if (more.cause !== undefined) this.cause = more.cause;
  }
}
