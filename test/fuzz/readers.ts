/**
 * Every reader of a bundle on files that were right once: it refuses with a sentence of its own, or it opens, and then answers all it
 * can be asked without leaving its bytes.
 *
 * A Worker checks a file's hash before it reads it, so none of this comes from outside; it comes from a build of another
 * version, a disk, or a bug of ours, and has to end in "build the index again" and not in a crash.
 */
import fc from 'fast-check';
import { openAnalysisStore, writeAnalysisStore } from '../../index/format/analysis-store.ts';
import { openCatalogueShard, type Track, trackLine, writeCatalogueShard } from '../../index/format/catalogue.ts';
import { openColumn, writeColumn } from '../../index/format/column.ts';
import { openCues, writeCues } from '../../index/format/cues.ts';
import { readFacets, writeFacets } from '../../index/format/facets.ts';
import { hashId, openIds, writeIds } from '../../index/format/ids.ts';
import { BUNDLE_FORMAT, BUNDLE_VERSION, filesOf, type RetrievalKind } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { parsePointer, writePointer } from '../../index/format/pointer.ts';
import { readTexts, textOf, writeTexts } from '../../index/format/texts.ts';
import { openTokenShard, quantiseTokens, writeTokenShard } from '../../index/format/token-shard.ts';
import { readWholeCatalogue } from '../../index/format/whole-catalogue.ts';
import { createColumnBuilder } from '../../index/search/column-builder.ts';
import { columnsOf, numberAt, placesOf } from '../../index/search/columns.ts';
import { facetOf, facetsOf } from '../../index/search/facets.ts';
import { writeHnswInt8 } from '../../index/search/hnsw-int8.ts';
import { openRetriever } from '../../index/search/retrieval.ts';
import { toUtf8 } from '../../index/utf8.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { damaged } from './bytes.ts';
import { type Campaign, runCampaign, type Tally } from './campaign.ts';
import { changedJsonText } from './json.ts';

const WIDTH = 6;
const random = createRandom('fuzz');
const drawn = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

interface Reader {
  name: string;
  cases: fc.Arbitrary<Uint8Array<ArrayBuffer> | string>;
  /** Opens it and asks it everything. @throws Error of the reader's own form, when it is not whole */
  use(content: Uint8Array<ArrayBuffer> | string): void;
  /** What its refusals look like. */
  refusal: RegExp;
}

/** @param hnsw a whole file of hnswlib, space "ip", of vectors of 6 values, some of them on upper levels, one marked deleted */
export function bundleReaders(hnsw: Uint8Array): Reader[] {
  return [
    text('manifest', MANIFEST, useManifest),
    text('pointer', JSON.parse(writePointer(POINTER)), parsePointer, /^current\.json: expected .+, got .+\. .+\.$/s),
    text('catalogue', { version: 3, tracks: TRACKS }, (content) => useTracks(readWholeCatalogue(content))),
    text('facets', JSON.parse(writeFacets(facetsOf(columnsOf(TRACKS)))), readFacets),
    bytes('catalogue', toUtf8(writeCatalogueShard(TRACKS.map(trackLine))), useCatalogue),
    ...['artist', 'tags', 'bpm'].map((field) =>
      bytes('column', columnOf(field), (buffer) => useColumn(buffer), /^column "field": expected .+, got .+\. .+\.$/s),
    ),
    bytes('ids', IDS, useIds),
    bytes('texts', toUtf8(writeTexts(TRACKS.map(textOf))), (buffer) => readTexts(buffer, TRACKS.length)),
    bytes(
      'hnsw file',
      hnsw,
      (buffer) => useVectors('hnsw', buffer),
      /^(hnsw file|vectors): expected .+, got .+\. .+\.$/s,
    ),
    bytes(
      'hnsw int8 file',
      writeHnswInt8(Uint8Array.from(hnsw).buffer),
      (buffer) => useVectors('hnsw-int8', buffer),
      /^(hnsw int8 file|vectors): expected .+, got .+\. .+\.$/s,
    ),
    bytes('token shard', TOKENS, useTokens),
    bytes('analysis store', ANALYSIS, useAnalysis),
    bytes('cues', CUES, useCues),
  ];
}

export function fuzzReader({ cases, use, refusal }: Reader, campaign: Campaign): Promise<Tally> {
  return runCampaign(
    cases,
    (content) => {
      try {
        use(content);
        return 'opened';
      } catch (error) {
        // By its class too: a TypeError is an accident, whatever it says.
        const isMeant = error instanceof Error && error.constructor === Error && refusal.test(error.message);
        if (isMeant) return 'refused';
        throw error;
      }
    },
    campaign,
  );
}

