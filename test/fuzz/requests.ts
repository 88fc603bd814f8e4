/**
 * Requests that were right once, in every form that is taken, with their headers, addresses and bytes changed: what a careless client,
 * a hostile one or a broken network sends.
 */
import fc from 'fast-check';
import { damaged } from './bytes.ts';
import { type Clip, compressions, FRAMES, OPTIONS, queryOf, sometimes, textsOf } from './fields.ts';
import { formClips } from './forms.ts';
import { credentials, range, strange } from './headers.ts';
import { changedJson, changedJsonText } from './json.ts';

export interface FuzzRequest {
  /** As /openapi.json names it, such as "POST /v1/moments"; undefined where the address may be anything. */
  operation?: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Whether the service is asked that wants keys; the one that is open otherwise. */
  wantsKey?: boolean;
  /** What is done with the body before it is sent. */
  gzip?: 'whole' | 'twice' | 'cut' | 'damaged' | 'trailed' | 'bomb';
}

export interface FuzzTarget {
  /** Name and width of the index's image encoder, which is basic-frames. */
  encoder: { name: string; width: number };
  /** Ids of tracks it has. */
  tracks: readonly string[];
}

/** By weight: the richer the form, the more often. */
export function requestsFor(target: FuzzTarget): fc.Arbitrary<FuzzRequest> {
  const clips = fc.oneof(
    { weight: 5, arbitrary: jsonClips(target) },
    { weight: 4, arbitrary: byteClips(target) },
    { weight: 6, arbitrary: formClips() },
  );
  const placed = fc
    .tuple(clips, idsOf(target), fc.nat({ max: 3 }))
    .map(([clip, id, place]) =>
      place > 0
        ? { ...clip, operation: 'POST /v1/moments', path: `/v1/moments${clip.path}` }
        : { ...clip, operation: 'POST /v1/tracks/{id}/moments', path: `/v1/tracks/${id}/moments${clip.path}` },
    );
  const all = fc.oneof(
    { weight: 14, arbitrary: placed },
    { weight: 2, arbitrary: feedback },
    { weight: 1, arbitrary: study },
    { weight: 3, arbitrary: lookUps(target) },
    { weight: 1, arbitrary: anywhere },
  );
  return fc.tuple(all, strange, credentials).map(([request, headers, credential]) => ({
    ...request,
    wantsKey: credential !== undefined,
    headers: { ...request.headers, ...headers, ...credential },
  }));
}

/** Three tokens whose first two values are something. */
function tokensOf(width: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(FRAMES * width);
  for (let i = 0; i < FRAMES; i++) values.set([1, 0.5], i * width);
  return values;
}

function jsonClips({ encoder }: FuzzTarget): fc.Arbitrary<Clip> {
  const { name, width } = encoder;
  const tokens = base64(new Uint8Array(tokensOf(width).buffer));
  const whole = { encoder: name, shape: [FRAMES, width], tokens, durationMs: 3000, ...OPTIONS };
  const int8 = {
    ...whole,
    dtype: 'int8',
    tokens: base64(new Uint8Array(FRAMES * width).fill(3)),
    scales: base64(new Uint8Array(new Float32Array(FRAMES).fill(0.5).buffer)),
  };
  const { tokens: _, ...small } = whole; // so that options are met more often than half a kilobyte of base64
  const body = fc.oneof(
    fc.constantFrom(whole, int8).chain(changedJsonText),
    changedJson(small).map((changed) => JSON.stringify(typeof changed === 'object' ? { tokens, ...changed } : changed)),
    damaged(new TextEncoder().encode(JSON.stringify(whole))),
  );
  return fc.record({
    method: fc.constant('POST'),
    path: sometimes('', '?k=3', 20),
    headers: fc.constant({ 'content-type': 'application/json' }),
    body,
    gzip: compressions(),
  });
}

function byteClips({ encoder }: FuzzTarget): fc.Arbitrary<Clip> {
  const { name, width } = encoder;
  const bytes = new Uint8Array(tokensOf(width).buffer);
  const fields = { encoder: name, shape: `${FRAMES},${width}`, durationMs: '3000', ...textsOf(OPTIONS) };
  return fc.record({
    method: fc.constant('POST'),
    path: queryOf(fields),
    headers: fc.constant({ 'content-type': 'application/octet-stream' }),
    body: fc.oneof(
      fc.constant(bytes),
      damaged(bytes),
      fc.uint8Array({ maxLength: 300 }).map((one) => Uint8Array.from(one)),
    ),
    gzip: compressions(),
  });
}

