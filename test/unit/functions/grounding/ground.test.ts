import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../functions/engine.ts';
import { type Asked, groundInCatalogue, groundInTrack } from '../../../../functions/ground.ts';
import type { OfTracks, OpenIndex } from '../../../../functions/grounding/open-index.ts';
import type { Track } from '../../../../index/format/catalogue.ts';
import type { OpenCues } from '../../../../index/format/cues.ts';
import type { Manifest } from '../../../../index/format/manifest.ts';
import { trackTokens } from '../../../../index/format/token-shard.ts';
import { wholeCatalogue } from '../../../../index/search/open-catalogue.ts';
import { createRandom } from '../../../../offline/lib/random.ts';

const WIDTH = 4;

/** Relevance is the product with h0, and a moment lies at 30 s and lasts 24 s; the clip's first token is h(v). */
const engine: Engine = {
  enhanceVideo: async (frames) => ({
    frameTokens: frames,
    h: frames.slice(0, WIDTH),
    question: new Float32Array(WIDTH),
  }),
  relevance: async (h, means) =>
    Float32Array.from({ length: means.length / WIDTH }, (_, n) =>
      h.reduce((sum, value, i) => sum + value * means[n * WIDTH + i], 0),
    ),
  moment: async () => ({ span: Float32Array.of(30 / 240, 24 / 240) }),
};

/** As above, but with a start head: the moment starts at 30 s, or perhaps at 62 s; a moment lasts as long as the clip. */
const startsEngine: Engine = {
  ...engine,
  moment: async () => ({
    starts: {
      logits: Float32Array.from({ length: 48 }, (_, s) => ({ 12: 3, 25: 1 })[s] ?? -4),
      offsets: Float32Array.from({ length: 48 }, (_, s) => (s === 25 ? -0.2 : 0)),
    },
  }),
};

const NO_MUSIC = {
  beatsMs: new Uint32Array(0),
  downbeats: new Uint32Array(0),
  segmentLufs: new Float32Array(0),
  waveform: new Uint8Array(0),
  onsetStrength: new Uint8Array(0),
};
const COUNTS = { hits: 0, misses: 0, dropped: 0, bytes: 0 };

/** So many tracks in random directions, each by one of `artists`, of which every search gives the nearest 10. */
function library(count: number, artists: number, cues?: OpenCues) {
  const random = createRandom(`library ${count} ${artists}`);
  const h0 = Array.from({ length: count }, () => {
    const direction = Float32Array.from({ length: WIDTH }, () => random.normal());
    const length = Math.hypot(...direction);
    return direction.map((value) => value / length);
  });
  const tracks = h0.map(
    (_, i): Track => ({
      id: `t${i}`,
      title: `Track ${i}`,
      durationMs: 120_000,
      file: `${i}.wav`,
      sha256: '0',
      segments: 4,
      artist: `artist ${i % artists}`,
      loudnessLufs: null,
      peakDb: null,
      bpm: i,
      beatConfidence: 0,
      beatsPerBar: null,
      key: null,
    }),
  );
  const searches: number[] = [];
  const dot = (one: Float32Array, other: Float32Array) => one.reduce((sum, value, i) => sum + value * other[i], 0);
  const index: OpenIndex = {
    manifest: {
      encoders: { image: { name: 'none', width: WIDTH } },
      model: { width: WIDTH, strideSec: 2.5, maxDurationSec: 240 },
      retrieval: { kind: 'hnsw', candidates: 10, ef: 10 },
      counts: { tracks: count, removed: 0, segments: 4 * count },
    } as Manifest,
    get catalogue() {
      return wholeCatalogue(tracks); // as the tracks are when it is asked
    },
    candidates: {
      search(query, wanted, _ef, allowed) {
        searches.push(wanted);
        return tracks
          .map((_, label) => label)
          .filter((label) => allowed?.accept(label) ?? true)
          .sort((one, other) => dot(query, h0[other]) - dot(query, h0[one]))
          .slice(0, wanted);
      },
      vectorOf: (label) => h0[label],
    },
    tokens: fromMemory(() => trackTokens(new Float32Array(16).fill(1), 4)),
    analyses: fromMemory(() => NO_MUSIC),
    cues,
    engine,
  };
  return { index, searches, tracks };
}

const fromMemory = <T>(make: () => T): OfTracks<T> => ({
  counts: COUNTS,
  of: async (labels) => labels.map(make),
  free: () => undefined,
  clear: () => undefined,
});

/** Editors started nine times at a minute of the second track. */
const NINE_AT_60_SEC = {
  parameters: { curveWeight: 0.5, distanceWeight: 1, threshold: -2 },
  cuesOf: (label: number) => (label === 1 ? [{ startMs: 60_000, count: 9, widthMs: 20_000 }] : []),
} as unknown as OpenCues;

const asked = (options: Partial<Asked['options']> = {}): Asked => ({
  clip: { tokens: Float32Array.of(1, 0, 0, 0), durationMs: 20_000 },
  options: { k: 5, fit: 'clip', snap: 'downbeat', alternatives: 0, targetLufs: -16, ...options },
  now: () => 0,
});

