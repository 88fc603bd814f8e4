/**
 * The bundle's manifest: what an index is made of, which encoders and which model it belongs to.
 *
 * It is written by the offline build and read by the Worker before anything else. Every other file of the bundle is
 * named in it with its size and sha256, so a bundle is complete and unchanged exactly when its manifest says so. It holds
 * nothing that another run would do differently, no date and no measurement: it is itself named by what is in it, so that who
 * builds the same index writes the same bytes.
 * The files themselves are read by retrieval.ts, token-shard.ts, analysis-store.ts, catalogue.ts and cues.ts.
 */

import type { ImagePreprocessing } from '../image/tower-image.ts';

/** Stands in every manifest, so that other JSON is refused. */
export const BUNDLE_FORMAT = 'cuepoint-bundle';
/** The version that is written; READ_VERSIONS are those that are read. */
export const BUNDLE_VERSION = 4;
/** Version 3 had a date and a report in it, which are passed over. */
export const READ_VERSIONS = [3, BUNDLE_VERSION] as const;

/** One file of the bundle. `path` is relative to the place the bundle lies in and carries the first characters of the hash. */
export interface BundleFile {
  path: string;
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
}

/** A part of a series that has something for every track: of the tracks from `first` on, as many as `tracks`. */
export interface Shard extends BundleFile {
  first: number;
  tracks: number;
}

/** What each file of a bundle is for. */
export const FILE_ROLES = ['vectors', 'catalogue', 'enhanceVideo', 'relevance', 'moment'] as const;
/** A tower where the Worker embeds frames with one of its own; cues where there was an editing log. */
export const OPTIONAL_ROLES = ['imageTower', 'cues'] as const;
/** What is read by need, a shard at a time. */
export const SHARDED_ROLES = ['tokens', 'analysis'] as const;
/** A role that one whole file fills. */
export type FileRole = (typeof FILE_ROLES)[number] | (typeof OPTIONAL_ROLES)[number];
/** A role that a series of shards fills, which together cover every track. */
export type ShardedRole = (typeof SHARDED_ROLES)[number];
/** The file of each role: all of FILE_ROLES, and those of OPTIONAL_ROLES that the index has. */
export type BundleFiles = Record<(typeof FILE_ROLES)[number], BundleFile> &
  Partial<Record<(typeof OPTIONAL_ROLES)[number], BundleFile>>;
/** The shards of each role, in the order of their tracks and without gaps. */
export type BundleShards = Record<ShardedRole, Shard[]>;

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
  /** `tracks` counts the places in the catalogue, those of removed tracks included. */
  counts: { tracks: number; removed: number; segments: number };
  files: BundleFiles;
  shards: BundleShards;
}

/** Every file that the manifest names. */
export function filesOf({ files, shards }: Pick<Manifest, 'files' | 'shards'>): BundleFile[] {
  return [...Object.values(files), ...SHARDED_ROLES.flatMap((role) => shards[role])];
}
