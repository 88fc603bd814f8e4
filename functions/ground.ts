/**
 * The grounding path: from a clip's raw frame tokens to ranked moments of the indexed tracks.
 *
 * It is MaDe's inference ("Music Grounding by Short Video", ICCV 2025, §4) on a catalogue: enhance the frames, search the
 * candidates by h(v), rank them by relevance, decode the moment of the best k. The Worker runs it over onnxruntime-web and
 * the offline program over onnxruntime-node: the graphs come in as an engine, the clock as an argument.
 * Reading requests and bundles is left to the Worker; the geometry of a moment to index/moment.ts.
 */
import { readCatalogue, type Track } from '../index/catalogue.ts';
import { type HnswIndex, openHnsw } from '../index/hnsw.ts';
import type { Manifest } from '../index/manifest.ts';
import { fitToClip, spanSeconds } from '../index/moment.ts';
import { standardise } from '../index/standardise.ts';
import { openTokenStore, type TokenStore } from '../index/token-store.ts';
import type { FrameTower } from './embed/tower-frames.ts';
import type { Engine, SegmentBatch } from './engine.ts';

// F frames · S segments of the longest track of a batch · N candidates · B pairs · d_v token width · d model width

/** A bundle, opened: what grounding needs to know about the catalogue, and the model to ask. */
export interface OpenIndex {
  manifest: Manifest;
  tracks: readonly Track[];
  hnsw: HnswIndex;
  tokens: TokenStore;
  engine: Engine;
  /** What embeds frames; undefined where that is basic-frames, or where only tokens are taken. */
  tower?: FrameTower;
}

export interface Clip {
  /** Raw tokens of the bundle's image encoder, [F, d_v] row by row. */
  tokens: Float32Array;
  durationMs: number;
  /** 'clip': moments exactly as long as the clip, where the track allows it. 'model': the model's own span. */
  fit: Fit;
}
export type Fit = 'clip' | 'model';

export interface Span {
  startMs: number;
  endMs: number;
}
export interface RankedMoment extends Span {
  /** From 1. */
  rank: number;
  track: Track;
  /** The model's own span, whatever the fit. */
  predicted: Span;
  /** p_s, from -2 to 2. */
  relevance: number;
}

export const STAGES = ['enhance', 'search', 'relevance', 'moment'] as const;
export type Stage = (typeof STAGES)[number];
/** Milliseconds; a stage that did not run is missing. */
export type StageTimes = Partial<Record<Stage, number>>;
/** Milliseconds from any fixed point. May be asynchronous: a Worker's clock stands still until it has done I/O. */
export type Clock = () => number | Promise<number>;

export interface Grounding {
  moments: RankedMoment[];
  times: StageTimes;
}

/** Pairs decoded by one call of the moment graph: its attention is the largest thing in memory, and grows with each. */
export const MOMENT_BATCH = 8;
/** Tracks whose relevance is computed by one call. Bounds the padded copy of their tokens. */
export const RELEVANCE_BATCH = 64;

/**
 * Put the files of a bundle together with the engine that runs its graphs.
 * @throws Error when they do not belong together; each file's own reader has refused a broken one before.
 */
export function openIndex(
  manifest: Manifest,
  files: { hnsw: ArrayBuffer; tokens: ArrayBuffer; catalogue: string },
  engine: Engine,
  tower?: FrameTower,
): OpenIndex {
  const hnsw = openHnsw(files.hnsw);
  const tokens = openTokenStore(files.tokens);
  const tracks = readCatalogue(files.catalogue);
  const same = (what: string, expected: number, got: number): void => {
    if (expected !== got) throw new Error(`bundle: expected ${expected} ${what}, got ${got}. Build the index again.`);
  };
  same('tracks in the catalogue', manifest.counts.tracks, tracks.length);
  same('tracks in the HNSW file', tracks.length, hnsw.count);
  same('tracks in the token store', tracks.length, tokens.tracks);
  same('values per vector', manifest.model.width, hnsw.dim);
  same('values per token', manifest.model.width, tokens.width);
  return { manifest, tracks, hnsw, tokens, engine, tower };
}

/**
 * The k best moments of the whole catalogue, best first, equal relevance in track order.
 * @param k at least 1; a catalogue of fewer tracks gives all of them
 */
