// biome-ignore-all lint: esbuild wrote it
/* cuepoint/client. Made by `node test/client-types/client-package.ts`; `npm run check` compares. */
var __defProp = Object.defineProperty;
var __defNormalProp = (obj, key, value) =>
  key in obj
    ? __defProp(obj, key, { enumerable: true, configurable: true, writable: true, value })
    : (obj[key] = value);
var __publicField = (obj, key, value) => __defNormalProp(obj, typeof key !== 'symbol' ? key + '' : key, value);

// functions/page/api/error.ts
var CuepointError = class extends Error {
  constructor(code, detail, more = {}) {
    super(detail);
    __publicField(this, 'name', 'CuepointError');
    /**
     * Stable. One of the service's (/openapi.json lists them under x-problems), or of the client's own: `unreachable`, no answer came;
     * `aborted`, the app's signal ended it (its reason is the `cause`); `answer-broken`, what came is no answer of this service; `unknown`, a refusal
     * without a code, as a proxy gives.
     */
    __publicField(this, 'code');
    /** HTTP status; missing where there was no answer. */
    __publicField(this, 'status');
    /** To quote when asking for help. */
    __publicField(this, 'requestId');
    /** When the service says to try again, in milliseconds. */
    __publicField(this, 'retryAfterMs');
    this.code = code;
    this.status = more.status;
    this.requestId = more.requestId;
    this.retryAfterMs = more.retryAfterMs;
    if (more.cause !== void 0) this.cause = more.cause;
  }
};

// functions/page/api/send.ts
var RETRIES = 3;
var LONGEST_WAIT_MS = 6e4;
var KEPT = 32;
function createSender(options) {
  const { key, headers = {}, retries = RETRIES, longestWaitMs = LONGEST_WAIT_MS } = options;
  const base = String(options.url).replace(/\/+$/, '');
  const doFetch = options.fetch ?? ((url, init) => fetch(url, init));
  const kept = /* @__PURE__ */ new Map();
  async function send(path, body, { signal, headers: more } = {}) {
    const form = isForm(body) ? body : void 0;
    const json = body && !form ? JSON.stringify(body) : void 0;
    const name = form ? void 0 : `${path} ${json ?? ''}`;
    const known = name === void 0 ? void 0 : kept.get(name);
    const init = {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...headers,
        ...more,
        ...(json === void 0 ? {} : { 'content-type': 'application/json' }),
        ...(known ? { 'if-none-match': known.tag } : {}),
      },
      body: form ?? json,
      signal,
    };
    for (let left = retries; ; left--) {
      const response = await reach(`${base}${path}`, init);
      const text = await textOf(response, signal);
      if (response.status === 304 && known) return keep(name, known);
      if (response.ok) {
        const tag = response.headers.get('etag');
        return tag && name !== void 0 ? keep(name, { tag, text }) : parsed(text);
      }
      const refusal = refusalOf(response, text);
      const { retryAfterMs } = refusal;
      const mayWait = left > 0 && retryAfterMs !== void 0 && retryAfterMs <= longestWaitMs;
      if (!mayWait || (response.status !== 429 && response.status !== 503)) throw refusal;
      await wait(retryAfterMs, signal);
    }
  }
  async function reach(url, init) {
    if (init.signal?.aborted) throw aborted(init.signal);
    try {
      return await doFetch(url, init);
    } catch (cause) {
      throw lost(cause, init.signal);
    }
  }
  function keep(name, answer) {
    const value = parsed(answer.text);
    kept.delete(name);
    kept.set(name, answer);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return value;
  }
  return { base, send };
}
var isForm = (body) => typeof FormData !== 'undefined' && body instanceof FormData;
async function textOf(response, signal) {
  try {
    return await response.text();
  } catch (cause) {
    throw lost(cause, signal);
  }
}
function parsed(text) {
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
function refusalOf({ status, headers }, text) {
  let problem = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {}
  const { code, detail, requestId = headers.get('x-request-id') } = problem;
  return new CuepointError(
    typeof code === 'string' ? code : 'unknown',
    typeof detail === 'string' ? detail : `service: expected an answer, got status ${status}. Try again later.`,
    {
      status,
      requestId: typeof requestId === 'string' ? requestId : void 0,
      retryAfterMs: waitOf(headers.get('retry-after')),
    },
  );
}
function waitOf(header) {
  if (header === null) return void 0;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1e3;
  const at = Date.parse(header);
  return Number.isNaN(at) ? void 0 : Math.max(0, at - Date.now());
}
function wait(ms, signal) {
  return new Promise((over, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      over();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop);
  });
}
var lost = (cause, signal) =>
  signal?.aborted
    ? aborted(signal)
    : new CuepointError('unreachable', 'service: expected an answer, got none. Check the connection and try again.', {
        cause,
      });
var aborted = (signal) =>
  new CuepointError(
    'aborted',
    'request: expected to wait for its answer, was aborted. Send it again when it is wanted.',
    {
      cause: signal.reason,
    },
  );

// functions/page/api/client.ts
function createClient(options) {
  const { send, base } = createSender(options);
  const clipTo = (path, clip, asked, call) =>
    send(path, 'tokens' in clip ? { ...clip, ...asked } : formOf(clip, asked), call);
  return {
    moments: (clip, asked = {}, call) => clipTo('/v1/moments', clip, asked, call),
    momentIn: (trackId, clip, asked = {}, call) => clipTo(`${trackPath(trackId)}/moments`, clip, asked, call),
    tracks: (page = {}, call) => send(`/v1/tracks${queryOf(page)}`, void 0, call),
    track: (trackId, call) => send(trackPath(trackId), void 0, call),
    filters: (asked = {}, call) => send(`/v1/filters${queryOf(asked)}`, void 0, call),
    index: (call) => send('/v1/index', void 0, call),
    feedback: (events, call) => send('/v1/feedback', Array.isArray(events) ? { events } : events, call),
    previewUrl: ({ previewUrl }) => (previewUrl === null ? void 0 : `${base}${previewUrl}`),
  };
}
var trackPath = (trackId) => `/v1/tracks/${encodeURIComponent(trackId)}`;
function queryOf(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== void 0 && value !== '');
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(textOf2(value))}`).join('&');
  return text && `?${text}`;
}
var textOf2 = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
function formOf({ frames, durationMs }, options) {
  const form = new FormData();
  for (const [i, frame] of frames.entries())
    if ('uri' in frame) form.append('frames', frame);
    else form.append('frames', frame, `${i}.jpg`);
  for (const [name, value] of Object.entries({ durationMs, ...options }))
    if (value !== void 0) form.append(name, textOf2(value));
  return form;
}

export { CuepointError, createClient };