describe('grounding in the catalogue', () => {
  it('gives the k most relevant, in order', async () => {
    const { moments } = await groundInCatalogue(library(30, 30).index, asked());
    expect(moments.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    const relevance = moments.map((moment) => moment.relevance);
    expect(relevance).toEqual([...relevance].sort((one, other) => other - one));
  });

  it('looks further when a few artists fill the candidates', async () => {
    const { index, searches } = library(60, 30);
    const { moments } = await groundInCatalogue(index, asked({ k: 25, diversity: { perArtist: 1 } }));
    expect(new Set(moments.map(({ track }) => track.artist)).size).toBe(25);
    expect(searches.length).toBeGreaterThan(1);
  });

  it('takes an artist who is written in two ways for one', async () => {
    const { index, tracks } = library(40, 4);
    for (const track of tracks.slice(20)) track.artist = ` ${track.artist?.toUpperCase()}`;
    const { moments } = await groundInCatalogue(index, asked({ k: 8, diversity: { perArtist: 1 } }));
    expect(new Set(moments.map(({ track }) => track.artist?.trim().toLowerCase())).size).toBe(4);
    expect(moments).toHaveLength(4);
  });

  it('never gives a removed track, though it looks further', async () => {
    const { index, searches, tracks } = library(40, 4);
    for (const [label, track] of tracks.entries()) if (label % 2) track.removed = true;
    const { search } = index.candidates;
    // As a source that is asked over the network: without a filter it leaves removed tracks out by itself.
    index.candidates.search = (query, wanted, ef, allowed) =>
      search(query, wanted, ef, allowed ?? { accept: (label) => !tracks[label].removed });
    const { moments } = await groundInCatalogue(index, asked({ k: 8, diversity: { perArtist: 1 } }));
    expect(moments.map(({ track }) => track.artist).toSorted()).toEqual(['artist 0', 'artist 2']);
    expect(searches.length).toBeGreaterThan(1);
  });

  it('always gives k while so many tracks and artists are allowed', async () => {
    const { index, tracks } = library(50, 7);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 49 }),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        async (k, fastest, perArtist) => {
          const options = { k, filters: { bpm: { range: { max: fastest } } }, diversity: { perArtist } };
          const { moments } = await groundInCatalogue(index, asked(options));
          const allowed = tracks.filter(({ bpm }) => (bpm as number) <= fastest);
          const byArtist = Map.groupBy(allowed, ({ artist }) => artist).values();
          const most = [...byArtist].reduce((sum, own) => sum + Math.min(own.length, perArtist ?? own.length), 0);
          expect(moments).toHaveLength(Math.min(k, most));
          for (const { track } of moments) expect(track.bpm).toBeLessThanOrEqual(fastest);
        },
      ),
      { numRuns: 60 },
    );
  });

  describe('of a library of music and short sounds', () => {
    /** 30 tracks, of which all but every fifth last a second; the clip lasts 20 s. */
    const mixed = () => {
      const { index, tracks } = library(30, 30);
      for (const [label, track] of tracks.entries()) if (label % 5) track.durationMs = 1000;
      return { index, tracks };
    };
    const lengths = async (options: Partial<Asked['options']>) => {
      const { moments } = await groundInCatalogue(mixed().index, asked(options));
      const relevance = moments.map((moment) => moment.relevance);
      expect(relevance).toEqual([...relevance].sort((one, other) => other - one));
      for (const { startMs, endMs, shortfallMs = 0 } of moments) expect(endMs - startMs + shortfallMs).toBe(20_000);
      return { long: moments.filter(({ track }) => track.durationMs > 1000).length, of: moments.length };
    };

    it('answers tracks as long as the clip while there are enough', async () => {
      expect(await lengths({ k: 6 })).toEqual({ long: 6, of: 6 });
    });

    it('fills up with shorter ones where there are not, and leaves no long one out', async () => {
      expect(await lengths({ k: 10 })).toEqual({ long: 6, of: 10 });
      expect(await lengths({ k: 5, filters: { bpm: { range: { min: 20, max: 27 } } } })).toEqual({ long: 2, of: 5 });
    });

    it('lets all compete when length is said not to count', async () => {
      const { long, of } = await lengths({ k: 10, minDurationMs: 0 });
      expect(of).toBe(10);
      expect(long).toBeLessThan(6);
    });

    it('answers no shorter ones than asked for, even where there are fewer', async () => {
      expect(await lengths({ k: 10, minDurationMs: 'clip' })).toEqual({ long: 6, of: 6 });
      expect(await lengths({ k: 10, minDurationMs: 1001 })).toEqual({ long: 6, of: 6 });
      expect(await lengths({ k: 10, minDurationMs: 1000 })).toMatchObject({ of: 10 });
      expect(await lengths({ k: 10, minDurationMs: 120_001 })).toEqual({ long: 0, of: 0 });
    });

    it('keeps what diversity asks for across both', async () => {
      const { index, tracks } = mixed();
      for (const track of tracks) track.artist = track.durationMs > 1000 ? 'orchestra' : 'foley';
      for (const lambda of [1, 0.5]) {
        const { moments } = await groundInCatalogue(index, asked({ k: 5, diversity: { perArtist: 2, lambda } }));
        expect(moments.map(({ track }) => track.artist).toSorted()).toEqual([
          'foley',
          'foley',
          'orchestra',
          'orchestra',
        ]);
      }
    });

    it('asks no length of a track that the user has chosen', async () => {
      const { moments } = await groundInTrack(mixed().index, asked({ minDurationMs: 'clip' }), 1);
      expect(moments).toMatchObject([{ startMs: 0, endMs: 1000, shortfallMs: 19_000 }]);
    });
  });

  it('gives nothing when nothing is allowed', async () => {
    const { index } = library(5, 5);
    const { moments } = await groundInCatalogue(index, asked({ filters: { bpm: 1000 } }));
    expect(moments).toEqual([]);
  });

  it('names the fields there are when a filter has another', async () => {
    const { index } = library(5, 5);
    await expect(groundInCatalogue(index, asked({ filters: { tempo: 1000 } }))).rejects.toThrow(/bpm/);
  });

  it('stops after the stage in which the client went away', async () => {
    const { index } = library(30, 30);
    const gone = new AbortController();
    let decoded = 0;
    index.engine = {
      ...engine,
      async moment(...of) {
        decoded++;
        gone.abort(new Error('gone'));
        return engine.moment(...of);
      },
    };
    await expect(groundInCatalogue(index, { ...asked(), signal: gone.signal })).rejects.toThrow('gone');
    expect(decoded).toBe(1);
  });

  it('computes h0 from the tokens where candidates come without vectors', async () => {
    const { index } = library(10, 10);
    const { vectorOf: _, ...search } = index.candidates;
    // Every token is (1, 1, 1, 1): h0 is half of that, and the clip's product with it one half.
    const { moments } = await groundInCatalogue(
      { ...index, candidates: search },
      asked({ diversity: { lambda: 0.5 } }),
    );
    for (const { relevance } of moments) expect(relevance).toBeCloseTo(0.5, 6);
  });
});

