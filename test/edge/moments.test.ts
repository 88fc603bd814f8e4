import { describe, expect, it } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema.ts';
import { ask, ENCODER, post, tokensBody } from './ask.ts';

async function moments(path: string, body: string): Promise<MomentsAnswer> {
  const response = await post(path, body);
  expect(response.status).toBe(200);
  return response.json();
}

describe('POST /v1/moments', () => {
  it('ranks the tracks and places the moments as worked out by hand', async () => {
    // h = (1, 0). Relevance: short 0.8; east (1 + 1 + 0 + 0) / 4 = 0.5; north 0.
    // East's agreeing segments lie at 60 and 90 s: centre 75 s, ten frames: 70 to 80 s.
    // Short (5 s) is centred on 3 s: the model's -2 to 8 s is cut to the track, and the track is taken whole.
    // North agrees nowhere: centre 0, 0 to 5 s after cutting, which the clip's length makes 0 to 10 s.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0]));
    expect(answer).toEqual({
      indexVersion: 'hand00000000',
      modelVersion: 'hand00000001',
      encoder: ENCODER.name,
      clip: { frames: 10, durationMs: 10_000 },
      fit: 'clip',
      moments: [
        {
          rank: 1,
          track: { id: 'short', title: 'The short track', durationMs: 5_000 },
          startMs: 0,
          endMs: 5_000,
          predicted: { startMs: 0, endMs: 5_000 },
          relevance: 0.8,
        },
        {
          rank: 2,
          track: { id: 'east', title: 'The east track', durationMs: 120_000 },
          startMs: 70_000,
          endMs: 80_000,
          predicted: { startMs: 70_000, endMs: 80_000 },
          relevance: 0.5,
        },
        {
          rank: 3,
          track: { id: 'north', title: 'The north track', durationMs: 120_000 },
          startMs: 0,
          endMs: 10_000,
          predicted: { startMs: 0, endMs: 5_000 },
          relevance: 0,
        },
      ],
    });
  });

  it('orders equal relevance by the catalogue', async () => {
    // h = (1, 1) / √2: north (1 + 1) / 2 / √2 and east 4 / 4 / √2 are equal, east comes first in the catalogue.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 1]));
    expect(answer.moments.map(({ track }) => track.id)).toEqual(['short', 'east', 'north']);
    expect(answer.moments[1].relevance).toBe(answer.moments[2].relevance);
  });

  it("gives the model's own span on request", async () => {
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400, fit: 'model' }));
    expect(answer.moments[1]).toMatchObject({ startMs: 70_000, endMs: 80_000 });
  });

  it('makes a moment as long as the clip to the millisecond', async () => {
    // East's centre is 75 s: 10.4 s around it.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400 }));
    expect(answer.moments[1]).toMatchObject({ startMs: 69_800, endMs: 80_200 });
  });

  it('gives k moments, and all tracks when the index has fewer', async () => {
    expect((await moments('/v1/moments', tokensBody(10, [1, 0], { k: 1 }))).moments).toHaveLength(1);
    expect((await moments('/v1/moments', tokensBody(10, [1, 0], { k: 50 }))).moments).toHaveLength(3);
  });

  it('answers a clip of a minute from its first fifty frames', async () => {
    const answer = await moments('/v1/moments', tokensBody(50, [1, 0], { durationMs: 60_000 }));
    expect(answer.clip).toEqual({ frames: 50, durationMs: 60_000 });
    expect(answer.moments[1]).toMatchObject({ startMs: 45_000, endMs: 105_000 });
  });

  it('names every stage in Server-Timing', async () => {
    const response = await post('/v1/moments', tokensBody(10, [1, 0]));
    const stages = response.headers
      .get('server-timing')
      ?.split(', ')
      .map((entry) => /^(\w+);dur=\d+\.\d$/.exec(entry)?.[1]);
    expect(stages).toEqual(['decode', 'embed', 'enhance', 'search', 'relevance', 'moment', 'total']);
  });

  it('answers many requests at once with the same bytes', async () => {
    const bodies = await Promise.all(
      Array.from({ length: 8 }, async () => (await post('/v1/moments', tokensBody(10, [1, 0]))).text()),
    );
    expect(new Set(bodies).size).toBe(1);
  });
});

describe('POST /v1/tracks/:id/moments', () => {
  it('finds the moment of the given track, however it ranks', async () => {
    const answer = await moments('/v1/tracks/north/moments', tokensBody(10, [0, 1]));
    // Both segments of north lie at 60 s.
    expect(answer.moments).toEqual([
      {
        rank: 1,
        track: { id: 'north', title: 'The north track', durationMs: 120_000 },
        startMs: 55_000,
        endMs: 65_000,
        predicted: { startMs: 55_000, endMs: 65_000 },
        relevance: 1,
      },
    ]);
  });
});

describe('the rest of the service', () => {
  it('describes the index without its statistics', async () => {
    const response = await ask('/v1/index');
    expect(await response.json()).toMatchObject({
      indexVersion: 'hand00000000',
      encoders: { image: { name: ENCODER.name, width: ENCODER.width } },
      counts: { tracks: 3, segments: 7 },
    });
  });

  it('is healthy when the index opens', async () => {
    const response = await ask('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', indexVersion: 'hand00000000' });
  });

  it('keeps the request id of the caller, and makes one where there is none', async () => {
    const kept = await ask('/healthz', { headers: { 'x-request-id': 'caller-7' } });
    expect(kept.headers.get('x-request-id')).toBe('caller-7');
    const made = await ask('/healthz');
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
