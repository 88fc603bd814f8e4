import { describe, expect, it } from 'vitest';
import type { MomentsAnswer } from '../../functions/schema/answer.ts';
import { ask, ENCODER, post, tokensBody } from './ask.ts';

/** What the hand-made tracks answer beside their place. */
const UNHEARD = {
  artist: null,
  artists: [],
  bpm: null,
  key: null,
  tags: [],
  licence: null,
  previewUrl: null,
  waveform: [],
};
const NO_BEATS = { snap: { kind: 'none', shiftMs: 0 }, beats: { beatsMs: [], downbeatsMs: [] } };

async function moments(path: string, body: string): Promise<MomentsAnswer> {
  const response = await post(path, body);
  expect(response.status).toBe(200);
  return response.json();
}

describe('POST /v1/moments', () => {
  it('ranks the tracks and places the moments as worked out by hand', async () => {
    // h = (1, 0). Relevance: east 1, short 0.8, north 0. The model asks nothing of the segments, so they weigh alike.
    // East's agreeing segments lie at 60 and 90 s: centre 75 s, ten frames: 70 to 80 s, which a downbeat every 2 s suits.
    // Short (5 s) is centred on 3.75 s: the model's -1.25 to 8.75 s is cut to the track, which is 5 s too short for the clip.
    // North agrees nowhere: centre 0, 0 to 5 s after cutting, which the clip's length makes 0 to 10 s.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0]));
    expect(answer).toEqual({
      indexVersion: 'hand00000000',
      modelVersion: 'hand00000001',
      encoder: ENCODER.name,
      clip: { frames: 10, durationMs: 10_000, lookedAtMs: 10_000 },
      fit: 'clip',
      moments: [
        {
          rank: 1,
          track: {
            ...UNHEARD,
            id: 'east',
            title: 'The east track',
            durationMs: 120_000,
            artist: 'One',
            artists: ['One'],
            bpm: 120,
            key: 'C major',
            tags: ['calm'],
            licence: 'CC0',
            waveform: [0, 128, 255],
          },
          startMs: 70_000,
          endMs: 80_000,
          snap: { kind: 'downbeat', shiftMs: 0 },
          predicted: { startMs: 70_000, endMs: 80_000 },
          source: 'model',
          relevance: 1,
          curve: { strideMs: 2500, weights: [0.25, 0.25, 0.25, 0.25] },
          beats: {
            beatsMs: Array.from({ length: 20 }, (_, i) => 500 * i),
            downbeatsMs: [0, 2000, 4000, 6000, 8000],
          },
          fade: { inMs: 10, outMs: 500 },
          gainDb: 4, // from -20 to -16 LUFS, of 5 dB that the peak leaves
          alternatives: [],
        },
        {
          rank: 2,
          track: { ...UNHEARD, id: 'short', title: 'The short track', durationMs: 5_000 },
          startMs: 0,
          endMs: 5_000,
          ...NO_BEATS,
          predicted: { startMs: 0, endMs: 5_000 },
          source: 'model',
          relevance: 0.8,
          shortfallMs: 5_000,
          curve: { strideMs: 2500, weights: [1] },
          fade: { inMs: 10, outMs: 10 },
          gainDb: null,
          alternatives: [],
        },
        {
          rank: 3,
          track: {
            ...UNHEARD,
            id: 'north',
            title: 'The north track',
            durationMs: 120_000,
            artist: 'Two',
            artists: ['Two'],
            tags: ['bright'],
          },
          startMs: 0,
          endMs: 10_000,
          ...NO_BEATS,
          predicted: { startMs: 0, endMs: 5_000 },
          source: 'model',
          relevance: 0,
          curve: { strideMs: 2500, weights: [0.5, 0.5] },
          fade: { inMs: 10, outMs: 500 },
          gainDb: null,
          alternatives: [],
        },
      ],
    });
  });

  it('says that of a clip longer than 50 s only the first 50 were looked at, and answers for its whole length', async () => {
    const answer = await moments('/v1/moments', tokensBody(50, [1, 0], { durationMs: 75_400 }));
    expect(answer.clip).toEqual({ frames: 50, durationMs: 75_400, lookedAtMs: 50_000 });
    expect(answer.moments[0].endMs - answer.moments[0].startMs).toBe(75_400);
  });

  it('orders equal relevance by the catalogue', async () => {
    // h = (1, 1) / √2: north and east are equally near, east comes first in the catalogue.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 1]));
    expect(answer.moments.map(({ track }) => track.id)).toEqual(['short', 'east', 'north']);
    expect(answer.moments[1].relevance).toBe(answer.moments[2].relevance);
  });

  it("gives the model's own span on request", async () => {
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400, fit: 'model' }));
    expect(answer.moments[0]).toMatchObject({ startMs: 70_000, endMs: 80_000 });
  });

  it('makes a moment as long as the clip to the millisecond, and starts it on a downbeat', async () => {
    // East's centre is 75 s: 10.4 s around it, 69.8 s, which is 0.2 s from a downbeat.
    const answer = await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400 }));
    expect(answer.moments[0]).toMatchObject({
      startMs: 70_000,
      endMs: 80_400,
      snap: { kind: 'downbeat', shiftMs: 200 },
    });
    const [unmoved] = (await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400, snap: 'none' })))
      .moments;
    expect(unmoved).toMatchObject({ startMs: 69_800, endMs: 80_200, snap: { kind: 'none', shiftMs: 0 } });
  });

  it('puts the strongest onset where it was asked for', async () => {
    // It lies in the middle of 72.0 to 72.05 s; 3 s into the clip means a start at 69.025 s.
    const [first] = (await moments('/v1/moments', tokensBody(10, [1, 0], { hitAtMs: 3000 }))).moments;
    expect(first).toMatchObject({
      startMs: 69_025,
      endMs: 79_025,
      hit: { onsetMs: 72_025, atMs: 3000, shiftMs: -975 },
    });
  });

  it("puts the clip's cuts on beats within half a bar, its length kept, and the same bytes every time", async () => {
    // Bars of 2 s: from 70.0 s, 300 ms later puts both cuts on a beat of the grid.
    const body = tokensBody(10, [1, 0], { durationMs: 10_400, cutsMs: [1700, 3700], speechMs: [[2000, 3000]] });
    const answer = await moments('/v1/moments', body);
    const [plain] = (await moments('/v1/moments', tokensBody(10, [1, 0], { durationMs: 10_400 }))).moments;
    const [moved] = answer.moments;
    expect(moved.endMs - moved.startMs).toBe(10_400);
    expect(Math.abs(moved.startMs - plain.startMs)).toBeLessThanOrEqual(1000);
    expect(moved.cutShiftMs).toBe(moved.startMs - plain.startMs);
    expect(moved.cutsOnBeat).toBe(1);
    expect(moved.cuts).toEqual([
      { atMs: 1700, beatMs: 1700, offMs: 0 },
      { atMs: 3700, beatMs: 3700, offMs: 0 },
    ]);
    expect(moved.mix?.duck).toEqual([{ startMs: 1800, endMs: 3500, gainDb: -12 }]);
    const bodies = await Promise.all([1, 2, 3].map(async () => (await post('/v1/moments', body)).text()));
    expect(new Set(bodies)).toEqual(new Set([JSON.stringify(answer)]));
  });

  it('makes whole bars, and loops a track that is too short', async () => {
    // 10.9 s are nearest to five bars of 2 s, or rather to 5.45 of them.
    const [bars] = (await moments('/v1/moments', tokensBody(11, [1, 0], { durationMs: 10_900, fit: 'musical' })))
      .moments;
    expect(bars).toMatchObject({ bars: 5 });
    expect(bars.endMs - bars.startMs).toBe(10_000);
    const looped = (await moments('/v1/moments', tokensBody(12, [1, 0], { fit: 'loop' }))).moments[1];
    expect(looped).toMatchObject({ startMs: 0, endMs: 5_000, loop: { repeats: 3, lastEndMs: 2_000 } });
    expect(looped.shortfallMs).toBeUndefined();
  });

  it('gives further moments of a track that do not overlap', async () => {
    const [{ startMs, endMs, alternatives }] = (
      await moments('/v1/moments', tokensBody(2, [1, 0], { alternatives: 3 }))
    ).moments;
    const spans = [{ startMs, endMs }, ...alternatives].sort((one, other) => one.startMs - other.startMs);
    expect(spans.length).toBeGreaterThan(2);
    for (const [i, span] of spans.entries()) {
      expect(span.endMs - span.startMs).toBe(2_000);
      if (i > 0) expect(span.startMs).toBeGreaterThanOrEqual(spans[i - 1].endMs);
    }
  });

  it('answers what the filters allow, and all of it', async () => {
    const ids = async (more: Record<string, unknown>) =>
      (await moments('/v1/moments', tokensBody(10, [1, 0], more))).moments.map(({ track }) => track.id);
    expect(await ids({ filters: { tags: { in: ['calm', 'bright'] } } })).toEqual(['east', 'north']);
    expect(await ids({ filters: { bpm: { range: { min: 100, max: 130 } } } })).toEqual(['east']);
    expect(await ids({ filters: { tags: { not: 'calm' } } })).toEqual(['short', 'north']);
    expect(await ids({ exclude: { tracks: ['short'], artists: ['one'] } })).toEqual(['north']);
    expect(await ids({ filters: { tags: 'unheard of' } })).toEqual([]);
  });

  it('says which filters there are when it does not know one', async () => {
    const response = await post('/v1/moments', tokensBody(10, [1, 0], { filters: { tag: 'calm' } }));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'filters-invalid', detail: expect.stringContaining('tags') });
  });

  it('gives k moments, and all tracks when the index has fewer', async () => {
    expect((await moments('/v1/moments', tokensBody(10, [1, 0], { k: 1 }))).moments).toHaveLength(1);
    expect((await moments('/v1/moments', tokensBody(10, [1, 0], { k: 50 }))).moments).toHaveLength(3);
  });

  it('answers a clip of a minute from its first fifty frames', async () => {
    const answer = await moments('/v1/moments', tokensBody(50, [1, 0], { durationMs: 60_000 }));
    expect(answer.clip).toEqual({ frames: 50, durationMs: 60_000, lookedAtMs: 50_000 });
    expect(answer.moments[0]).toMatchObject({ startMs: 44_000, endMs: 104_000, snap: { shiftMs: -1000 } });
  });

  it('names every stage in Server-Timing', async () => {
    const response = await post('/v1/moments', tokensBody(10, [1, 0]));
    const stages = response.headers
      .get('server-timing')
      ?.split(', ')
      .map((entry) => /^(\w+);dur=\d+\.\d$/.exec(entry)?.[1]);
    expect(stages).toEqual(['decode', 'embed', 'enhance', 'search', 'load', 'relevance', 'moment', 'place', 'total']);
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
    expect(answer.moments).toMatchObject([
      { rank: 1, track: { id: 'north' }, startMs: 55_000, endMs: 65_000, relevance: 1 },
    ]);
  });

  it('does not ask whether the filters allow the track: the user has chosen it', async () => {
    const answer = await moments(
      '/v1/tracks/north/moments',
      tokensBody(10, [0, 1], { exclude: { tracks: ['north'] } }),
    );
    expect(answer.moments.map(({ track }) => track.id)).toEqual(['north']);
  });
});

describe('an answer that is known', () => {
  it('has a tag, and is not sent again', async () => {
    const first = await post('/v1/moments', tokensBody(10, [1, 0]));
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[0-9a-f]{16}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const headers = { 'content-type': 'application/json', 'if-none-match': tag };
    const again = await post('/v1/moments', tokensBody(10, [1, 0]), headers);
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await post('/v1/moments', tokensBody(10, [0, 1]), headers)).status).toBe(200);
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