const EVENT = {
  event: 'used',
  at: '2026-11-25T18:00:00Z',
  requestId: '1c1a6a7f-e655-47e1-9a80-8d31462bad1d',
  clipId: 'draft-4711',
  clipMs: 12_400,
  trackId: 'east',
  startMs: 61_540,
  endMs: 73_940,
  trackMs: 120_000,
  rank: 1,
  indexVersion: 'hand00000000',
  modelVersion: 'hand00000001',
};

const feedback: fc.Arbitrary<FuzzRequest> = fc.record({
  operation: fc.constant('POST /v1/feedback'),
  method: fc.constant('POST'),
  path: fc.constant('/v1/feedback'),
  headers: fc.constant({ 'content-type': 'application/json' }),
  body: fc.oneof(changedJsonText(EVENT), changedJsonText({ events: [EVENT, EVENT] })),
  gzip: compressions(),
});

const study: fc.Arbitrary<FuzzRequest> = fc.record({
  operation: fc.constant('POST /v1/study'),
  method: fc.constant('POST'),
  path: fc.constant('/v1/study'),
  headers: fc.constant({ 'content-type': 'application/json' }),
  body: changedJsonText({
    study: '0123456789ab',
    participant: '0123456789abcdef',
    answers: [{ item: 'c1', choice: 'both', at: '2026-11-25T18:00:00Z' }],
  }),
  gzip: compressions(),
});

function lookUps(target: FuzzTarget): fc.Arbitrary<FuzzRequest> {
  const get = (operation: string, path: fc.Arbitrary<string>): fc.Arbitrary<FuzzRequest> =>
    fc.record({ operation: fc.constant(operation), method: fc.constant('GET'), path, headers: fc.constant({}) });
  const id = idsOf(target);
  const page = queryOf({ limit: '2', cursor: 'hand00000000.1' }).map((query) => `/v1/tracks${query}`);
  const signed = queryOf({ signature: 'AAAAAAAAAAAAAAAAAAAAAA' });
  return fc.oneof(
    get('GET /v1/tracks', page),
    get(
      'GET /v1/tracks/{id}',
      id.map((one) => `/v1/tracks/${one}`),
    ),
    fc.record({
      operation: fc.constant('GET /v1/tracks/{id}/preview'),
      method: fc.constant('GET'),
      path: fc.tuple(id, signed).map(([one, query]) => `/v1/tracks/${one}/preview${query}`),
      headers: range.map((one) => ({ range: one })),
    }),
    get('GET /v1/filters', fc.constantFrom('/v1/filters', '/v1/filters?x=1')),
    get('GET /v1/index', fc.constantFrom('/v1/index', '/v1/index?__proto__=1')),
    get('GET /healthz', fc.constant('/healthz')),
    get('GET /metrics', fc.constant('/metrics')),
  );
}

/** Segments of a path: ids there are, and what else somebody may write there. */
function idsOf({ tracks }: FuzzTarget): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tracks) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '%',
        '%00',
        '%2F',
        '%E0%A4%A',
        '..%2f..',
        '__proto__',
        'constructor',
        '%F0%9F%98%80',
        'a'.repeat(3000),
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map(inPath) },
  );
}

/** encodeURIComponent does not take halves of characters; and "." or ".." would be another path. */
const inPath = (text: string): string => `i${encodeURIComponent(text.toWellFormed())}`;

const anywhere: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
  path: fc.oneof(
    fc.constantFrom(
      '/',
      '/v1/moments',
      '/v1/tracks',
      '/v1/feedback',
      '/v1/study',
      '/study',
      '/study/',
      '/study/media/0123456789abcdef-9.mp3',
      '/openapi.json',
      '/docs',
      '/current.json',
      '/v1',
      '/v1/tracks//moments',
      '//v1/index',
      '/V1/index',
      '/v1/index/',
      '/v1/tracks/east/preview/x',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }).map((text) => `/${inPath(text)}`),
  ),
  headers: fc.constant({}),
});

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
