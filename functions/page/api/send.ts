/**
 * One request to the service and its answer: the key, ETags that are kept, waits that the service asks for, and errors of one class.
 *
 * The service says when it has room again (429 and 503 with Retry-After, RFC 9110 §10.2.3), so a client waits as long and no longer. Asking for
 * moments changes nothing, and what was refused was not done, so each may be asked again. A connection that breaks is not: feedback might
 * be kept twice.
 */
import { CuepointError } from './error.ts';

/** As fetch is called here. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string | FormData; signal?: AbortSignal },
) => Promise<Response>;

export interface SenderOptions {
  /** Where the service is, such as `https://your.worker`; it may lie below a path. */
  url: string | URL;
  /** API key, where the service asks for one. */
  key?: string;
  /** Another fetch than the platform's. */
  fetch?: FetchLike;
  /** Sent with each request. */
  headers?: Record<string, string>;
  /** How often a request is sent again when the service says to wait; 3 unless given. */
  retries?: number;
  /** The longest wait that is sat out, in milliseconds; a minute unless given. */
  longestWaitMs?: number;
}

/** Of one request. */
export interface Call {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

export interface Sender {
  /** Without a slash at its end. */
  base: string;
  /** @param body sent as JSON, or as the form it is; GET without one. @throws CuepointError */
  send<T>(path: string, body?: object, call?: Call): Promise<T>;
}

const RETRIES = 3;
const LONGEST_WAIT_MS = 60_000;
/** Answers that are kept with their tags, the least recently asked going first: some hundred kilobytes. */
const KEPT = 32;

export function createSender(options: SenderOptions): Sender {
  const { key, headers = {}, retries = RETRIES, longestWaitMs = LONGEST_WAIT_MS } = options;
  const base = String(options.url).replace(/\/+$/, '');
  const doFetch: FetchLike = options.fetch ?? ((url, init) => fetch(url, init as RequestInit));
  const kept = new Map<string, { tag: string; text: string }>();

  async function send<T>(path: string, body?: object, { signal, headers: more }: Call = {}): Promise<T> {
    const form = isForm(body) ? body : undefined;
    const json = body && !form ? JSON.stringify(body) : undefined;
    const name = form ? undefined : `${path} ${json ?? ''}`; // a form cannot be compared
    const known = name === undefined ? undefined : kept.get(name);
    const init = {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...headers,
        ...more,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(known ? { 'if-none-match': known.tag } : {}),
      },
      body: form ?? json,
      signal,
    };
    for (let left = retries; ; left--) {
      const response = await reach(`${base}${path}`, init);
      const text = await textOf(response, signal);
      if (response.status === 304 && known) return keep(name!, known) as T;
      if (response.ok) {
        const tag = response.headers.get('etag');
        return (tag && name !== undefined ? keep(name, { tag, text }) : parsed(text)) as T;
      }
      const refusal = refusalOf(response, text);
      const { retryAfterMs } = refusal;
      const mayWait = left > 0 && retryAfterMs !== undefined && retryAfterMs <= longestWaitMs;
      if (!mayWait || (response.status !== 429 && response.status !== 503)) throw refusal;
      await wait(retryAfterMs, signal);
    }
  }

  async function reach(url: string, init: Parameters<FetchLike>[1]): Promise<Response> {
    if (init.signal?.aborted) throw aborted(init.signal);
    try {
      return await doFetch(url, init);
    } catch (cause) {
      throw lost(cause, init.signal);
    }
  }

  /** As text, so that who changes an answer changes no one else's. */
  function keep(name: string, answer: { tag: string; text: string }): unknown {
    const value = parsed(answer.text);
    kept.delete(name);
    kept.set(name, answer);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return value;
  }

  return { base, send };
}

const isForm = (body?: object): body is FormData => typeof FormData !== 'undefined' && body instanceof FormData;

async function textOf(response: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw lost(cause, signal);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CuepointError(
      'answer-broken',
      `service: expected JSON, got ${text.length} characters of something else. Check the address of the service.`,
      { cause },
    );
  }
}

function refusalOf({ status, headers }: Response, text: string): CuepointError {
  let problem: { code?: unknown; detail?: unknown; requestId?: unknown } = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    // a proxy's page: the status is all there is to say
  }
  const { code, detail, requestId = headers.get('x-request-id') } = problem;
  return new CuepointError(
    typeof code === 'string' ? code : 'unknown',
    typeof detail === 'string' ? detail : `service: expected an answer, got status ${status}. Try again later.`,
    {
      status,
      requestId: typeof requestId === 'string' ? requestId : undefined,
      retryAfterMs: waitOf(headers.get('retry-after')),
    },
  );
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((over, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(aborted(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      over();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
  });
}

const lost = (cause: unknown, signal?: AbortSignal): CuepointError =>
  signal?.aborted
    ? aborted(signal)
    : new CuepointError('unreachable', 'service: expected an answer, got none. Check the connection and try again.', {
        cause,
      });

const aborted = (signal: AbortSignal): CuepointError =>
  new CuepointError(
    'aborted',
    'request: expected to wait for its answer, was aborted. Send it again when it is wanted.',
    {
      cause: signal.reason,
    },
  );
