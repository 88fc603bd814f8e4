/**
 * What is known of a track's music beside its tokens: loudness, tempo, beats, bars, key, onsets, its highlight and an outline to draw.
 *
 * It hears the track as it is decoded and keeps a few numbers of each hundredth of a second, so two hours need some
 * thirty megabytes. Each measure stands in a file of its own with its source.
 */
import { createHarmonyStream, HARMONY_RATE } from '../encoders/harmony.ts';
import { segmentsOf, windowOf } from '../encoders/segments.ts';
import { audible } from './audible.ts';
import { findBars } from './bars.ts';
import { trackBeats } from './beats.ts';
import { type Highlight, highlightOf } from './highlight.ts';
import { keyOf, type MusicalKey } from './key.ts';
import { createLoudnessMeter, type Loudness } from './loudness.ts';
import { createOnsetMeter, ONSET_RATE, type Onsets } from './onsets.ts';
import { createSeries } from './series.ts';
import { createWaveformMeter } from './waveform.ts';

// S segments · B beats

/** Raised when equal sound gives another analysis: what was kept from before is then made again. */
export const ANALYSIS_REVISION = 4;

export interface Analyser {
  /** The file's own channels in order, any length; a change of the rate is allowed. For loudness, peak and outline. */
  pushChannels(channels: readonly Float32Array[], sampleRate: number): void;
  /** The same stretch as 16 kHz mono, any length. For onsets, beats and key. */
  pushMono(samples: Float32Array): void;
  finish(): Analysis;
}

export interface Analysis {
  /** LUFS, BS.1770-4 integrated; null for what never passes the absolute gate. */
  loudnessLufs: number | null;
  /** dBFS of the highest sample; null for silence. */
  peakDb: number | null;
  /** [S] ungated LUFS of each segment's window, at least -70. */
  segmentLufs: Float32Array;
  /** null where there is no regular pulse: what is too quiet to hear (audible.ts), a drone, less than a few seconds. */
  bpm: number | null;
  /** 0 to 1: how regular the beats are. */
  beatConfidence: number;
  /** [B] seconds. */
  beats: Float32Array;
  /** Indices of beats. */
  downbeats: Uint32Array;
  beatsPerBar: number | null;
  key: MusicalKey | null;
  /** The passage of 15 s that stands for the track, all of a shorter one; null for silence. */
  highlight: Highlight | null;
  /** [≤ 400] the highest sample of equal stretches of the whole track, 255 = full scale. */
  waveform: Uint8Array;
  /** Per 50 ms, 255 = the track's strongest onset. */
  onsetStrength: Uint8Array;
}

export function createAnalyser(): Analyser {
  const loudness = createLoudnessMeter();
  const monoLoudness = createLoudnessMeter();
  const outline = createWaveformMeter();
  const onsets = createOnsetMeter();
  const chroma = createSeries(12);
  const harmony = createHarmonyStream((moment) => chroma.push(moment.chroma));
  let monoSamples = 0;
  return {
    pushChannels(channels, sampleRate) {
      loudness.push(channels, sampleRate);
      outline.push(channels, sampleRate);
    },
    pushMono(samples) {
      monoSamples += samples.length;
      monoLoudness.push([samples], 16000);
      onsets.push(samples);
      harmony.push(samples);
    },
    finish() {
      harmony.end();
      const durationSec = monoSamples / 16000;
      const { integrated, between } = loudness.end();
      const { peak, columns } = outline.end();
      const level = monoLoudness.end();
      const heard = audible(onsets.end(), chroma.values(), level);
      const { times, bpm, confidence } = trackBeats(heard.onsets, heard.played);
      const { downbeats, beatsPerBar } = findBars(times, heard.onsets, heard.chroma);
      return {
        loudnessLufs: integrated,
        peakDb: peak > 0 ? 20 * Math.log10(peak) : null,
        segmentLufs: Float32Array.from({ length: segmentsOf(durationSec) }, (_, segment) => {
          const { fromSec, toSec } = windowOf(segment, durationSec);
          return between(fromSec, toSec);
        }),
        bpm,
        beatConfidence: confidence,
        beats: times,
        downbeats,
        beatsPerBar,
        key: keyOf(sumOf(heard.chroma)),
        highlight: integrated === null ? null : passageOf(heard.chroma, level, durationSec),
        waveform: columns,
        onsetStrength: strengths(heard.onsets),
      };
    },
  };
}

/** About a chorus, and the length of many short videos. */
const HIGHLIGHT_SEC = 15;
/** Two hours cost as much as half an hour: the time grows with the square of the rows. */
const MOST_ROWS = 1800;

function passageOf(chroma: Float32Array, { between }: Loudness, durationSec: number): Highlight {
  const stepSec = Math.max(1, Math.ceil(durationSec / MOST_ROWS));
  const count = Math.max(1, Math.floor(durationSec / stepSec));
  const [frames, perRow] = [chroma.length / 12, stepSec * HARMONY_RATE];
  const rows = new Float64Array(12 * count);
  for (let t = 0; t < Math.min(frames, count * perRow); t++)
    for (let c = 0; c < 12; c++) rows[12 * Math.floor(t / perRow) + c] += chroma[12 * t + c];
  const loudness = Float64Array.from({ length: count }, (_, i) => between(i * stepSec, (i + 1) * stepSec));
  return highlightOf({ rows, width: 12, stepSec, firstSec: stepSec / 2, durationSec, loudness }, HIGHLIGHT_SEC);
}

function sumOf(chroma: Float32Array): Float64Array {
  const sum = new Float64Array(12);
  for (let i = 0; i < chroma.length; i++) sum[i % 12] += chroma[i];
  return sum;
}

const STRENGTH_SEC = 0.05;

/** The highest of each 50 ms, all ranges together. */
function strengths({ low, middle, high, frames }: Onsets): Uint8Array {
  const perStep = STRENGTH_SEC * ONSET_RATE;
  const steps = new Float32Array(Math.ceil(frames / perStep));
  let most = 0;
  for (let t = 0; t < frames; t++) {
    const strength = low[t] + middle[t] + high[t];
    const step = Math.floor(t / perStep);
    steps[step] = Math.max(steps[step], strength);
    most = Math.max(most, strength);
  }
  return Uint8Array.from(steps, (value) => (most > 1e-6 ? Math.round((255 * value) / most) : 0));
}
