/**
 * Where others hear the beats: four trackers that share nothing with ours but the sound, to judge it by where nobody has tapped.
 *
 * `music-tempo` is a package (BeatRoot: agents that follow onsets; Dixon 2001). `dynamic` is Ellis's tracker as he published it
 * (JNMR 2007): one tempo from the whole track's autocorrelation, then dynamic programming on mel flux. `pulse` is Grosche and
 * Müller's predominant local pulse (IEEE TASLP 2011): sinusoids fitted to the loudness of three ranges, no onsets picked, no path. `grid` knows
 * only music that keeps one tempo to the millisecond, as most music for games does: the even grid on which loudness rises most.
 * What they agree on is taken for the beat in taps.ts.
 */
import MusicTempo from 'music-tempo';
import { bandPower, eachSpectrum, melBands } from '../../offline/encoders/stft.ts';
import { resample } from '../../offline/media/resample.ts';

// T frames, 100 a second

const SAMPLE_RATE = 16000;
const HOP = 160;
const RATE = SAMPLE_RATE / HOP;

/** @param samples 16 kHz mono @returns the beats in seconds, ascending; none where a tracker finds none */
export function secondOpinions(samples: Float32Array): Record<'musicTempo' | 'dynamic' | 'pulse' | 'grid', number[]> {
  return {
    musicTempo: musicTempo(resample(samples, SAMPLE_RATE, 44100)).beats,
    dynamic: dynamic(samples),
    pulse: pulse(samples),
    grid: grid(samples),
  };
}

/** On 44.1 kHz mono. It throws where it finds nothing, and then has found no beats. */
export function musicTempo(samples: Float32Array): { bpm: number | null; beats: number[] } {
  try {
    const { tempo, beats } = new MusicTempo(samples);
    return { bpm: Number(tempo), beats };
  } catch {
    return { bpm: null, beats: [] };
  }
}

/** Of Ellis's prior: where people tap most, and its deviation in octaves. */
const TAPPED_BPM = 120;
const TAPPED_OCTAVES = 0.9;
const priorOf = (bpm: number): number => Math.exp(-0.5 * (Math.log2(bpm / TAPPED_BPM) / TAPPED_OCTAVES) ** 2);
const ELLIS_TIGHTNESS = 100;

function dynamic(samples: Float32Array): number[] {
  const flux = normal(melFlux(samples));
  const period = (60 * RATE) / ellisTempo(flux);
  const total = new Float64Array(flux.length);
  const before = new Int32Array(flux.length).fill(-1);
  for (let t = 0; t < flux.length; t++) {
    let best = Number.NEGATIVE_INFINITY;
    for (let gap = Math.round(period / 2); gap <= Math.round(2 * period) && gap <= t; gap++) {
      const score = total[t - gap] - ELLIS_TIGHTNESS * Math.log(gap / period) ** 2;
      if (score > best) [best, before[t]] = [score, t - gap];
    }
    total[t] = flux[t] + Math.max(0, best);
    if (best <= 0) before[t] = -1;
  }
  let at = flux.length - 1;
  for (let t = Math.max(0, Math.floor(flux.length - period)); t < flux.length; t++) if (total[t] > total[at]) at = t;
  const beats: number[] = [];
  for (; at >= 0; at = before[at]) beats.push(at / RATE);
  return beats.reverse();
}

/** [T] how much 40 mel bands of 64 ms rise in decibels, all together; below -80 dB of the loudest is silence. */
function melFlux(samples: Float32Array): Float64Array {
  const bands = melBands(40, 1024, SAMPLE_RATE, 30, 8000);
  const rows: Float64Array[] = [];
  eachSpectrum(samples, { size: 1024, hop: HOP }, (power) =>
    rows.push(Float64Array.from(bands, (band) => 10 * Math.log10(1e-12 + bandPower(power, band)))),
  );
  const floor = rows.reduce((most, row) => Math.max(most, ...row), -120) - 80;
  return Float64Array.from(rows, (row, t) =>
    t === 0
      ? 0
      : row.reduce((sum, level, b) => sum + Math.max(0, Math.max(level, floor) - Math.max(rows[t - 1][b], floor)), 0),
  );
}

/** The period of the whole track's autocorrelation, under the prior. */
function ellisTempo(flux: Float64Array): number {
  const longest = Math.round((60 * RATE) / 40);
  const correlation = new Float64Array(longest + 1);
  for (let lag = 1; lag <= longest; lag++)
    for (let t = lag; t < flux.length; t++) correlation[lag] += flux[t] * flux[t - lag];
  let best = 0;
  for (let lag = Math.round((60 * RATE) / 240); lag < longest; lag++) {
    const worth = (at: number): number => correlation[at] * priorOf((60 * RATE) / at);
    if (worth(lag) > (best ? worth(best) : 0)) best = lag;
  }
  return best ? (60 * RATE) / best : TAPPED_BPM;
}

const PULSE_SEC = 8;
const PULSE_HOP_SEC = 0.5;

