/** Every way to send nonsense: a stable code, a sentence that says what to do, and a service that answers as before. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { PROBLEMS, type ProblemCode, type ProblemDetails } from '../../functions/schema/problem.ts';
import {
  animatedWebp,
  form,
  gzipped,
  heavyJpeg,
  jpegFrame,
  json,
  pngBomb,
  pngFrame,
  type Sent,
  tokenBytes,
  tokens,
  webpFrame,
} from './requests.ts';
import { type RunningService, startService } from './service.ts';

const frames = await Promise.all([0, 1, 2, 3, 4].map(jpegFrame));
const png = await pngFrame(0);
const webp = await webpFrame(0);
const animation = await animatedWebp();
const MB = 1024 * 1024;
const WIDTH = BASIC_FRAMES.width;

let service: RunningService;
let before: string;
let trackId: string;
/** The one track that has no preview (tiny-bundle.ts). */
let silentId: string;

async function good(): Promise<string> {
  const response = await service.send(form(frames));
  expect(response.status).toBe(200);
  return response.text();
}

beforeAll(async () => {
  service = await startService('bad-input', inject('tinyBundle'));
  before = await good();
  const { moments } = JSON.parse(before) as MomentsAnswer;
  trackId = moments[0].track.id;
  silentId = moments.find(({ track }) => track.previewUrl === null)!.track.id;
});
afterAll(() => service?.close());

const withNaN = (i: number): number => (i === 7 ? Number.NaN : 0.5);
const withInfinity = (i: number): number => (i === 7 ? Number.NEGATIVE_INFINITY : 0.5);
const multipart = (body: string): Sent => ({ headers: { 'content-type': 'multipart/form-data; boundary=x' }, body });
const withoutField = (name: string): Sent => tokens({ [name]: undefined });

/** At once, with two good ones: fewer than the service lets wait. */
const BESIDE = 10;

const used = () => ({
  event: 'used',
  requestId: 'r1',
  clipId: 'c1',
  clipMs: 5000,
  trackId,
  startMs: 0,
  endMs: 5000,
  indexVersion: 'i1',
  modelVersion: 'm1',
});

/** 25 MB in pieces, without a content-length. */
function endless(): ReadableStream<Uint8Array> {
  let left = 25;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(MB));
      else controller.close();
    },
  });
}

