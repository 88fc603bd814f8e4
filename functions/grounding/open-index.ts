/**
 * An index, opened: what grounding needs to know about the catalogue, and the model to ask.
 *
 * Vectors and cues are held whole. Tokens, analyses and the catalogue are read by need, a shard at a time, and kept
 * while they fit their budgets; an index that fits them is read once. How a file is read and checked is the caller's function: the
 * Worker reads from its assets or R2, the offline program from a folder.
 */
import { openAnalysisStore, type TrackAnalysis } from '../../index/format/analysis-store.ts';
import { type OpenCues, openCues } from '../../index/format/cues.ts';
import { type BundleFile, isOld, type Manifest, type PiecedFile, type Shard } from '../../index/format/manifest.ts';
import { createShardCache, type ShardCache } from '../../index/format/shard-cache.ts';
import { openTokenShard, type TrackTokens } from '../../index/format/token-shard.ts';
import { readWholeCatalogue } from '../../index/format/whole-catalogue.ts';
import { release } from '../../index/release.ts';
import type { Columns } from '../../index/search/columns.ts';
import type { Exclude, Filters } from '../../index/search/filter.ts';
import type { Accept } from '../../index/search/neighbours.ts';
import { type OpenCatalogue, openCatalogue, wholeCatalogue } from '../../index/search/open-catalogue.ts';
import { openRetriever } from '../../index/search/retrieval.ts';
import type { FrameTower } from '../embed/tower-frames.ts';
import type { Engine } from '../engine.ts';
import type { Budgets } from './budgets.ts';

/** Which tracks a search may give. */
export interface Allowed {
  accept: Accept;
  /** How many of all labels it accepts, where that is known. */
  count?: number;
  /** What it was compiled from and against, for a service that filters by itself. */
  filters?: Filters;
  exclude?: Exclude;
  columns?: Columns;
}

/** As index/search/retrieval.ts has it, or a service that is asked over the network. */
export interface CandidateSource {
  /** Labels, at most `wanted`, best first, none of a removed track. @param query h(v) [D]; @param ef how many candidates a walk keeps */
  search(query: Float32Array, wanted: number, ef: number, allowed?: Allowed): number[] | Promise<number[]>;
  /** h0 of a track [D]; without it, it is computed from the track's tokens. */
  vectorOf?(label: number): Float32Array;
}

/** What there is for every track, by label. */
export interface OfTracks<T> {
  /** @throws RangeError when there is no such track; whatever reading a shard throws. */
  of(labels: readonly number[]): Promise<T[]>;
  /** Only for when none of what was given is used any more: memory of what is no longer kept is given back. */
  free(): void;
  /** As free, of all that was given: for when the index is closed. */
  clear(): void;
  readonly counts: ShardCache<{ bytes: number; buffer: ArrayBuffer }>['counts'];
}

/** One index in memory with its model: made by openIndex, read by everything that answers. */
export interface OpenIndex {
  manifest: Manifest;
  /** ISO 8601, where it was opened by a pointer to it. */
  publishedAt?: string;
  catalogue: OpenCatalogue;
  candidates: CandidateSource;
  tokens: OfTracks<TrackTokens>;
  analyses: OfTracks<TrackAnalysis>;
  cues?: OpenCues;
  engine: Engine;
  /** What embeds frames; undefined where that is basic-frames, or where only tokens are taken. */
  tower?: FrameTower;
}

/** Without a bound: Node has memory for all of a catalogue that a Worker answers from. */
const ALL = Number.POSITIVE_INFINITY;
const UNBOUNDED: Budgets = { tokens: ALL, analysis: ALL, catalogue: ALL, columns: ALL, ids: ALL, texts: ALL };

/** What openIndex needs from the Worker or the offline program. */
export interface OpenOptions {
  manifest: Manifest;
  publishedAt?: string;
  /** @throws when the file is not what the manifest says it is */
  read(file: BundleFile): Promise<ArrayBuffer>;
  engine: Engine;
  tower?: FrameTower;
  /** In place of the bundle's own vectors. */
  candidates?: (catalogue: OpenCatalogue) => CandidateSource;
  /** Bytes of shards to keep; all that were read, unless given. */
  budgets?: Budgets;
  /** Makes what a reader throws the error that the caller wants. */
  guard?: <T>(open: () => T) => T;
}

/**
 * Reads the whole files now and shards by need.
 * @throws Error `bundle: expected …` when the files do not belong together; what `read` and the files' own readers throw, by `guard`.
 * Shards are checked alike when they are read.
 */
