/**
 * An index of many simulated tracks for `npm run bench -- scale`: real formats and sizes, made in minutes.
 *
 * The 4,000 tracks of edge-index.ts were encoded and enhanced; a further track lies between two of them that stand near each other in the
 * files: it has the tokens of one, moved by a share of the way to the other and by a little of its own. So there are neighbours at every distance, as in
 * a library that grows. Facts are those of the one, with names of its own; its series (beats, waveform) are the other's as they are. Tracks are ordered and
 * put into shards, vectors and columns by the build's own code.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenIndex } from '../../functions/grounding/open-index.ts';
import { meanVector } from '../../functions/grounding/rank.ts';
import type { Track } from '../../index/format/catalogue.ts';
import type { Manifest, RetrievalKind } from '../../index/format/manifest.ts';
import { quantiseTokens, type TrackTokens } from '../../index/format/token-shard.ts';
import type { QuantisedTokens } from '../../offline/indexing/enhanced-file.ts';
import { orderForShards } from '../../offline/indexing/layout.ts';
import { catalogueWriter } from '../../offline/indexing/put-catalogue.ts';
import { putVectors } from '../../offline/indexing/put-vectors.ts';
import { createAnalysisWriter, createTokenWriter, SMALL_TOKEN_SHARD_BYTES } from '../../offline/indexing/shards.ts';
import { folderStore } from '../../offline/indexing/store/folder-store.ts';
import { movePointer, putManifest } from '../../offline/indexing/store/publish.ts';
import { readChecked } from '../../offline/indexing/store/read-checked.ts';
import type { BundleStore } from '../../offline/indexing/store/store.ts';
import { efFor, kindFor, vectorsFile } from '../../offline/indexing/vectors.ts';
import { completeManifest } from '../../offline/indexing/version.ts';
import { createProgress } from '../../offline/lib/progress.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { withTempDir } from '../../offline/lib/temp-dir.ts';
import { openIndexInNode } from '../../offline/local-worker/node-index.ts';

/** How far apart in the files two tracks are at most that another lies between. */
const NEAR = 60;
/** Of a track's own, as a share of its length. */
const OWN = 0.15;
const MOODS = ['calm', 'warm', 'bright', 'dark', 'tense', 'joyful', 'sad', 'epic', 'dreamy', 'driving', 'soft', 'wild'];

/** What the tracks are made of. */
interface Base {
  index: OpenIndex;
  tracks: Track[];
  tokens: TrackTokens[];
  /** Of the mean of each one's tokens: its direction, h0, and its length. */
  means: Float32Array[];
  lengths: number[];
}

/** @param base folder of the index of edge-index.ts @param home where indexes are kept: what is there is not made again */
export async function scaledIndex(base: string, home: string, count: number): Promise<string> {
  const folder = join(home, `scale-${count}`);
  if (existsSync(join(folder, 'current.json'))) return folder;
  const store = folderStore(folder);
  await publishScaled(store, base, count);
  return folder;
}

/** @param more what differs where a service finds candidates: no graph is built of the vectors then */
export async function publishScaled(
  store: BundleStore,
  base: string,
  count: number,
  vectors = true,
): Promise<Manifest> {
  const index = await openIndexInNode(base, 1);
  try {
    const written = await writeScaled(store, await baseOf(index), count, vectors);
    const from = folderStore(base);
    for (const file of Object.values(index.manifest.files))
      if (Object.values(written.files).some(({ path }) => path === file.path))
        await store.write(file.path, (await readChecked(from, file)).bytes);
    await putManifest(store, written, new Date(0));
    await movePointer(store, written.indexVersion, { from: {}, now: new Date(0), keep: 1 });
    return written;
  } finally {
    await index.close();
  }
}

async function baseOf(index: OpenIndex): Promise<Base> {
  const labels = Array.from({ length: index.catalogue.count }, (_, label) => label);
  const tokens = await index.tokens.of(labels);
  const { width } = index.manifest.model;
  return {
    index,
    tracks: await index.catalogue.of(labels),
    tokens,
    means: tokens.map((one) => meanVector(one, width)),
    lengths: tokens.map((one) => lengthOf(one, width)),
  };
}

