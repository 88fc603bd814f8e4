import { beforeEach, describe, expect, it } from 'vitest';
import { addFeedback } from '../../../functions/routes/feedback.ts';
import { MAX_ID_LENGTH } from '../../../index/format/catalogue.ts';
import { readFeedbackLine } from '../../../index/format/feedback.ts';
import { smallApp } from './small-app.ts';

const EVENT = {
  event: 'used',
  requestId: 'r1',
  clipId: 'c1',
  clipMs: 12_000,
  trackId: 't1',
  startMs: 1000,
  endMs: 13_000,
  trackMs: 120_000,
  rank: 1,
  indexVersion: 'i1',
  modelVersion: 'm1',
};

let points: { indexes?: unknown[]; blobs?: unknown[] }[];
let objects: Map<string, string>;
const FEEDBACK = { writeDataPoint: (point?: object) => void points.push(point ?? {}) };
/** Writes where there is nothing, as R2 does when asked to. */
const FEEDBACK_BUCKET = {
  async put(key: string, text: string, { onlyIf }: { onlyIf: { etagDoesNotMatch: string } }) {
    if (onlyIf.etagDoesNotMatch === '*' && objects.has(key)) return null;
    objects.set(key, text);
    return {};
  },
};
beforeEach(() => {
  points = [];
  objects = new Map();
});