describe('the moment of a track', () => {
  it('is the decoder’s, as long as the clip', async () => {
    const { index } = library(3, 3);
    const { moments } = await groundInTrack(index, asked(), 1);
    expect(moments).toMatchObject([
      {
        rank: 1,
        source: 'model',
        predicted: { startMs: 18_000, endMs: 42_000 },
        startMs: 20_000,
        endMs: 40_000,
      },
    ]);
    expect([...moments[0].curve]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('begins where a start head says, with its next peaks as alternatives', async () => {
    const index = { ...library(3, 3).index, engine: startsEngine };
    const [found] = (await groundInTrack(index, asked({ alternatives: 1 }), 1)).moments;
    expect(found).toMatchObject({
      source: 'model',
      predicted: { startMs: 30_000, endMs: 50_000 },
      startMs: 30_000,
      endMs: 50_000,
      alternatives: [{ startMs: 62_000, endMs: 82_000, weight: expect.closeTo(0.1165, 4) }],
    });
    expect([...found.curve]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('ends with the track where a start head puts it close to the end, and is as long as the clip all the same', async () => {
    const { index, tracks } = library(3, 3);
    tracks[1].durationMs = 42_000;
    const [found] = (await groundInTrack({ ...index, engine: startsEngine }, asked(), 1)).moments;
    expect(found).toMatchObject({
      predicted: { startMs: 30_000, endMs: 42_000 },
      startMs: 22_000,
      endMs: 42_000,
    });
  });

  it.each(['logits', 'offsets'] as const)('is refused when one of a start head’s %s is not a number', async (which) => {
    const drawn = { logits: new Float32Array(4), offsets: new Float32Array(4) };
    drawn[which][2] = Number.NaN;
    const index = { ...library(3, 3).index, engine: { ...engine, moment: async () => ({ starts: drawn }) } };
    await expect(groundInTrack(index, asked(), 1)).rejects.toThrow(
      `ground: expected a finite start ${which.slice(0, -1)}, got NaN.`,
    );
  });

  it('is where editors started, when many agree, and then a start head’s own is an alternative', async () => {
    const { index } = library(3, 3, NINE_AT_60_SEC);
    const options = asked({ alternatives: 1 });
    const [cue] = (await groundInTrack({ ...index, engine: startsEngine }, options, 1)).moments;
    expect(cue).toMatchObject({ source: 'cue', startMs: 60_000, endMs: 80_000, alternatives: [{ startMs: 30_000 }] });
  });

  it('is where editors started, when many agree', async () => {
    const { index } = library(3, 3, NINE_AT_60_SEC);
    const [cue] = (await groundInTrack(index, asked(), 1)).moments;
    expect(cue).toMatchObject({
      source: 'cue',
      startMs: 60_000,
      endMs: 80_000,
      predicted: { startMs: 18_000, endMs: 42_000 },
    });
    expect((await groundInTrack(index, asked(), 2)).moments[0].source).toBe('model');
  });
});
