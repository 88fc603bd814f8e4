/**
 * An index whose numbers can be worked out by hand: real files, real ONNX graphs, three tracks, a model of four values.
 *
 * The "model" looks at the first two values of a frame token and calls their direction h(v). A track's relevance is the product of
 * h(v) and h0; it asks nothing of the segments, so all weigh alike. Its moment is centred on the segments that agree with h(v), each
 * of which carries its own place (a share of 240 s) as third value, and lasts as long as there are frames.
 */
import { type TrackAnalysis, writeAnalysisStore } from '../../index/format/analysis-store.ts';
import type { Track } from '../../index/format/catalogue.ts';
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleFile,
  type FileRole,
  type Manifest,
  plainManifest,
  type Shard,
  type TowerInfo,
} from '../../index/format/manifest.ts';
import { manifestPath, objectPath, POINTER_PATH, writePointer } from '../../index/format/pointer.ts';
import { shardTable } from '../../index/format/shard-table.ts';
import { quantiseTokens, writeTokenShard } from '../../index/format/token-shard.ts';
import { createCatalogueWriter } from '../../index/search/catalogue-writer.ts';
import { someTrack } from '../unit/index/some-track.ts';
import { enhanceVideo, hnswFile, moment, relevance, WIDTH } from './hand-model.ts';

interface HandTrack {
  id: string;
  durationMs: number;
  /** Direction of h0, and segments as [x, y, place, ONE]. */
  h0: [number, number];
  segments: [number, number, number, number][];
}

/** The largest value of every token: it makes a byte's step 1/128, so that all others are whole steps and lose nothing. */
const ONE = 127 / 128;

/** Places are shares of 240 s: 1/8 is 30 s, 1/4 is 60 s, 3/8 is 90 s, 1/64 is 3.75 s. */
export const TRACKS: readonly HandTrack[] = [
  {
    id: 'east',
    durationMs: 120_000,
    h0: [1, 0],
    segments: [
      [0.5, 0, 1 / 4, ONE],
      [0.5, 0, 3 / 8, ONE],
      [0, 0.5, 1 / 8, ONE],
      [0, 0.5, 1 / 8, ONE],
    ],
  },
  {
    id: 'north',
    durationMs: 120_000,
    h0: [0, 1],
    segments: [
      [0, 0.5, 1 / 4, ONE],
      [0, 0.5, 1 / 4, ONE],
    ],
  },
  { id: 'short', durationMs: 5_000, h0: [0.8, 0.6], segments: [[0.5, 0.375, 1 / 64, ONE]] },
];

const NO_ANALYSIS: TrackAnalysis = {
  beatsMs: new Uint32Array(0),
  downbeats: new Uint32Array(0),
  segmentLufs: new Float32Array(0),
  waveform: new Uint8Array(0),
  onsetStrength: new Uint8Array(0),
};
/** Two minutes at 120 bpm in bars of four, all at -20 LUFS, with its one strongest onset at 72.025 s. */
const AT_120_BPM: TrackAnalysis = {
  beatsMs: Uint32Array.from({ length: 240 }, (_, i) => i * 500),
  downbeats: Uint32Array.from({ length: 60 }, (_, i) => i * 4),
  segmentLufs: new Float32Array(49).fill(-20),
  waveform: Uint8Array.of(0, 128, 255),
  onsetStrength: Uint8Array.from({ length: 2400 }, (_, i) => (i === 1440 ? 255 : 10)),
};

/** What the catalogue says of each, where it says more than nothing. */
const FACTS: Record<string, Partial<Track>> = {
  east: {
    artist: 'One',
    tags: ['calm'],
    licence: 'CC0',
    bpm: 120,
    beatsPerBar: 4,
    loudnessLufs: -20,
    peakDb: -6,
    key: { tonic: 'C', mode: 'major', confidence: 1 },
  },
  north: { artist: 'Two', tags: ['bright'] },
};

export interface HandOptions {
  /** What embeds frames in the Worker, where that is not basic-frames. */
  tower?: { info: TowerInfo; bytes: Uint8Array };
  /** Of the index; another one stands for another index. */
  version?: string;
  /** Ids of tracks that were removed. */
  removed?: readonly string[];
  /** Files beside the index's own, by path. */
  more?: Record<string, Uint8Array>;
  facts?: Record<string, Partial<Track>>;
}