export async function groundInCatalogue(index: OpenIndex, clip: Clip, k: number, now: Clock): Promise<Grounding> {
  const { candidates, ef } = index.manifest.retrieval;
  const watch = await startWatch(now);
  const video = await enhance(index, clip);
  await watch.lap('enhance');
  const wanted = Math.min(Math.max(candidates, k), index.hnsw.count);
  const labels = index.hnsw.search(video.h, wanted, Math.max(ef, wanted)).map((neighbour) => neighbour.label);
  await watch.lap('search');
  const scored = await rank(index, video.h, labels);
  await watch.lap('relevance');
  const moments = await decode(index, clip, video, scored.slice(0, k));
  await watch.lap('moment');
  return { moments, times: watch.times };
}

/**
 * The moment of one given track: the user has chosen the song.
 * @param label the track's place in the catalogue
 */
export async function groundInTrack(index: OpenIndex, clip: Clip, label: number, now: Clock): Promise<Grounding> {
  const watch = await startWatch(now);
  const video = await enhance(index, clip);
  await watch.lap('enhance');
  const scored = await rank(index, video.h, [label]);
  await watch.lap('relevance');
  const moments = await decode(index, clip, video, scored);
  await watch.lap('moment');
  return { moments, times: watch.times };
}

interface Video {
  /** [F, d] */
  frameTokens: Float32Array;
  /** h(v) [d], of length 1 */
  h: Float32Array;
}
interface Scored {
  label: number;
  relevance: number;
}

function enhance(index: OpenIndex, clip: Clip): Promise<Video> {
  const info = index.manifest.encoders.image;
  return index.engine.enhanceVideo(standardise(clip.tokens, info), clip.tokens.length / info.width);
}

async function rank(index: OpenIndex, h: Float32Array, labels: readonly number[]): Promise<Scored[]> {
  const scored: Scored[] = [];
  for (const batch of inBatches(labels, RELEVANCE_BATCH)) {
    const relevance = await index.engine.relevance(h, gather(index.tokens, batch)); // [N]
    for (const [i, label] of batch.entries()) scored.push({ label, relevance: finite(relevance[i], 'relevance') });
  }
  return scored.sort((one, other) => other.relevance - one.relevance || one.label - other.label);
}

async function decode(index: OpenIndex, clip: Clip, video: Video, best: readonly Scored[]): Promise<RankedMoment[]> {
  const moments: RankedMoment[] = [];
  for (const batch of inBatches(best, MOMENT_BATCH)) {
    const segments = gather(
      index.tokens,
      batch.map((scored) => scored.label),
    );
    const spans = await index.engine.moment(video.h, video.frameTokens, segments); // [B, 2]
    for (const [i, { label, relevance }] of batch.entries()) {
      const track = index.tracks[label];
      const trackSec = track.durationMs / 1000;
      const predicted = spanSeconds(finite(spans[2 * i], 'centre'), finite(spans[2 * i + 1], 'width'), {
        maxDurationSec: index.manifest.model.maxDurationSec,
        trackDurationSec: trackSec,
      });
      const fitted = clip.fit === 'clip' ? fitToClip(predicted, clip.durationMs / 1000, trackSec) : predicted;
      const span = milliseconds(fitted);
      moments.push({ rank: moments.length + 1, track, ...span, predicted: milliseconds(predicted), relevance });
    }
  }
  return moments;
}

/** Start and length are rounded, not start and end: a clip's length stays exact. */
function milliseconds({ startSec, endSec }: { startSec: number; endSec: number }): Span {
  const startMs = Math.round(startSec * 1000);
  return { startMs, endMs: startMs + Math.round((endSec - startSec) * 1000) };
}

/** Copy the tokens of some tracks into one padded batch. */
function gather(store: TokenStore, labels: readonly number[]): SegmentBatch {
  const count = labels.length;
  const longest = Math.max(...labels.map((label) => store.segmentsOf(label)));
  const tokens = new Float32Array(count * longest * store.width); // [N, S, d]
  const mask = new Float32Array(count * longest); // [N, S], 1 = a real segment
  for (const [i, label] of labels.entries()) {
    tokens.set(store.tokensOf(label), i * longest * store.width);
    mask.fill(1, i * longest, i * longest + store.segmentsOf(label));
  }
  return { tokens, mask, count, longest };
}

function finite(value: number, what: string): number {
  if (!Number.isFinite(value))
    throw new Error(`ground: expected a finite ${what}, got ${value}. Check the model's graphs.`);
  return value;
}

function* inBatches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

async function startWatch(now: Clock): Promise<{ times: StageTimes; lap(stage: Stage): Promise<void> }> {
  const times: StageTimes = {};
  let last = await now();
  async function lap(stage: Stage): Promise<void> {
    const time = await now();
    times[stage] = time - last;
    last = time;
  }
  return { times, lap };
}
