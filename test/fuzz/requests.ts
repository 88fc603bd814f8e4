/**
 * Requests that were right once, in every form that is taken, with their headers, addresses and bytes changed: what a careless client,
 * a hostile one or a broken network sends.
 */
import fc from 'fast-check';
import { damaged, joined } from './bytes.ts';
import { changedJson, changedJsonText, odd } from './json.ts';
import { PICTURES } from './pictures.ts';

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
    { weight: 3, arbitrary: lookUps(target) },
    { weight: 1, arbitrary: anywhere },
  );
  return fc.tuple(all, strange, credentials).map(([request, headers, credential]) => ({
    ...request,
    wantsKey: credential !== undefined,
    headers: { ...request.headers, ...headers, ...credential },
  }));
}

/** What the service that wants keys knows. */
export const KEY = 'cp_fuzz';

/** undefined: the open service is asked. */
const credentials: fc.Arbitrary<Record<string, string> | undefined> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>({ authorization: `Bearer ${KEY}` }, { 'x-api-key': KEY }, {}),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('authorization', 'x-api-key'),
        fc.constantFrom('Bearer ', 'bearer', 'Basic ', ''),
        fc.string(),
      )
      .map(([name, scheme, text]) => ({ [name]: `${scheme}${text}` })),
  },
);

type Clip = Omit<FuzzRequest, 'operation'>;

const FRAMES = 3;

/** Three tokens whose first two values are something. */
function tokensOf(width: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(FRAMES * width);
  for (let i = 0; i < FRAMES; i++) values.set([1, 0.5], i * width);
  return values;
}

const OPTIONS = {
  k: 3,
  fit: 'clip',
  snap: 'beat',
  hitAtMs: 500,
  filters: { tags: { in: ['calm', 'bright'], not: 'loud' }, durationMs: { range: { min: 1000 } } },
  exclude: { tracks: ['north'], artists: ['Nobody'] },
  diversity: { perArtist: 2, lambda: 0.7 },
  alternatives: 2,
  targetLufs: -14,
};

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

/** A list of fields with some dropped, repeated, renamed or odd, as a query. */
function queryOf(fields: Record<string, string>): fc.Arbitrary<string> {
  return changedFields(fields).map((all) => `?${new URLSearchParams(all as [string, string][])}`);
}

function changedFields(fields: Record<string, string>): fc.Arbitrary<[string, string][]> {
  const entries = Object.entries(fields);
  const change = fc.record({
    kind: fc.constantFrom('odd', 'drop', 'repeat', 'rename', 'none'),
    at: fc.nat({ max: entries.length - 1 }),
    value: fc.oneof(
      odd.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
      fc.string(),
    ),
  });
  return fc.array(change, { maxLength: 2 }).map((all) => {
    const changed = entries.map(([name, value]): [string, string] => [name, value]);
    for (const { kind, at, value = '' } of all) {
      if (kind === 'odd') changed[at % changed.length][1] = value.slice(0, 2000);
      if (kind === 'rename') changed[at % changed.length][0] = value.slice(0, 100);
      if (kind === 'repeat') changed.push([...(changed[at % changed.length] ?? ['k', '1'])]);
      if (kind === 'drop' && changed.length > 1) changed.splice(at % changed.length, 1);
    }
    return changed;
  });
}