export async function openIndex(options: OpenOptions): Promise<OpenIndex> {
  const { manifest, read, engine, tower, budgets = UNBOUNDED, guard = (open) => open() } = options;
  const { files, shards, model } = manifest;
  const catalogue = isOld(manifest)
    ? await oldCatalogue(manifest, read, guard)
    : await openCatalogue({ manifest, read, budgets, guard });
  const candidates = options.candidates?.(catalogue) ?? (await ownCandidates(options, guard));
  const cuesFile = files.cues && (await read(files.cues));
  const cues = cuesFile && guard(() => openCues(cuesFile));
  if (cues) guard(() => same('tracks in the cue table', catalogue.count, cues.tracks));

  const tokenShards = createShardCache(
    shards.tokens,
    async (shard) => {
      const bytes = await read(shard);
      return guard(() => {
        const opened = openTokenShard(bytes);
        same('values per token', model.width, opened.width);
        return sameTracks(shard, { ...opened, buffer: bytes });
      });
    },
    budgets.tokens,
  );
  const analysisShards = createShardCache(
    shards.analysis,
    async (shard) => {
      const bytes = await read(shard);
      return guard(() => sameTracks(shard, { ...openAnalysisStore(bytes), bytes: bytes.byteLength, buffer: bytes }));
    },
    budgets.analysis,
  );
  return {
    manifest,
    publishedAt: options.publishedAt,
    catalogue,
    candidates,
    tokens: ofTracks(tokenShards, async (labels) =>
      (await tokenShards.at(labels)).map(({ shard, track }) => shard.tokensOf(track)),
    ),
    analyses: ofTracks(analysisShards, (labels) =>
      analysisShards.copies(labels, (shard, track) => copyOf(shard.analysisOf(track))),
    ),
    cues,
    engine,
    tower,
  };
}

/** Of formats 3 and 4. */
async function oldCatalogue(
  { files, counts }: Manifest,
  read: OpenOptions['read'],
  guard: <T>(open: () => T) => T,
): Promise<OpenCatalogue> {
  const text = new TextDecoder().decode(await read(files.catalogue!));
  return guard(() => {
    const tracks = readWholeCatalogue(text);
    same('tracks in the catalogue', counts.tracks, tracks.length);
    return wholeCatalogue(tracks);
  });
}

/** A file whole. Each piece is checked as any file is, and its memory given back before the next is read. */
async function readPieces({ bytes, pieces, ...file }: PiecedFile, read: OpenOptions['read']): Promise<ArrayBuffer> {
  if (!pieces) return read({ bytes, ...file });
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    const content = new Uint8Array(await read(piece));
    if (at + content.length > bytes) break;
    whole.set(content, at);
    at += content.length;
    release(content);
  }
  same(`bytes in the pieces of ${file.path}`, bytes, at);
  return whole.buffer;
}

async function ownCandidates(
  { manifest, read }: OpenOptions,
  guard: <T>(open: () => T) => T,
): Promise<CandidateSource> {
  const bytes = await readPieces(manifest.files.vectors, read);
  return guard(() => {
    const retriever = openRetriever(manifest.retrieval.kind, bytes);
    same('vectors', manifest.counts.tracks, retriever.count);
    same('values per vector', manifest.model.width, retriever.dim);
    return {
      search: (query, wanted, ef, allowed) => retriever.search(query, wanted, ef, allowed?.accept, allowed?.count),
      vectorOf: retriever.vectorOf,
    };
  });
}

function ofTracks<S extends { bytes: number; buffer: ArrayBuffer }, T>(
  { counts, free, clear }: ShardCache<S>,
  of: OfTracks<T>['of'],
): OfTracks<T> {
  return { counts, free, clear, of };
}

/** A few kB of a shard of 64. */
const copyOf = ({ beatsMs, downbeats, segmentLufs, waveform, onsetStrength }: TrackAnalysis): TrackAnalysis => ({
  beatsMs: beatsMs.slice(),
  downbeats: downbeats.slice(),
  segmentLufs,
  waveform: waveform.slice(),
  onsetStrength: onsetStrength.slice(),
});

function sameTracks<S extends { tracks: number }>(shard: Shard, opened: S): S {
  same(`tracks in ${shard.path}`, shard.tracks, opened.tracks);
  return opened;
}

function same(what: string, expected: number, got: number): void {
  if (expected !== got) throw new Error(`bundle: expected ${expected} ${what}, got ${got}. Build the index again.`);
}