async function writeScaled(store: BundleStore, base: Base, count: number, withGraph: boolean): Promise<Manifest> {
  const { manifest } = base.index;
  const { width } = manifest.model;
  const bar = createProgress({ label: `vectors of ${count}`, total: count });
  const vectors = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    vectors.set(vectorAt(base, i, width), i * width);
    bar.tick();
  }
  bar.done();
  const order = withGraph ? orderForShards(vectors, width) : Uint32Array.from({ length: count }, (_, i) => i);
  const [lines, tokens, analyses] = [
    catalogueWriter(store),
    createTokenWriter(store, width, count > base.tracks.length ? SMALL_TOKEN_SHARD_BYTES : undefined),
    createAnalysisWriter(store, withGraph ? undefined : LARGE_ANALYSIS_SHARD),
  ];
  const writing = createProgress({ label: `write ${count}`, total: count });
  for (const at of order) {
    const of = sourcesOf(base, at).one;
    await lines.append(factsOf(base.tracks[of], at, count));
    await tokens.append(tokensAt(base, at, width));
    await analyses.append((await base.index.analyses.of([of]))[0]);
    writing.tick();
  }
  writing.done();
  const placed = new Float32Array(vectors.length);
  for (const [place, at] of order.entries()) placed.set(vectors.subarray(at * width, (at + 1) * width), place * width);
  const written = await lines.close();
  const kind: RetrievalKind = withGraph ? kindFor(count, width) : manifest.retrieval.kind;
  const graph = withGraph
    ? await putVectors(store, await withTempDir((folder) => vectorsFile({ vectors: placed, width, folder }, kind)))
    : manifest.files.vectors;
  return completeManifest({
    ...manifest,
    retrieval: { ...manifest.retrieval, kind, ef: efFor(count) },
    counts: written.counts,
    columns: written.columns,
    files: { ...manifest.files, ...written.files, vectors: graph },
    shards: { ...written.shards, tokens: await tokens.close(), analysis: await analyses.close() },
  });
}
const LARGE_ANALYSIS_SHARD = 256 << 10;

/** Which two tracks the i-th lies between, and how far from the one. The first 4,000 are the tracks themselves. */
function sourcesOf({ tracks }: Base, i: number): { one: number; other: number; share: number } {
  const one = i % tracks.length;
  if (i < tracks.length) return { one, other: one, share: 0 };
  const random = createRandom(`scale/${i}`);
  const other = (one + 1 + random.integer(NEAR) + tracks.length - NEAR / 2) % tracks.length;
  return { one, other, share: random.uniform(0, 0.6) };
}

/** How the tokens of the i-th are moved from those of the track that it is made of. [D]; undefined where they are not. */
function moveOf(base: Base, i: number, width: number): Float32Array | undefined {
  const { one, other, share } = sourcesOf(base, i);
  if (share === 0) return undefined;
  const random = createRandom(`scale/own/${i}`);
  const own = (base.lengths[one] * OWN) / Math.sqrt(width);
  return base.means[other].map(
    (value, c) => base.lengths[one] * share * (value - base.means[one][c]) + own * random.normal(),
  );
}

/** h0 [D] */
function vectorAt(base: Base, i: number, width: number): Float32Array {
  const { one } = sourcesOf(base, i);
  const move = moveOf(base, i, width);
  if (!move) return base.means[one];
  const sum = move.map((value, c) => value + base.lengths[one] * base.means[one][c]);
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

function tokensAt(base: Base, i: number, width: number): QuantisedTokens {
  const tokens = base.tokens[sourcesOf(base, i).one];
  const move = moveOf(base, i, width);
  if (!move) return tokens;
  const moved = new Float32Array(tokens.values.length);
  for (let s = 0, at = 0; s < tokens.segments; s++)
    for (let c = 0; c < width; c++, at++) moved[at] = tokens.scales[s] * tokens.values[at] + move[c];
  return quantiseTokens(moved, width);
}

/** Of the mean of a track's tokens. */
function lengthOf({ values, scales, segments }: TrackTokens, width: number): number {
  const sum = new Float64Array(width);
  for (let s = 0, at = 0; s < segments; s++) for (let c = 0; c < width; c++, at++) sum[c] += scales[s] * values[at];
  return Math.hypot(...sum) / segments;
}

/** Names of its own, as many artists and albums as such a library has, and two fields that it brings along. */
export function factsOf(track: Track, i: number, count: number): Track {
  const random = createRandom(`scale/facts/${i}`);
  const artist = `Artist ${random.integer(Math.max(500, count / 8))}`;
  return {
    ...track,
    id: `${track.id}-${i.toString(16).padStart(8, '0')}`,
    title: `${MOODS[i % MOODS.length]} piece no. ${i}`,
    file: `library/${artist}/${i}.flac`,
    artist,
    album: `Album ${random.integer(Math.max(500, count / 12))}`,
    tags: [MOODS[random.integer(MOODS.length)], MOODS[random.integer(MOODS.length)]].filter(
      (word, at, all) => all.indexOf(word) === at,
    ),
    fields: { year: 1970 + random.integer(55), label: `Label ${random.integer(200)}` },
  };
}
