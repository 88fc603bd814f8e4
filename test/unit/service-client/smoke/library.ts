/** Six tracks whose music is a steady 120 bpm, and a model of four values that can be worked out by hand. */
import { BASIC_FRAMES } from '../../../../functions/embed/basic-frames.ts';
import type { Engine } from '../../../../functions/engine.ts';
import type { OpenIndex } from '../../../../functions/grounding/open-index.ts';
import type { TrackAnalysis } from '../../../../index/format/analysis-store.ts';
import type { Track } from '../../../../index/format/catalogue.ts';
import type { Manifest } from '../../../../index/format/manifest.ts';
import { trackTokens } from '../../../../index/format/token-shard.ts';
import { wholeCatalogue } from '../../../../index/search/open-catalogue.ts';
import { createRandom } from '../../../../offline/lib/random.ts';
import { someTrack } from '../../index/some-track.ts';

const WIDTH = 4;
const STRIDE_SEC = 2.5;
const TRACK_MS = 60_000;
const SEGMENTS = TRACK_MS / 1000 / STRIDE_SEC;

export const PREVIEW = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

export const tracks: readonly Track[] = Array.from({ length: 6 }, (_, i) =>
  someTrack(`t${i}`, {
    title: `Track ${i}`,
    durationMs: TRACK_MS + 1000 * i,
    segments: SEGMENTS,
    artist: `Artist ${i >> 1}`,
    tags: i < 2 ? ['calm'] : ['loud'],
    bpm: 120,
    beatsPerBar: 4,
    loudnessLufs: -20,
    peakDb: -6,
    ...(i === 3 ? { preview: { path: 'objects/preview.mp3', bytes: PREVIEW.length, type: 'audio/mpeg' } } : {}),
  }),
);

/** One strong onset a second and a half after each bar line. */
const analysis: TrackAnalysis = {
  beatsMs: Uint32Array.from({ length: 120 }, (_, i) => i * 500),
  downbeats: Uint32Array.from({ length: 30 }, (_, i) => i * 4),
  segmentLufs: new Float32Array(SEGMENTS).fill(-20),
  waveform: Uint8Array.of(0, 128, 255),
  onsetStrength: Uint8Array.from({ length: TRACK_MS / 50 }, (_, i) => (i % 40 === 30 ? 200 + (i % 7) : 0)),
};

const random = createRandom('double');
const drawn = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const h0 = tracks.map(() => drawn(WIDTH));
const tokens = tracks.map(() => trackTokens(drawn(SEGMENTS * WIDTH), WIDTH));

const dot = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, i) => sum + value * other[i], 0) / 100;

/** The clip is its sums over every fourth value; moments lie where the track's number says. */
const engine: Engine = {
  async enhanceVideo(frames) {
    const h = new Float32Array(WIDTH);
    for (let i = 0; i < frames.length; i++) h[i % WIDTH] += frames[i] / 100;
    return { frameTokens: frames, h, question: h };
  },
  relevance: async (h, means) =>
    Float32Array.from({ length: means.length / WIDTH }, (_, n) => dot(h, means.subarray(n * WIDTH, (n + 1) * WIDTH))),
  moment: async () => ({ span: Float32Array.of(30.3 / 240, 12 / 240) }),
};

const COUNTS = { hits: 0, misses: 0, dropped: 0, bytes: 0 };

export const MANIFEST = {
  indexVersion: 'double000000',
  modelVersion: 'double000001',
  encoders: { image: { name: BASIC_FRAMES.name, width: BASIC_FRAMES.width }, audio: { name: 'none', width: 1 } },
  model: { preset: 'hand', width: WIDTH, maxFrames: 50, maxSegments: 96, strideSec: STRIDE_SEC, maxDurationSec: 240 },
  retrieval: { kind: 'hnsw', candidates: 10, ef: 10 },
  counts: { tracks: tracks.length, removed: 0, segments: SEGMENTS * tracks.length },
} as Manifest;

export const INDEX: OpenIndex = {
  manifest: MANIFEST,
  catalogue: wholeCatalogue(tracks),
  candidates: {
    search: (query, wanted, _ef, allowed) =>
      tracks
        .map((_, label) => label)
        .filter((label) => allowed?.accept(label) ?? true)
        .sort((one, other) => dot(query, h0[other]) - dot(query, h0[one]))
        .slice(0, wanted),
    vectorOf: (label) => h0[label],
  },
  tokens: {
    counts: COUNTS,
    of: async (labels) => labels.map((label) => tokens[label]),
    free: () => undefined,
    clear: () => undefined,
  },
  analyses: {
    counts: COUNTS,
    of: async (labels) => labels.map(() => analysis),
    free: () => undefined,
    clear: () => undefined,
  },
  engine,
};
