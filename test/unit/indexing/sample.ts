/** Sixty tracks of drawn tokens and a network of a few thousand parameters, to build indexes of. */
import type { Track } from '../../../index/format/catalogue.ts';
import type { Manifest } from '../../../index/format/manifest.ts';
import type { EncodedTrack } from '../../../offline/encode/library.ts';
import { type BuildOptions, writeIndex } from '../../../offline/indexing/build.ts';
import { allTracks } from '../../../offline/indexing/store/catalogue.ts';
import { KEEP, movePointer, putManifest } from '../../../offline/indexing/store/publish.ts';
import type { BundleStore } from '../../../offline/indexing/store/store.ts';
import { readCurrent } from '../../../offline/indexing/store/versions.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { type Checkpoint, noSteps } from '../../../offline/models/checkpoint.ts';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { initialValues } from '../../../offline/nn/parameters.ts';
import { tinyConfig } from '../train/tiny.ts';
import { factsOf } from './facts.ts';

export const { width, segmentWidth, maxSegments, frameWidth } = tinyConfig;
const random = createRandom('build');
export const drawn = (count: number, spread = 1): Float32Array =>
  Float32Array.from({ length: count }, () => spread * random.normal());

/** @param i tells it from others */
export function sampleTrack(i: number): EncodedTrack {
  const segments = 1 + random.integer(maxSegments + 2); // some longer than the model listens
  return {
    id: `track-${i}`,
    title: `Stück ${i} (夜曲)`,
    file: `folder/${i}.wav`,
    sha256: sha256Hex(`${i}`),
    durationSec: segments * 2.5 - 0.5004,
    tokens: { shape: [segments, segmentWidth], data: drawn(segments * segmentWidth) },
    music: factsOf({
      tags: i === 3 ? { artist: 'Someone', genre: ['Folk'] } : {},
      bpm: 100 + i + 1 / 3,
      loudnessLufs: -14.126,
      beats: Float32Array.of(0.25, 0.85, 1.4496),
      downbeats: Uint32Array.of(1),
      beatsPerBar: 3,
      segmentLufs: Float32Array.of(-14.5, -70),
      waveform: Uint8Array.of(1, 2, i),
      onsetStrength: Uint8Array.of(255),
    }),
  };
}

export const tracks: readonly EncodedTrack[] = Array.from({ length: 60 }, (_, i) => sampleTrack(i));
export const layout = layoutOf(tinyConfig);
export const checkpoint: Checkpoint = {
  config: tinyConfig,
  layout,
  theta: initialValues(layout, createRandom('theta')),
  first: new Float32Array(layout.size),
  second: new Float32Array(layout.size),
  encoders: {
    image: { name: 'tiny-image', width: 4, statistics: { mean: [0, 0, 0, 0], deviation: [1, 1, 1, 1] } },
    audio: { name: 'tiny-audio', width: 5, statistics: { mean: [0.1, 0, 0, 0, 0], deviation: [1, 2, 1, 1, 1] } },
  },
  step: 0,
  seed: 'seed',
  run: 'run',
  running: noSteps(),
  history: [],
};

/** An index in a store, answered from. */
export async function builtIn(store: BundleStore, over: Partial<BuildOptions> = {}): Promise<Manifest> {
  const written = await writeIndex(store, { tracks, checkpoint, threads: 1, ...over });
  return settled(store, written);
}

/** What writes objects leaves this to its caller, who measures first. */
export async function settled(store: BundleStore, written: Manifest): Promise<Manifest> {
  const from = await readCurrent(store);
  const manifest = await putManifest(store, written, new Date(0));
  await movePointer(store, manifest.indexVersion, { from, now: new Date(0), keep: KEEP });
  return manifest;
}

export async function catalogueOf(store: BundleStore, manifest: Manifest): Promise<Track[]> {
  return allTracks(store, manifest);
}
