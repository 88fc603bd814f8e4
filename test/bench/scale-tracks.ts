/**
 * A library of any size, made up as it is looked at: nothing of a track is kept.
 *
 * Tokens are noise around a style's, at CLIP's and AST's widths and MGSV-EC's lengths; what is said of the music has the size that an analysis has. They are
 * cheap, so that what is measured is the program and not who draws; no network could learn from them.
 */
import type { EncodedTrack, TrackList } from '../../offline/encode/library.ts';
import { type MusicFacts, NO_FACTS } from '../../offline/encode/music-facts.ts';
import type { NamedTensor } from '../../offline/formats/safetensors.ts';
import { sha256Hex } from '../../offline/lib/files.ts';
import { createRandom } from '../../offline/lib/random.ts';
import { type Checkpoint, noSteps } from '../../offline/models/checkpoint.ts';
import type { BaseConfig } from '../../offline/models/family.ts';
import { familyOf } from '../../offline/models/registry.ts';
import { initialValues } from '../../offline/nn/parameters.ts';
import { drawTrackSec } from '../../offline/worlds/simulated/lengths.ts';

const WIDTH = 768;
const STRIDE_SEC = 2.5;
const STYLES = 256;
/** Drawn once; a track's noise is a part of it. */
const NOISE = 1 << 20;

const random = createRandom('scale');
const noise = Float32Array.from({ length: NOISE + WIDTH }, () => random.normal());
const styles = Array.from({ length: STYLES }, () => Float32Array.from({ length: WIDTH }, () => random.normal()));
const bytes = Uint8Array.from(noise, (value) => Math.min(255, Math.abs(Math.round(90 * value))));
const GENRES = ['ambient', 'funk', 'house', 'jazz', 'pop', 'rock', 'soul', 'techno'];

class ScaleTrack implements EncodedTrack {
  readonly id: string;
  readonly durationSec: number;
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
    this.id = `track-${String(number).padStart(7, '0')}`;
    this.durationSec = drawTrackSec(createRandom(`scale/${number}`));
  }
  get title(): string {
    return `Track number ${this.#number}`;
  }
  get file(): string {
    return `library/folder-${this.#number >> 8}/${this.id}.flac`;
  }
  get sha256(): string {
    return sha256Hex(this.id);
  }
  get tokens(): NamedTensor {
    const number = this.#number;
    const segments = Math.min(96, Math.floor(this.durationSec / STRIDE_SEC) + 1);
    return {
      shape: [segments, WIDTH],
      get data() {
        return tokensOf(number, segments);
      },
    };
  }
  get music(): MusicFacts {
    return factsOf(this.#number, this.durationSec);
  }
}

function tokensOf(number: number, segments: number): Float32Array {
  const style = styles[number % STYLES];
  const data = new Float32Array(segments * WIDTH);
  for (let s = 0; s < segments; s++) {
    const from = (number * 7919 + s * 104_729) % NOISE;
    const own = (number * 31_337) % NOISE;
    for (let i = 0, at = s * WIDTH; i < WIDTH; i++, at++) data[at] = style[i] + noise[own + i] + noise[from + i];
  }
  return data;
}

function factsOf(number: number, durationSec: number): MusicFacts {
  const from = (number * 7919) % (NOISE - 10_000);
  const beats = Float32Array.from({ length: Math.floor(2 * durationSec) }, (_, beat) => beat / 2);
  return {
    ...NO_FACTS,
    tags: {
      title: `Track number ${number}`,
      artist: `Artist ${number % 5000}`,
      album: `Album ${number % 20_000}`,
      genre: [GENRES[number % GENRES.length]],
      licence: 'CC-BY-4.0',
    },
    loudnessLufs: -14 - (number % 10),
    peakDb: -1,
    bpm: 120,
    beatConfidence: 0.8,
    beats,
    downbeats: Uint32Array.from({ length: Math.ceil(beats.length / 4) }, (_, bar) => 4 * bar),
    beatsPerBar: 4,
    key: { tonic: 'C', mode: 'major', confidence: 0.7 },
    highlight: { startSec: durationSec / 2, endSec: Math.min(durationSec, durationSec / 2 + 15) },
    segmentLufs: new Float32Array(Math.floor(durationSec / STRIDE_SEC) + 1).fill(-15),
    waveform: bytes.subarray(from, from + 400),
    onsetStrength: bytes.subarray(from, from + Math.floor(20 * durationSec)),
  };
}

/** @param first number of the first */
export const scaleTracks = (count: number, first = 0): TrackList => ({
  length: count,
  at: (place) => (place >= 0 && place < count ? new ScaleTrack(first + place) : undefined),
  *[Symbol.iterator]() {
    for (let place = 0; place < count; place++) yield new ScaleTrack(first + place);
  },
});

/** A network that was not trained. */
export function untrained(config: BaseConfig): Checkpoint {
  const layout = familyOf(config).layout(config);
  return {
    config,
    layout,
    theta: initialValues(layout, createRandom('theta')),
    first: new Float32Array(0),
    second: new Float32Array(0),
    encoders: {
      image: { name: 'simulated-frames', width: config.frameWidth },
      audio: { name: 'simulated-segments', width: config.segmentWidth },
    },
    step: 0,
    seed: 'scale',
    run: 'scale',
    running: noSteps(),
    history: [],
  };
}