const cases: [what: string, code: ProblemCode, sent: () => Sent][] = [
  ['a form without frames', 'frames-missing', () => form([], { durationMs: '5000' })],
  ['51 frames', 'frames-too-many', () => form(Array(51).fill(frames[0]))],
  ['a frame of every second of ten minutes', 'frames-too-many', () => form(Array(600).fill(frames[0]))],
  ['a JPEG cut in half', 'image-truncated', () => form([frames[0], frames[1].slice(0, frames[1].length >> 1)])],
  ['a PNG cut in half', 'image-truncated', () => form([png.slice(0, png.length >> 1)])],
  ['a WebP cut in half', 'image-truncated', () => form([webp.slice(0, webp.length >> 1)])],
  ['a WebP whose frame header is noise', 'image-corrupt', () => form([webp.slice().fill(0xff, 20, 30)])],
  ['an animated WebP', 'image-animated', () => form([animation])],
  ['a text file', 'image-unrecognised', () => form([new TextEncoder().encode('this is no picture')])],
  ['an empty file', 'image-unrecognised', () => form([new Uint8Array(0)])],
  ['a frame over 8 MB', 'image-too-large', () => form([heavyJpeg(frames[0])])],
  ['a decompression bomb', 'image-too-large', () => form([pngBomb()])],
  ['a JPEG whose header says 65,000 x 65,000', 'image-too-large', () => form([resized(frames[0], 65_000)])],
  ['noise in a PNG', 'image-corrupt', () => form([withNoise(png)])],
  [
    'a form that ends in the middle',
    'multipart-broken',
    () => multipart('--x\r\ncontent-disposition: form-data; name="frames"\r\n\r\nabc'),
  ],
  ['a form without its boundary', 'multipart-broken', () => multipart('hello')],
  [
    'a form of ten thousand parts',
    'multipart-broken',
    () => multipart(`${'--x\r\ncontent-disposition: form-data; name="frames"\r\n\r\n\r\n'.repeat(10_000)}--x--`),
  ],
  ['tokens of another width', 'tokens-shape', () => tokens({ shape: [5, 512] })],
  ['tokens that are fewer than their shape', 'tokens-shape', () => tokens({ shape: [6, WIDTH], durationMs: 6000 })],
  ['a shape of fractions', 'tokens-shape', () => tokens({ shape: [2.5, WIDTH] })],
  ['a shape of 0 frames', 'frames-missing', () => tokens({ shape: [0, WIDTH], tokens: '' })],
  ['a shape of a billion frames', 'frames-too-many', () => tokens({ shape: [1e9, WIDTH] })],
  ['tokens as float64', 'dtype-unknown', () => tokens({ dtype: 'float64' })],
  ['int8 tokens without scales', 'tokens-scales', () => tokens({ dtype: 'int8' })],
  ['float32 tokens with scales', 'tokens-scales', () => tokens({ scales: 'AAAA' })],
  [
    'bytes of tokens that end in the middle',
    'tokens-shape',
    () => tokenBytes(new Uint8Array(99), { encoder: BASIC_FRAMES.name, shape: `5,${WIDTH}`, durationMs: '5000' }),
  ],
  ['bytes of tokens without a query', 'encoder-mismatch', () => tokenBytes(new Uint8Array(99), {})],
  ['tokens of another encoder', 'encoder-mismatch', () => tokens({ encoder: 'clip-vit-b32' })],
  ['tokens without an encoder', 'encoder-mismatch', () => withoutField('encoder')],
  ['NaN in the tokens', 'tokens-not-finite', () => tokens({}, withNaN)],
  ['an infinity in the tokens', 'tokens-not-finite', () => tokens({}, withInfinity)],
  ['tokens beyond all measure', 'tokens-not-finite', () => tokens({}, () => 3e38)],
  ['tokens that are not base64', 'tokens-base64', () => tokens({ tokens: '%%%' })],
  ['tokens that are numbers', 'tokens-base64', () => tokens({ tokens: [1, 2, 3] })],
  ['k = 0', 'k-out-of-range', () => tokens({ k: 0 })],
  ['k = 1000', 'k-out-of-range', () => tokens({ k: 1000 })],
  ['k = 1.5', 'k-out-of-range', () => tokens({ k: 1.5 })],
  ['k in words, in a form', 'k-out-of-range', () => form(frames, { k: 'five' })],
  ['fit = stretch', 'fit-unknown', () => tokens({ fit: 'stretch' })],
  ['snap = bar', 'snap-unknown', () => tokens({ snap: 'bar' })],
  ['a hit after the end', 'hit-out-of-range', () => tokens({ hitAtMs: 5001 })],
  ['a hit after the last frame, in a form', 'hit-out-of-range', () => form(frames, { hitAtMs: '5001' })],
  ['filters that are no object', 'filters-invalid', () => tokens({ filters: ['jazz'] })],
  ['filters that are no JSON, in a form', 'filters-invalid', () => form(frames, { filters: '{' })],
  ['a filter by a field that nobody has', 'filters-invalid', () => tokens({ filters: { colour: 'red' } })],
  ['exclude of another shape', 'exclude-invalid', () => tokens({ exclude: { songs: ['a'] } })],
  ['lambda = 2', 'diversity-out-of-range', () => tokens({ diversity: { lambda: 2 } })],
  ['ten alternatives', 'alternatives-out-of-range', () => tokens({ alternatives: 10 })],
  ['a loudness above full scale', 'loudness-out-of-range', () => tokens({ targetLufs: 3 })],
  ['duration 0', 'duration-out-of-range', () => tokens({ durationMs: 0 })],
  ['duration 0 in a form', 'duration-out-of-range', () => form(frames, { durationMs: '0' })],
  ['a duration of an hour', 'duration-out-of-range', () => tokens({ durationMs: 3_600_000 })],
  ['tokens without a duration', 'duration-out-of-range', () => withoutField('durationMs')],
  ['five frames of a clip of 20 s', 'duration-contradicts-frames', () => form(frames, { durationMs: '20000' })],
  ['five frames of a clip of 2 s', 'duration-contradicts-frames', () => tokens({ durationMs: 2000 })],
  ['a misspelt field', 'field-unexpected', () => tokens({ durationMS: 5000 })],
  [
    'k twice',
    'field-unexpected',
    () => multipart(`${'--x\r\ncontent-disposition: form-data; name="k"\r\n\r\n5\r\n'.repeat(2)}--x--`),
  ],
  ['an unknown track', 'track-unknown', () => ({ ...tokens(), path: '/v1/tracks/no-such-track/moments' })],
  ['an unknown path', 'path-unknown', () => ({ path: '/v1/moment', method: 'GET' })],
  ["the bundle's manifest", 'path-unknown', () => ({ path: '/manifest.json', method: 'GET' })],
  ['GET instead of POST', 'method-not-allowed', () => ({ method: 'GET' })],
  ['DELETE', 'method-not-allowed', () => ({ path: '/v1/index', method: 'DELETE' })],
  ['broken JSON', 'json-broken', () => json('{"k": 5')],
  [
    'gzip that is none',
    'gzip-broken',
    () => ({ ...tokens(), headers: { ...tokens().headers, 'content-encoding': 'gzip' } }),
  ],
  ['a gzip bomb', 'body-too-large', () => gzipped(json(' '.repeat(100 * MB)))],
  [
    'a body in Brotli',
    'encoding-unsupported',
    () => ({ ...tokens(), headers: { ...tokens().headers, 'content-encoding': 'br' } }),
  ],
  ['a query beside a form', 'field-unexpected', () => ({ ...form(frames), path: '/v1/moments?k=3' })],
  ['a page of a million tracks', 'limit-out-of-range', () => ({ path: '/v1/tracks?limit=1000000', method: 'GET' })],
  ['a cursor of another index', 'cursor-unknown', () => ({ path: '/v1/tracks?cursor=older.50', method: 'GET' })],
  [
    'the preview of a track without one',
    'preview-missing',
    () => ({ path: `/v1/tracks/${silentId}/preview`, method: 'GET' }),
  ],
  ['feedback with nowhere to keep it', 'feedback-unavailable', () => ({ ...json(used()), path: '/v1/feedback' })],
  [
    'feedback of another kind',
    'feedback-invalid',
    () => ({ ...json({ ...used(), event: 'liked' }), path: '/v1/feedback' }),
  ],
  ['a JSON array', 'json-broken', () => json([])],
  ['an empty body', 'json-broken', () => json('')],
  ['bytes that are not UTF-8', 'json-broken', () => ({ ...json(''), body: Uint8Array.of(0x22, 0xff, 0x22) })],
  [
    'a content type of plain text',
    'content-type-unsupported',
    () => ({ headers: { 'content-type': 'text/plain' }, body: 'hello' }),
  ],
  [
    'a video instead of frames',
    'content-type-unsupported',
    () => ({ headers: { 'content-type': 'video/mp4' }, body: new Uint8Array(20 * MB) }),
  ],
  ['a form to a wrong path', 'path-unknown', () => ({ ...form([heavyJpeg(frames[0])]), path: '/v1/moment' })],
  ['no content type', 'content-type-unsupported', () => ({ body: Uint8Array.of(1, 2, 3) })],
  ['a body of 25 MB', 'body-too-large', () => ({ ...json(''), body: new Uint8Array(25 * MB) })],
  ['a body of 25 MB that does not say so', 'body-too-large', () => ({ ...json(''), body: endless() })],
];