/** The lines of its catalogue. */
export function handCatalogue(facts: HandOptions['facts'] = FACTS, removed: readonly string[] = []): Track[] {
  return TRACKS.map(({ id, durationMs, segments }) =>
    someTrack(id, {
      title: `The ${id} track`,
      durationMs,
      segments: segments.length,
      ...facts[id],
      ...(removed.includes(id) ? { removed: true as const } : {}),
    }),
  );
}

/**
 * Path to content of every file, as the assets have it.
 * @param encoder of images, whose mean is 0 and deviation 1
 */
export async function handBundle(
  encoder: { name: string; width: number; key?: string },
  { tower, version = 'hand00000000', removed = [], more = {}, facts = FACTS }: HandOptions = {},
): Promise<Map<string, Uint8Array>> {
  const bundle = new Map<string, Uint8Array>(Object.entries(more));
  const put = async (role: string, content: Uint8Array, extension = role): Promise<BundleFile> => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const file = { path: objectPath(role, sha256, extension), bytes: content.length, sha256 };
    bundle.set(file.path, content);
    return file;
  };
  const catalogue = createCatalogueWriter((role, extension, content) =>
    put(role, typeof content === 'string' ? new TextEncoder().encode(content) : content, extension),
  );
  for (const track of handCatalogue(facts, removed)) await catalogue.append(track);
  const written = await catalogue.close();
  const contents: Partial<Record<FileRole, Uint8Array>> = {
    vectors: hnswFile(TRACKS.map(({ h0 }) => [...h0, 0, 0])),
    enhanceVideo: enhanceVideo(encoder.width),
    relevance: relevance(),
    moment: moment(),
    ...(tower ? { imageTower: tower.bytes } : {}),
  };
  const files = { ...written.files } as Manifest['files'];
  for (const [role, content] of Object.entries(contents) as [FileRole, Uint8Array][])
    files[role] = await put(role, content);
  // The first shard has two tracks, the second one.
  const shards = { tokens: [] as Shard[], analysis: [] as Shard[] };
  for (const [first, tracks] of [
    [0, TRACKS.slice(0, 2)],
    [2, TRACKS.slice(2)],
  ] as const) {
    const tokens = tracks.map(({ segments }) => quantiseTokens(Float32Array.from(segments.flat()), WIDTH));
    const place = { first, tracks: tracks.length };
    shards.tokens.push({ ...(await put('tokens', writeTokenShard(tokens, WIDTH))), ...place });
    const analysis = writeAnalysisStore(tracks.map(({ id }) => (id === 'east' ? AT_120_BPM : NO_ANALYSIS)));
    shards.analysis.push({ ...(await put('analysis', analysis)), ...place });
  }
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_VERSION,
    indexVersion: version,
    modelVersion: 'hand00000001',
    precision: 'fp32',
    encoders: {
      image: {
        ...encoder,
        statistics: { mean: Array(encoder.width).fill(0), deviation: Array(encoder.width).fill(1) },
      },
      audio: { name: 'none', width: 1, statistics: { mean: [0], deviation: [1] } },
    },
    tower: tower?.info,
    model: { preset: 'hand', width: WIDTH, maxFrames: 50, maxSegments: 96, strideSec: 2.5, maxDurationSec: 240 },
    retrieval: { kind: 'hnsw', candidates: 3, ef: 10 },
    counts: written.counts,
    files,
    columns: written.columns,
    shards: {
      ...written.shards,
      tokens: shardTable('tokens', shards.tokens),
      analysis: shardTable('analysis', shards.analysis),
    },
  };
  await publish(bundle, manifest);
  return bundle;
}

/** Write the manifest, and the pointer to it. */
export async function publish(bundle: Map<string, Uint8Array>, manifest: Manifest): Promise<void> {
  const text = new TextEncoder().encode(JSON.stringify(plainManifest(manifest)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const path = manifestPath(manifest.indexVersion);
  bundle.set(path, text);
  const pointer = {
    indexVersion: manifest.indexVersion,
    manifest: { path, bytes: text.length, sha256 },
    publishedAt: '2026-11-22T00:00:00Z',
  };
  bundle.set(POINTER_PATH, new TextEncoder().encode(writePointer(pointer)));
}