function textsOf(options: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

interface FormGame {
  boundary: string;
  /** In content-type, where that is another. */
  told: string;
  lineBreak: string;
  ending: string;
  preamble: string;
  disposition: string;
}

const BOUNDARY = '----cuepoint4711';

/** What may be amiss with a form as a form. */
const formGame: fc.Arbitrary<FormGame> = fc.record({
  boundary: sometimes(BOUNDARY, 'x', 8),
  told: fc.oneof(
    { weight: 12, arbitrary: fc.constant(`; boundary=${BOUNDARY}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '; boundary=',
        '; boundary="x"',
        `; boundary="${BOUNDARY}"`,
        `; charset=utf-8; boundary=${BOUNDARY}`,
        `; boundary=${BOUNDARY}; boundary=x`,
        `; boundary=x; boundary=${BOUNDARY}`,
        `;boundary=${'b'.repeat(71)}`,
        '; boundary="',
        '; Boundary=\\',
      ),
    },
  ),
  lineBreak: fc.oneof(
    { weight: 10, arbitrary: fc.constant('\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', ' \r\n', '') },
  ),
  ending: fc.oneof(
    { weight: 10, arbitrary: fc.constant('--\r\n') },
    { weight: 1, arbitrary: fc.constantFrom('', '--', '-', '\r\n', '--epilogue', '--\r\n--x\r\n') },
  ),
  preamble: sometimes('', 'preamble\r\n', 12),
  disposition: fc.oneof(
    { weight: 14, arbitrary: fc.constant('content-disposition: form-data; name="NAME"') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'Content-Disposition: form-data; name=NAME',
        'content-disposition: form-data; filename="a"; name="NAME"',
        'content-disposition: form-data; filename="; name=k; "; name="NAME"',
        'content-disposition: form-data; name="NAME"; name="frames"',
        'content-disposition: attachment; name="NAME"',
        'content-type: image/jpeg',
        `x: ${'y'.repeat(5000)}\r\ncontent-disposition: form-data; name="NAME"`,
        "content-disposition: form-data; name*=utf-8''NAME",
        'content-disposition: form-data; name="NA\\"ME"',
        '',
      ),
    },
  ),
});

/** Pictures whole and damaged, texts and nothing. */
const fileContent: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PICTURES.map(([, bytes]) => bytes)) },
  { weight: 3, arbitrary: fc.constantFrom(...PICTURES.map(([, bytes]) => bytes)).chain((bytes) => damaged(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constant(new TextEncoder().encode(`\r\n--${BOUNDARY}--\r\n`)) },
);

function formClips(): fc.Arbitrary<Clip> {
  const { fit, snap, ...rest } = OPTIONS;
  const fields = changedFields({ durationMs: '3000', ...textsOf({ fit, snap, ...rest }) });
  const files = fc.oneof(
    { weight: 8, arbitrary: fc.array(fileContent, { minLength: FRAMES, maxLength: FRAMES }) },
    { weight: 1, arbitrary: fc.array(fileContent, { maxLength: 60 }) },
  );
  return fc
    .record({
      fields,
      files,
      game: formGame,
      hurt: fc.nat({ max: 9 }),
      gzip: compressions(),
      query: sometimes('', '?k=3', 20),
    })
    .chain(({ fields, files, game, hurt, gzip, query }) => {
      const whole = formOf(fields, files, game);
      const body = hurt === 0 ? damaged(whole) : fc.constant(whole);
      const headers = { 'content-type': `multipart/form-data${game.told}` };
      return body.map((bytes) => ({ method: 'POST', path: query, headers, body: bytes, gzip }));
    });
}

function formOf(
  fields: readonly [string, string][],
  files: readonly Uint8Array[],
  game: FormGame,
): Uint8Array<ArrayBuffer> {
  const { boundary, lineBreak, ending, preamble, disposition } = game;
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const parts = [
    ...fields.map(([name, value]) => [name, text(value)] as const),
    ...files.map((content) => ['frames', content] as const),
  ];
  const lines = parts.flatMap(([name, content]) => [
    text(`--${boundary}${lineBreak}${disposition.replace('NAME', name)}${lineBreak}${lineBreak}`),
    content,
    text(lineBreak),
  ]);
  return joined(text(preamble), ...lines, text(`--${boundary}${ending}`));
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

const byte = fc.oneof(
  fc.constantFrom('', '0', '1', '999', '1000', '1001', '00', '-1', '1e3', '9'.repeat(30)),
  fc.nat().map(String),
);

/** Of a preview of 1000 bytes. */
const range = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(byte, byte).map(([first, last]) => `bytes=${first}-${last}`) },
  { weight: 1, arbitrary: fc.constantFrom('bytes=0-1,5-9', 'Bytes = 0 - 9', 'bits=0-1', 'bytes', 'bytes=-', '') },
);

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

/** What a header can hold without being encoded anew. */
const headerValue = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '*',
    '"',
    '-1',
    '0',
    'null',
    'a'.repeat(4000),
    '1, 2',
    'bytes=0-',
    'bytes=9999-',
    'bytes=5-1',
    'W/"x"',
    'identity, gzip',
  ),
);

/** Headers that are looked at. Content-length is the sender's word: the platform corrects it on a real connection only. */
const strange: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({}) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'x-request-id',
          'if-none-match',
          'range',
          'if-range',
          'origin',
          'authorization',
          'x-api-key',
          'accept',
          'content-encoding',
          'content-type',
          'access-control-request-method',
          'cf-connecting-ip',
        ),
        headerValue,
      )
      .map(([name, value]) => ({ [name]: value })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('0', '1', '-1', 'abc', '1e3', '0x10', '65537', '99999999999', 'Infinity', '0.5', '4, 4')
      .map((value) => ({ 'content-length': value })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'application/json; charset=utf-16',
        'APPLICATION/JSON',
        'application/json;',
        'multipart/form-data',
        'multipart/mixed; boundary=x',
        'text/plain',
        ';',
        '__proto__',
        'application/octet-stream; x=1',
      )
      .map((value) => ({ 'content-type': value })),
  },
);

function compressions(): fc.Arbitrary<FuzzRequest['gzip']> {
  return fc.oneof(
    { weight: 200, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('bomb' as const) },
    {
      weight: 20,
      arbitrary: fc.constantFrom(
        'whole' as const,
        'twice' as const,
        'cut' as const,
        'damaged' as const,
        'trailed' as const,
      ),
    },
  );
}

function sometimes(usual: string, other: string, odds: number): fc.Arbitrary<string> {
  return fc.oneof({ weight: odds, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(other) });
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