describe('bad input', () => {
  it.each(cases)('%s is answered %s, and the next good request as before', async (_what, code, sent) => {
    const response = await service.send(sent());
    const details = (await response.json()) as ProblemDetails;
    expect(details).toMatchObject({ code, status: PROBLEMS[code].status, title: PROBLEMS[code].title });
    expect(response.status).toBe(PROBLEMS[code].status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toBe(details.requestId);
    expect(details.detail).toMatch(/^.+: expected .+\. .+\.$/s);
    expect(await good()).toBe(before);
  });

  it('answers a wrong method with the ones there are', async () => {
    expect((await service.send({ method: 'GET' })).headers.get('allow')).toBe('POST');
  });

  it('answers good requests beside many bad ones', async () => {
    for (let i = 0; i < cases.length; i += BESIDE) {
      const bad = cases.slice(i, i + BESIDE).map(([, , sent]) => service.send(sent()).then(({ status }) => status));
      const [first, last, ...statuses] = await Promise.all([good(), good(), ...bad]);
      expect([first, last]).toEqual([before, before]);
      expect(statuses.filter((status) => status < 400)).toEqual([]);
    }
  });

  it('survives callers that hang up', async () => {
    const hangUps = [5, 20, 60].map(async (delayMs) => {
      const signal = AbortSignal.timeout(delayMs);
      await service.send({ ...form(frames), signal }).catch(() => undefined);
    });
    await Promise.all(hangUps);
    expect(await good()).toBe(before);
  });
});

/** The JPEG with another size in its frame header (SOF0 to SOF2: marker, length, precision, height, width). */
function resized(jpeg: Uint8Array, side: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(jpeg);
  const at = copy.findIndex((byte, i) => byte === 0xff && copy[i + 1] >= 0xc0 && copy[i + 1] <= 0xc2);
  copy.set([side >> 8, side & 255, side >> 8, side & 255], at + 5);
  return copy;
}

/** The PNG with another header (RFC 1950) before its compressed data: complete, and no picture. */
function withNoise(whole: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = Buffer.from(whole).indexOf('IDAT') + 4;
  const copy = Uint8Array.from(whole);
  copy.fill(0xff, data, data + 2);
  return copy;
}
