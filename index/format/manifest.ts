/**
 * The bundle's manifest: what an index is made of, which encoders and which model it belongs to.
 *
 * It is written by the offline build and read by the Worker before anything else. Every other file of the bundle is
 * named in it with its size and sha256, so a bundle is complete and unchanged exactly when its manifest says so. It holds
 * nothing that another run would do differently, no date and no measurement: it is itself named by what is in it, so that who
 * builds the same index writes the same bytes.
 * The files themselves are read by retrieval.ts, token-shard.ts, analysis-store.ts, catalogue.ts, column.ts, texts.ts, ids.ts, facets.ts
 * and cues.ts.
 */

import type { ImagePreprocessing } from '../image/tower-image.ts';
import type { BundleFile } from './bundle-file.ts';
import type { FieldKind } from './column.ts';
import { type ShardTable, shardLines, shardsOf } from './shard-table.ts';

export type { BundleFile } from './bundle-file.ts';
export type { Shard, ShardTable } from './shard-table.ts';

/** Stands in every manifest, so that other JSON is refused. */
export const BUNDLE_FORMAT = 'cuepoint-bundle';
/** The version that is written; READ_VERSIONS are those that are read. */
export const BUNDLE_VERSION = 5;
/**
 * Versions 3 and 4 had the whole catalogue in one file, and of every shard an object. Version 3 had a date and a report in it, which are
 * passed over.
 */
export const READ_VERSIONS = [3, 4, BUNDLE_VERSION] as const;

/** A file that is kept in pieces, since an asset has an end: their contents one after the other are its content. */
export interface PiecedFile extends BundleFile {
  pieces?: readonly BundleFile[];
}

/** What one field says of every track (column.ts). */
export interface ColumnFile extends BundleFile {
  field: string;
  kind: FieldKind;
}

/** What each file of a bundle is for. */
export const FILE_ROLES = ['vectors', 'facets', 'enhanceVideo', 'relevance', 'moment'] as const;
/** A tower where the Worker embeds frames with one of its own; cues where there was an editing log; the catalogue of formats 3 and 4. */
export const OPTIONAL_ROLES = ['imageTower', 'cues'] as const;
/** In place of facets, columns and shards of the catalogue. */
export const OLD_ROLES = ['vectors', 'catalogue', 'enhanceVideo', 'relevance', 'moment'] as const;
/** What is read by need, a shard at a time. `ids` is cut by the ids' hashes, all else by tracks. */
export const SHARDED_ROLES = ['tokens', 'analysis', 'catalogue', 'texts', 'ids'] as const;
/** Those of formats 3 and 4. */
export const OLD_SHARDED_ROLES = ['tokens', 'analysis'] as const;
/** A role that one whole file fills. */
export type FileRole = (typeof FILE_ROLES)[number] | (typeof OPTIONAL_ROLES)[number];
/** A role that a series of shards fills, which together cover every track. */
export type ShardedRole = (typeof SHARDED_ROLES)[number];
type GraphFiles = Record<'enhanceVideo' | 'relevance' | 'moment', BundleFile>;
/** The file of each role: all of FILE_ROLES (of an old format, OLD_ROLES), and those of OPTIONAL_ROLES that the index has. */
export type BundleFiles = GraphFiles & { vectors: PiecedFile } & Partial<
    Record<'facets' | 'catalogue' | (typeof OPTIONAL_ROLES)[number], BundleFile>
  >;
/** The shards of each role, in the order of their tracks and without gaps. */
export type BundleShards = Record<ShardedRole, ShardTable>;

/** How many tracks a search hands to the relevance stage, unless an index says otherwise. */
export const CANDIDATES = 100;

/** How the vectors are held and searched (index/search/retrieval.ts). */
export const RETRIEVAL_KINDS = ['hnsw', 'hnsw-int8'] as const;
/** Which file the role `vectors` holds: hnswlib's own (hnsw.ts) or the compact one (hnsw-int8.ts). */
export type RetrievalKind = (typeof RETRIEVAL_KINDS)[number];

/** How the graphs hold their matrices: as float32, or as one byte a value (offline/nn/quantise.ts). */
export const PRECISIONS = ['fp32', 'int8'] as const;
/** Chosen when an index is built. The graphs' inputs and outputs are the same for both; int8 answers differ a little. */
export type Precision = (typeof PRECISIONS)[number];