function text(name: string, value: unknown, use: (text: string) => unknown, refusal = formOf(name)): Reader {
  const broken = damaged(new TextEncoder().encode(JSON.stringify(value))).map((bytes) =>
    new TextDecoder().decode(bytes),
  );
  const cases = fc.oneof({ weight: 3, arbitrary: changedJsonText(value) }, { weight: 1, arbitrary: broken });
  return { name, cases, use: (content) => void use(content as string), refusal };
}

function bytes(name: string, whole: Uint8Array, use: (buffer: ArrayBuffer) => void, refusal = formOf(name)): Reader {
  return {
    name,
    cases: damaged(whole, 3),
    use: (content) => use((content as Uint8Array<ArrayBuffer>).buffer),
    refusal,
  };
}

const formOf = (name: string): RegExp => new RegExp(`^${name}: .+\\. .+\\.$`, 's');

const sha256 = 'ab'.repeat(32);
const file = (path: string) => ({ path: `objects/${path}`, bytes: 100, sha256 });
const shards = [`2 100 ${sha256}`, `1 90 ${sha256}`];
const MANIFEST = {
  format: BUNDLE_FORMAT,
  formatVersion: BUNDLE_VERSION,
  indexVersion: '3f9a51c07be2',
  modelVersion: '0d4e7aa913c5',
  precision: 'int8',
  encoders: {
    image: { name: 'basic-frames', width: 2, statistics: { mean: [0, 0], deviation: [1, 1] } },
    audio: { name: 'basic-audio', width: 1 },
  },
  model: { preset: 'small', width: WIDTH, maxFrames: 50, maxSegments: 96, strideSec: 2.5, maxDurationSec: 240 },
  retrieval: { kind: 'hnsw', candidates: 100, ef: 100 },
  counts: { tracks: 3, removed: 0, segments: 30 },
  files: {
    vectors: file('vectors'),
    facets: file('facets'),
    enhanceVideo: file('enhance'),
    relevance: file('relevance'),
    moment: file('moment'),
    cues: file('cues'),
  },
  columns: [{ field: 'bpm', kind: 'number', ...file('column') }],
  shards: { tokens: shards, analysis: shards, catalogue: shards, texts: shards, ids: shards },
};
const POINTER = {
  indexVersion: MANIFEST.indexVersion,
  manifest: { path: `indexes/${MANIFEST.indexVersion}.json`, bytes: 100, sha256 },
  publishedAt: '2026-11-25T00:00:00Z',
  previous: '000000000000',
};
const TRACKS = ['a', 'b', 'c'].map(
  (id): Track => ({
    id,
    title: `Track ${id}`,
    durationMs: 60_000,
    file: `${id}.wav`,
    sha256,
    segments: 24,
    artist: 'One',
    tags: ['calm'],
    fields: { mood: 'blue', stars: 4 },
    loudnessLufs: -14,
    peakDb: -1,
    bpm: 120,
    beatConfidence: 1,
    beatsPerBar: 4,
    key: { tonic: 'C', mode: 'major', confidence: 1 },
  }),
);
const columnOf = (field: string): Uint8Array => {
  const builder = createColumnBuilder();
  for (const track of TRACKS) builder.append(track);
  return writeColumn(builder.close().get(field)!);
};
const [{ bytes: IDS }] = writeIds(
  Uint32Array.from(TRACKS, ({ id }) => hashId(id).high),
  Uint32Array.from(TRACKS, ({ id }) => hashId(id).low),
  Uint32Array.of(0, 1, 2),
);
const TOKENS = writeTokenShard(
  [4, 0, 7].map((segments) => quantiseTokens(drawn(segments * WIDTH), WIDTH)),
  WIDTH,
);
const ANALYSIS = writeAnalysisStore(
  [8, 0, 5].map((beats) => ({
    beatsMs: Uint32Array.from({ length: beats }, (_, i) => 500 * i),
    downbeats: Uint32Array.from({ length: beats >> 2 }, (_, i) => 4 * i),
    segmentLufs: new Float32Array(beats).fill(-20),
    waveform: new Uint8Array(3 * beats),
    onsetStrength: new Uint8Array(2 * beats),
  })),
);
const CUES = writeCues({
  parameters: { curveWeight: 0.5, distanceWeight: 1, threshold: -2 },
  fit: { rows: 10, kept: 'fitted', mIoU: { model: 0.7, cues: 0.8, defaults: 0.75, fitted: 0.8 } },
  clusterMs: 500,
  cues: [[{ startMs: 1000, count: 3, widthMs: 9000 }], [], [{ startMs: 5, count: 1, widthMs: 8000 }]],
});