const app = smallApp(addFeedback);
async function send(body: unknown, env: object = { FEEDBACK_BUCKET }, headers: Record<string, string> = {}) {
  const response = await app.request(
    '/v1/feedback',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'caller-7', ...headers },
      body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
    },
    env,
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
async function gzip(text: string): Promise<Uint8Array> {
  const body = new Response(text).body as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Uint8Array(await new Response(body.pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
}
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => readFeedbackLine(line));

describe('feedback', () => {
  it('is kept as one line with the time it came', async () => {
    const before = Date.now();
    expect(await send(EVENT)).toEqual({ status: 202, body: { accepted: 1 } });
    const [[key, text]] = [...objects];
    expect(key).toMatch(/^feedback\/\d{4}\/\d\d\/\d\d\/caller-7\.jsonl$/);
    const [line] = linesOf(text);
    expect(line).toEqual({ at: expect.any(String), ...EVENT });
    const at = Date.parse((line as { at: string }).at);
    expect(at >= before && at <= Date.now()).toBe(true);
  });

  it('keeps the time that an event says, in UTC', async () => {
    await send({ ...EVENT, at: '2026-11-25T18:00:00+02:00' });
    expect(linesOf([...objects.values()][0])[0]).toMatchObject({ at: '2026-11-25T16:00:00.000Z' });
  });

  it('takes a hundred events at once, compressed or not, and keeps them in order', async () => {
    const events = Array.from({ length: 100 }, (_, i) => ({ ...EVENT, rank: i + 1 }));
    const packed = await gzip(JSON.stringify({ events }));
    expect(await send(packed, undefined, { 'content-encoding': 'gzip' })).toEqual({
      status: 202,
      body: { accepted: 100 },
    });
    const ranks = linesOf([...objects.values()][0]).map((line) => (line as { rank: number }).rank);
    expect(ranks).toEqual(events.map(({ rank }) => rank));
  });

  it('overwrites nothing when a caller uses a request id twice', async () => {
    await send(EVENT);
    await send({ ...EVENT, rank: 2 });
    expect([...objects.keys()].map((key) => key.split('/').at(-1))).toEqual([
      'caller-7.jsonl',
      expect.stringMatching(/^caller-7\.[0-9a-f-]{36}\.jsonl$/),
    ]);
  });

  it('of a proxy that sends one request id for all is kept without end', async () => {
    for (let rank = 1; rank <= 40; rank++) expect((await send({ ...EVENT, rank })).status).toBe(202);
    const ranks = [...objects.values()].flatMap(linesOf).map((line) => (line as { rank: number }).rank);
    expect(ranks).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it('of a proxy that sends one request id for all is not sampled as one request', async () => {
    for (const rank of [1, 2]) await send({ ...EVENT, rank }, { FEEDBACK });
    expect(new Set(points.map(({ indexes = [] }) => indexes[0])).size).toBe(2);
  });

  it('goes to Analytics Engine where both are bound, a hundred events in 25 data points', async () => {
    const events = Array.from({ length: 100 }, (_, i) => ({ ...EVENT, rank: i + 1 }));
    expect((await send({ events }, { FEEDBACK, FEEDBACK_BUCKET })).status).toBe(202);
    expect(objects.size).toBe(0);
    expect(points).toHaveLength(25);
    expect(new Set(points.map(({ indexes = [] }) => indexes[0])).size, 'sampled together').toBe(1);
    expect(String(points[24].indexes?.[0]).length).toBeLessThanOrEqual(96); // the platform takes no longer one
    expect(points.flatMap(({ blobs = [] }) => blobs.map((line) => JSON.parse(String(line)).rank))).toEqual(
      events.map(({ rank }) => rank),
    );
  });

  it('stays within the 5120 bytes of blobs that a data point may have, with the longest names', async () => {
    const long = 'x'.repeat(128);
    const names = {
      requestId: long,
      clipId: long,
      trackId: 'x'.repeat(MAX_ID_LENGTH),
      indexVersion: long,
      modelVersion: long,
    };
    const longest = { ...EVENT, ...names, clipMs: 14_400_000, endMs: 14_400_000, trackMs: 14_400_000, rank: 1000 };
    await send({ events: Array(4).fill(longest) }, { FEEDBACK });
    expect(JSON.stringify(points[0].blobs).length).toBeLessThan(5120);
  });

  it('is refused where there is no place for it', async () => {
    expect(await send(EVENT, {})).toMatchObject({ status: 503, body: { code: 'feedback-unavailable' } });
  });

  it.each<[string, unknown, string, string]>([
    ['an unknown event', { ...EVENT, event: 'liked' }, 'feedback-invalid', 'event: expected "shown", "played"'],
    [
      'no track',
      { ...EVENT, trackId: undefined },
      'feedback-invalid',
      'trackId: expected the id of a track, got nothing',
    ],
    ['a name with a line break', { ...EVENT, clipId: 'a\nb' }, 'feedback-invalid', 'clipId: expected'],
    ['a moment that ends before it starts', { ...EVENT, endMs: 1000 }, 'feedback-invalid', 'an end after the start'],
    ['a moment that ends after its track', { ...EVENT, endMs: 120_001 }, 'feedback-invalid', 'an end within the track'],
    ['half a millisecond', { ...EVENT, startMs: 0.5 }, 'feedback-invalid', 'startMs: expected'],
    ['a time of day', { ...EVENT, at: '18:00' }, 'feedback-invalid', 'at: expected a time'],
    ['a misspelt field', { ...EVENT, trackID: 't1' }, 'field-unexpected', '"trackID"'],
    ['no events', { events: [] }, 'feedback-invalid', 'a list of 1 to 100, got 0'],
    ['101 events', { events: Array(101).fill(EVENT) }, 'feedback-invalid', 'got 101'],
    ['a number of events', { events: 5 }, 'feedback-invalid', 'got 5'],
    ['a bad one among good', { events: [EVENT, { ...EVENT, clipMs: 0 }] }, 'feedback-invalid', 'events[1].clipMs:'],
    ['a word among events', { events: [EVENT, 'used'] }, 'feedback-invalid', 'events[1]: expected an event'],
    ['something beside events', { events: [EVENT], event: 'used' }, 'field-unexpected', '"event"'],
    ['a list', [EVENT], 'json-broken', 'a JSON object'],
    ['a body of a megabyte', { ...EVENT, clipId: 'x'.repeat(1024 * 1024) }, 'body-too-large', 'at most 131072'],
  ])('with %s is refused whole', async (_what, body, code, words) => {
    const answer = await send(body);
    expect(answer.body).toMatchObject({ code, detail: expect.stringContaining(words) });
    expect(objects.size).toBe(0);
  });

  it('is JSON and nothing else', async () => {
    const answer = await send(EVENT, undefined, { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 415, body: { code: 'content-type-unsupported' } });
  });
});