/** An encoder, and the statistics its raw tokens are standardised with before the model sees them. */
export interface EncoderInfo {
  name: string;
  /** Values per token. */
  width: number;
  /** Distinguishes encoders of one name (offline/encoders/store.ts), where the build knew. */
  key?: string;
  /** [width] each, over the training set; absent where the model takes tokens as the encoder makes them. */
  statistics?: { mean: number[]; deviation: number[] };
}

/** How the Worker feeds the tower of the role imageTower. */
export interface TowerInfo extends ImagePreprocessing {
  /** The tower's own: the encoder's, or that of a smaller one that gives nearly its tokens. */
  name: string;
  /** Names in the graph. */
  input: string;
  output: string;
  /** [1, 3, size, size] or [1, size, size, 3]. */
  layout: 'nchw' | 'nhwc';
}

/** An index as a whole. The offline build makes it; parseManifest reads it, and throws where a member is not of its kind. */
export interface Manifest {
  format: typeof BUNDLE_FORMAT;
  formatVersion: (typeof READ_VERSIONS)[number];
  /** First 12 hex characters of the hash over all else in here (offline/indexing/version.ts). */
  indexVersion: string;
  /** First 12 hex characters of the hash over the three graphs and the encoders' statistics. */
  modelVersion: string;
  /** Of the three graphs. */
  precision: Precision;
  encoders: { image: EncoderInfo; audio: EncoderInfo };
  tower?: TowerInfo;
  model: {
    preset: string;
    /** Width of the enhanced tokens and of h(v) and h0. */
    width: number;
    maxFrames: number;
    maxSegments: number;
    /** Seconds between the centres of two segments. */
    strideSec: number;
    /** What a centre or width of 1 means, in seconds. */
    maxDurationSec: number;
  };
  /** What prefer and avoid count where a request does not say, as it was fitted for this model (offline/evaluate/taste.ts). */
  taste?: { weight: number };
  /** What the model was trained with, as its checkpoint has it: for people, and to repeat the training. */
  config?: Readonly<Record<string, unknown>>;
  retrieval: {
    kind: RetrievalKind;
    /** How many tracks the search hands to the relevance stage. */
    candidates: number;
    /** hnswlib's ef at query time. */
    ef: number;
  };
  /** `tracks` counts the places in the catalogue, those of removed tracks included; `previews` the tracks that have one, where it is known. */
  counts: { tracks: number; removed: number; segments: number; previews?: number };
  files: BundleFiles;
  /** In the order in which they are listed, the built-in ones first; none of an old format. */
  columns: readonly ColumnFile[];
  shards: BundleShards;
}

/** Whether its catalogue is one file, as in formats 3 and 4. */
export const isOld = ({ formatVersion }: Pick<Manifest, 'formatVersion'>): boolean => formatVersion !== BUNDLE_VERSION;

/** Every file that the manifest names, one after the other. */
export function* filesOf({
  files,
  columns,
  shards,
}: Pick<Manifest, 'files' | 'columns' | 'shards'>): Generator<BundleFile> {
  for (const file of Object.values(files)) yield* piecesOf(file);
  yield* columns;
  for (const role of SHARDED_ROLES) yield* shardsOf(shards[role]);
}

/** What is stored of a file: its pieces, or itself. */
export const piecesOf = (file: PiecedFile): readonly BundleFile[] => file.pieces ?? [file];

/** The members of a manifest as they stand in its text: JSON of them is what parseManifest reads. */
export function plainManifest<M extends Partial<Manifest>>(manifest: M): object {
  const { columns, shards, ...rest } = manifest;
  if (manifest.formatVersion !== undefined && isOld(manifest as Pick<Manifest, 'formatVersion'>)) {
    const old = OLD_SHARDED_ROLES.map((role) => [role, [...shardsOf(shards![role])]] as const);
    return { ...rest, shards: Object.fromEntries(old) };
  }
  const lines = SHARDED_ROLES.map((role) => [role, shardLines(shards![role])] as const);
  return { ...rest, columns, shards: Object.fromEntries(lines) };
}