/** What opening an index takes from a manifest on trust. */
function useManifest(content: string): void {
  const manifest = parseManifest(content);
  const { encoders, model, retrieval, counts } = manifest;
  for (const { path, bytes, sha256 } of filesOf(manifest))
    inside(typeof path === 'string' && Number.isInteger(bytes) && /^[0-9a-f]{64}$/.test(sha256), 'a file');
  for (const { name, width, statistics } of [encoders.image, encoders.audio]) {
    inside(typeof name === 'string' && Number.isInteger(width) && width >= 1, 'an encoder');
    if (statistics) inside(statistics.mean.length === width && statistics.deviation.length === width, 'statistics');
  }
  for (const count of [
    model.width,
    model.maxFrames,
    model.maxSegments,
    retrieval.candidates,
    retrieval.ef,
    counts.tracks,
  ])
    inside(Number.isInteger(count) && count >= 1, 'a number');
  inside(model.strideSec > 0 && model.maxDurationSec > 0, 'a duration');
  for (const version of [manifest.indexVersion, manifest.modelVersion])
    inside(typeof version === 'string', 'a version');
}

function useTracks(tracks: readonly Track[]): void {
  for (const { id, title, durationMs, segments } of tracks) {
    inside(typeof id === 'string' && typeof title === 'string', 'names');
    inside(Number.isInteger(durationMs) && durationMs >= 1 && Number.isInteger(segments) && segments >= 0, 'lengths');
  }
}

function useCatalogue(buffer: ArrayBuffer): void {
  const { tracks, trackAt } = openCatalogueShard(buffer);
  useTracks(Array.from({ length: tracks }, (_, i) => trackAt(i)));
}

function useColumn(buffer: ArrayBuffer): void {
  const column = openColumn(buffer, 'field');
  const all = new Uint8Array(column.count).fill(1);
  facetOf(column, all);
  for (let label = 0; label < column.count; label++) {
    if (column.kind === 'number') {
      numberAt(column, label);
      continue;
    }
    const { words } = column;
    for (const place of placesOf(column, label)) {
      inside(place < words.count && typeof words.at(place) === 'string', 'a word of the dictionary');
      words.placeOf(words.at(place));
    }
  }
}

function useIds(buffer: ArrayBuffer): void {
  const { count, find } = openIds(buffer, TRACKS.length);
  for (const { id } of TRACKS) inside((find(hashId(id)) ?? 0) < TRACKS.length, 'a label of the catalogue');
  inside(count <= 1000, 'ids that are there');
}

function useVectors(kind: RetrievalKind, buffer: ArrayBuffer): void {
  const retriever = openRetriever(kind, buffer);
  const { count, dim } = retriever;
  const query = new Float32Array(dim).fill(0.5);
  for (const [wanted, ef] of [
    [3, 10],
    [count, count + 1],
  ])
    for (const accept of [undefined, (label: number) => label % 2 === 0]) {
      if (wanted < 1) continue;
      const found = retriever.search(query, wanted, ef, accept);
      inside(found.length <= wanted && new Set(found).size === found.length, 'labels that differ');
      for (const label of found) {
        inside(Number.isInteger(label) && label >= 0 && label < count, 'a label of the catalogue');
        inside(retriever.vectorOf(label).length === dim, 'a whole vector');
      }
    }
}

function useTokens(buffer: ArrayBuffer): void {
  const shard = openTokenShard(buffer);
  for (let track = 0; track < shard.tracks; track++) {
    const { segments, values, scales, means, variances } = shard.tokensOf(track);
    inside(values.length === segments * shard.width, 'whole tokens');
    inside(
      [scales, means, variances].every(({ length }) => length === segments),
      'a scale for each token',
    );
  }
}

function useAnalysis(buffer: ArrayBuffer): void {
  const store = openAnalysisStore(buffer);
  for (let track = 0; track < store.tracks; track++) {
    const { beatsMs, downbeats } = store.analysisOf(track);
    inside(
      downbeats.every((beat) => beat < beatsMs.length),
      'downbeats among the beats',
    );
  }
}

function useCues(buffer: ArrayBuffer): void {
  const table = openCues(buffer);
  inside(Object.values(table.parameters).every(Number.isFinite), 'finite parameters');
  for (let track = 0; track < table.tracks; track++)
    for (const cue of table.cuesOf(track)) inside(Object.values(cue).every(Number.isInteger), 'a whole cue');
}

/** Where a reader opened what it should have refused. */
function inside(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new TypeError(`reader: expected ${what} of what it opened, got something else`);
}