function pulse(samples: Float32Array): number[] {
  const signal = normal(loudnessRise(samples));
  const half = (PULSE_SEC / 2) * RATE;
  const centres = Array.from(
    { length: Math.ceil(signal.length / (PULSE_HOP_SEC * RATE)) },
    (_, i) => i * PULSE_HOP_SEC * RATE,
  );
  const tempi = Array.from({ length: 145 }, (_, i) => 60 * 2 ** (i / 72)); // two octaves from 60 bpm on
  const fitted = tempi.map((bpm) => centres.map((centre) => sinusoidAt(signal, centre, half, bpm)));
  const worth = fitted.map((row, i) => priorOf(tempi[i]) * row.reduce((sum, { size }) => sum + size, 0));
  const main = tempi[worth.indexOf(Math.max(...worth))];
  const near = [...tempi.keys()].filter((i) => Math.abs(Math.log2(tempi[i] / main)) < 0.1);
  const curve = new Float64Array(signal.length);
  for (const [c, centre] of centres.entries()) {
    const best = near.reduce((one, other) => (fitted[other][c].size > fitted[one][c].size ? other : one));
    const perFrame = (2 * Math.PI * tempi[best]) / (60 * RATE);
    for (let t = Math.max(0, centre - half); t < Math.min(signal.length, centre + half); t++)
      curve[t] += hann(t - centre, half) * Math.cos(perFrame * (t - centre) - fitted[best][c].phase);
  }
  const beats: number[] = [];
  for (let t = 1; t + 1 < curve.length; t++)
    if (curve[t] > 0 && curve[t] > curve[t - 1] && curve[t] >= curve[t + 1]) beats.push(t / RATE);
  return beats;
}

const hann = (t: number, half: number): number => 0.5 + 0.5 * Math.cos((Math.PI * t) / half);

/** How well cos(ωt - phase), t = 0 at the centre, fits under a window. */
function sinusoidAt(signal: Float64Array, centre: number, half: number, bpm: number): { size: number; phase: number } {
  const perFrame = (2 * Math.PI * bpm) / (60 * RATE);
  let [real, imaginary] = [0, 0];
  for (let t = Math.max(0, centre - half); t < Math.min(signal.length, centre + half); t++) {
    const value = signal[t] * hann(t - centre, half);
    real += value * Math.cos(perFrame * (t - centre));
    imaginary += value * Math.sin(perFrame * (t - centre));
  }
  return { size: Math.hypot(real, imaginary), phase: Math.atan2(imaginary, real) };
}

/** Of all tempi and places the grid whose lines stand out most from chance, under Ellis's prior. */
export function grid(samples: Float32Array): number[] {
  const signal = normal(loudnessRise(samples));
  const level = signal.map((_, t) => Math.max(signal[t - 1] ?? 0, signal[t], signal[t + 1] ?? 0));
  const mean = level.reduce((sum, value) => sum + value, 0) / level.length;
  const step = 2 * (RATE / level.length) * 0.02; // of the period: the last line moves by 20 ms
  let best = { worth: 0, period: 0, first: 0 };
  for (let period = (60 * RATE) / 240; period <= RATE; period *= 1 + (step * period) / RATE)
    for (let first = 0; first < period; first += 2) {
      let [sum, count] = [0, 0];
      for (let t = first; t < level.length - 0.5; t += period, count++) sum += level[Math.round(t)];
      const worth = (sum / count - mean) * Math.sqrt(count) * priorOf((60 * RATE) / period);
      if (worth > best.worth) best = { worth, period, first };
    }
  const beats: number[] = [];
  for (let t = best.first; best.period > 0 && t < level.length; t += best.period) beats.push(t / RATE);
  return beats;
}

/** [T] how much the level of 10 ms rises in three ranges, split in time and not by spectra. */
function loudnessRise(samples: Float32Array): Float64Array {
  const frames = Math.floor(samples.length / HOP);
  const levels = [new Float64Array(frames), new Float64Array(frames), new Float64Array(frames)];
  let [slow, fast] = [0, 0]; // one-pole low-passes at 200 and 2000 Hz
  const [slowness, fastness] = [200, 2000].map((hz) => 1 - Math.exp((-2 * Math.PI * hz) / SAMPLE_RATE));
  for (let i = 0; i < frames * HOP; i++) {
    slow += slowness * (samples[i] - slow);
    fast += fastness * (samples[i] - fast);
    const t = Math.floor(i / HOP);
    levels[0][t] += slow ** 2;
    levels[1][t] += (fast - slow) ** 2;
    levels[2][t] += (samples[i] - fast) ** 2;
  }
  const rise = new Float64Array(frames);
  for (const power of levels) {
    const floor = 1e-6 * power.reduce((most, value) => Math.max(most, value), 0) + 1e-12;
    for (let t = 2; t < frames; t++) rise[t] += Math.max(0, Math.log((power[t] + floor) / (power[t - 2] + floor)));
  }
  return rise;
}

/** Less the mean of a second around it, never negative, deviation 1. */
function normal(signal: Float64Array): Float64Array {
  const sums = new Float64Array(signal.length + 1);
  for (let t = 0; t < signal.length; t++) sums[t + 1] = sums[t] + signal[t];
  const out = signal.map((value, t) => {
    const [from, to] = [Math.max(0, t - RATE / 2), Math.min(signal.length, t + RATE / 2)];
    return Math.max(0, value - (sums[to] - sums[from]) / (to - from));
  });
  const deviation = Math.sqrt(out.reduce((sum, value) => sum + value * value, 0) / out.length);
  return deviation > 0 ? out.map((value) => value / deviation) : out;
}
