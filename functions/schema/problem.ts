/**
 * What can be wrong with a request, as RFC 9457 problem details with a code that never changes its meaning.
 *
 * `type` points into /openapi.json, where every code is listed with its title. `detail` says what was expected, what came
 * and what to do next. Errors that are not a Problem are ours: app.ts answers them with `internal` and nothing else.
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { shortText } from '../../index/cut-text.ts';

/** As nginx writes it for a client that went away before the answer. It is not received; it is there for the log. */
export const CLIENT_GONE = 499 as ContentfulStatusCode; // which hono does not list

interface Kind {
  status: ContentfulStatusCode;
  title: string;
}

/** Every code the service answers with. A code is never renamed or reused; a new case is a new code. */
export const PROBLEMS = {
  'json-broken': { status: 400, title: 'The body is not a JSON object' },
  'multipart-broken': { status: 400, title: 'The body is not complete multipart/form-data' },
  'gzip-broken': { status: 400, title: 'The body is not complete gzip' },
  'key-missing': { status: 401, title: 'The request has no API key' },
  'key-unknown': { status: 401, title: 'The API key is not one of this service' },
  'scope-missing': { status: 403, title: 'The API key may not do this' },
  'signature-invalid': { status: 403, title: 'The address is not signed by this service' },
  'path-unknown': { status: 404, title: 'There is nothing at this path' },
  'track-unknown': { status: 404, title: 'The index has no such track' },
  'preview-missing': { status: 404, title: 'The track has no preview' },
  'study-missing': { status: 404, title: 'The service has no listening study, or not this one' },
  'method-not-allowed': { status: 405, title: 'This path does not take this method' },
  'body-too-slow': { status: 408, title: 'The body took longer to come than the service waits' },
  'body-too-large': { status: 413, title: 'The body is larger than the service reads' },
  'content-type-unsupported': { status: 415, title: 'The body is of a type that this path does not take' },
  'encoding-unsupported': { status: 415, title: 'The body is compressed in a way the service does not read' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside the file' },
  'field-unexpected': { status: 422, title: 'The request has a field that is unknown or repeated' },
  'k-out-of-range': { status: 422, title: 'k is not a number of moments the service gives' },
  'fit-unknown': { status: 422, title: 'fit is not a way to fit a moment' },
  'snap-unknown': { status: 422, title: 'snap is not a way to snap a moment' },
  'hit-out-of-range': { status: 422, title: 'hitAtMs is not a point of the clip' },
  'cuts-out-of-range': { status: 422, title: 'cutsMs are not shot changes of the clip' },
  'speech-out-of-range': { status: 422, title: 'speechMs are not spans of the clip' },
  'min-duration-out-of-range': { status: 422, title: 'minDurationMs is not a length of tracks' },
  'filters-invalid': { status: 422, title: 'filters are not filters of tracks' },
  'exclude-invalid': { status: 422, title: 'exclude does not name tracks or artists' },
  'diversity-out-of-range': { status: 422, title: 'diversity is not a number per artist or a lambda' },
  'prefer-invalid': { status: 422, title: 'prefer does not name tracks and a weight' },
  'avoid-invalid': { status: 422, title: 'avoid does not name tracks and a weight' },
  'taste-unknown': { status: 422, title: 'None of the tracks of prefer or avoid is in the index' },
  'alternatives-out-of-range': {
    status: 422,
    title: 'alternatives is not a number of further moments the service gives',
  },
  'loudness-out-of-range': { status: 422, title: 'targetLufs is not a loudness of music' },
  'duration-out-of-range': { status: 422, title: 'durationMs is not a duration of a clip' },
  'duration-contradicts-frames': { status: 422, title: 'durationMs and the number of frames contradict each other' },
  'frames-missing': { status: 422, title: 'The request has no frames' },
  'frames-too-many': { status: 422, title: 'The request has more frames than the model takes' },
  'frames-too-costly': { status: 422, title: 'The frames together take more than the service spends on one request' },
  'image-unrecognised': { status: 422, title: 'A frame is neither JPEG nor PNG nor WebP' },
  'image-truncated': { status: 422, title: 'A frame ends before its image does' },
  'image-animated': { status: 422, title: 'A frame is an animation' },
  'image-too-large': { status: 422, title: 'A frame has more bytes or pixels than the service decodes' },
  'image-corrupt': { status: 422, title: 'A frame cannot be decoded' },
  'encoder-not-embedded': { status: 422, title: "The index's image encoder does not run in this service" },
  'encoder-mismatch': { status: 422, title: "The tokens are not from the index's image encoder" },
  'tokens-shape': { status: 422, title: 'The tokens do not have the shape the model takes' },
  'dtype-unknown': { status: 422, title: 'dtype is not a number format of tokens' },
  'tokens-scales': { status: 422, title: 'The scales of int8 tokens are missing, superfluous or not one per token' },
  'tokens-base64': { status: 422, title: 'The tokens are not base64 text' },
  'tokens-not-finite': { status: 422, title: 'A token holds NaN, an infinity or a value beyond all measure' },
  'limit-out-of-range': { status: 422, title: 'limit is not a number of tracks of a page' },
  'search-invalid': { status: 422, title: 'q is no text to search for' },
  'cursor-unknown': { status: 422, title: 'cursor is not of a page of this index' },
  'feedback-invalid': { status: 422, title: 'The body is not one to a hundred events' },
  'study-invalid': { status: 422, title: 'The body is not one to a hundred answers to the study' },
  'rate-limited': { status: 429, title: 'The caller has asked too often' },
  'client-gone': { status: CLIENT_GONE, title: 'The connection was closed before all of the request had come' },
  'caller-busy': { status: 429, title: 'The caller has as much under way as the service takes from one' },
  internal: { status: 500, title: 'The service failed' },
  'candidates-unavailable': { status: 503, title: 'The service that is asked for candidates does not answer' },
  'index-missing': { status: 503, title: 'The service has no index yet' },
  'index-unusable': { status: 503, title: "The service's index is incomplete, changed or of another version" },
  'keys-missing': { status: 503, title: 'The service has no API keys yet, and is not set to be open' },
  'keys-broken': { status: 503, title: "The service's API keys cannot be read" },
  'setting-broken': { status: 503, title: 'A setting of the service is not one that it takes' },
  busy: { status: 503, title: 'The service has as much to do as it takes on' },
  'feedback-unavailable': { status: 503, title: 'The service has no place to keep feedback' },
} as const satisfies Record<string, Kind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Thrown for everything that the caller can mend, and answered by its code. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  /** @param options `headers` go into the answer; `cause` goes into the log and nowhere else */
  constructor(code: ProblemCode, detail: string, options: { headers?: Record<string, string>; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
}

/** The members of RFC 9457 §3.1, and two of our own: `code`, and `requestId` to quote when asking for help. */
export function problemDetails(code: ProblemCode, detail: string, requestId: string): ProblemDetails {
  const { status, title } = PROBLEMS[code];
  return { type: `/openapi.json#/x-problems/${code}`, title, status, detail, code, requestId };
}

/** How a rejected value is quoted in a detail: short, on one line, never the whole upload. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = asJson(value) ?? typeof value;
  return shortText(text, 60);
}

/** JSON.stringify goes into lists by recursion, and JSON.parse reads more of them than the stack holds. */
function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'lists within lists, too many to quote';
    throw error;
  }
}
