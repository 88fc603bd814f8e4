import { describe, expect, test } from 'vitest';
import { BASIC_AUDIO, type ColumnName, columnOf, encodeBasicAudio } from '../../../offline/encoders/basic-audio.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { chord, clicks, concatenate, sine } from '../media/signals.ts';

const RATE = 16000;
const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * RATE));

/** The values of one column in segment s. */
function column(samples: Float32Array, name: ColumnName, s: number): Float32Array {
  const { at, size } = columnOf(name);
  const { tokens } = encodeBasicAudio(samples);
  return tokens.slice(s * BASIC_AUDIO.width + at, s * BASIC_AUDIO.width + at + size);
}

function largest(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

// I IV V I in C major; its minor counterpart i iv V i in A minor (harmonic)
const MAJOR = [
  [48, 64, 67, 72],
  [53, 65, 69, 72],
  [55, 62, 67, 71],
  [48, 64, 67, 72],
];
const MINOR = [
  [45, 60, 64, 69],
  [50, 62, 65, 69],
  [52, 59, 64, 68],
  [45, 60, 64, 69],
];
const progression = (chords: number[][], transpose = 0): Float32Array =>
  concatenate(
    ...chords.map((pitches) =>
      chord(
        pitches.map((pitch) => pitch + transpose),
        2.5,
        RATE,
      ),
    ),
  );

describe('segments of basic-audio', () => {
  test.each([
    [0.2, 1],
    [2.49, 1],
    [2.5, 2],
    [7.4, 3],
    [10, 5],
  ])('%d s have %d tokens, one per 2.5 s and one at the start', (seconds, segments) => {
    const encoded = encodeBasicAudio(sine(300, seconds, RATE));
    expect(encoded.segments).toBe(segments);
    expect(encoded.tokens.length).toBe(segments * BASIC_AUDIO.width);
  });

  test('a track of more than four minutes has 96', () => {
    expect(encodeBasicAudio(silence(243)).segments).toBe(96);
  });

  test.each([
    ['silence', silence(12)],
    ['a constant', silence(12).fill(0.7)],
    ['clipping', sine(200, 12, RATE, 50).map((v) => Math.max(-1, Math.min(1, v)))],
    ['a fifth of a second', sine(440, 0.2, RATE)],
    ['one sample', Float32Array.of(1)],
    ['one impulse in silence', silence(6).fill(1, 40000, 40001)],
    ['sound that begins in the last frame', silence(5).fill(0.5, 79990)],
  ])('every value is finite on %s', (_, samples) => {
    expect(encodeBasicAudio(samples).tokens.every(Number.isFinite)).toBe(true);
  });

  test('equal samples have equal tokens', () => {
    const samples = progression(MAJOR);
    expect(encodeBasicAudio(samples).tokens).toEqual(encodeBasicAudio(samples.slice()).tokens);
  });
});

describe('loudness and timbre of basic-audio', () => {
  test('a full-scale sine has -3 dB and does not vary', () => {
    const [mean, deviation] = column(sine(1000, 30, RATE), 'loudness', 6);
    expect(mean).toBeCloseTo(-3.01, 1);
    expect(deviation).toBeLessThan(0.05);
  });

  test('a copy of twice the amplitude is 6.02 dB louder and has the same chroma, shape and onsets', () => {
    const quiet = concatenate(
      progression(MAJOR).map((v) => v * 0.2),
      clicks(100, 10, RATE).map((v) => v * 0.2),
    );
    const loud = quiet.map((v) => v * 2);
    expect(column(loud, 'loudness', 2)[0] - column(quiet, 'loudness', 2)[0]).toBeCloseTo(6.02, 1);
    for (const [i, value] of column(loud, 'chroma', 2).entries())
      expect(value).toBeCloseTo(column(quiet, 'chroma', 2)[i], 5);
    expect(column(loud, 'onset', 6)[2]).toBe(column(quiet, 'onset', 6)[2]);
  });

  test('the centroid of a 1 kHz sine lies log2(1000 / 55) = 4.18 octaves above 55 Hz', () => {
    expect(column(sine(1000, 20, RATE), 'brightness', 4)[0]).toBeCloseTo(4.184, 1);
  });

  test('noise is flat and a sine is not', () => {
    const random = createRandom('noise');
    const noise = Float32Array.from({ length: 20 * RATE }, () => 0.1 * random.normal());
    const flatness = 3;
    // the mean log of an exponentially distributed power is Euler's constant, 0.577 nats = 2.51 dB, below the log of its mean
    expect(column(noise, 'brightness', 4)[flatness]).toBeCloseTo(-2.51, 1);
    expect(column(sine(1000, 20, RATE), 'brightness', 4)[flatness]).toBeLessThan(-40);
  });

  test('a tone has more contrast in its octave than noise has there', () => {
    const random = createRandom('noise');
    const noise = Float32Array.from({ length: 20 * RATE }, () => 0.1 * random.normal());
    const octave800to1600 = 3;
    expect(column(sine(1000, 20, RATE), 'contrast', 4)[octave800to1600]).toBeGreaterThan(
      column(noise, 'contrast', 4)[octave800to1600] + 20,
    );
  });
});

describe('harmony of basic-audio', () => {
  test('transposition leaves the chroma as it was, tonic first', () => {
    const original = column(progression(MAJOR), 'chroma', 2);
    for (const semitones of [1, 3, 7]) {
      const transposed = column(progression(MAJOR, semitones), 'chroma', 2);
      for (let i = 0; i < 12; i++) expect(transposed[i]).toBeCloseTo(original[i], 1);
      expect(largest(transposed)).toBe(largest(original));
    }
    expect(original.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  test('a cadence in C major is more major than minor, one in A minor more minor than major', () => {
    const difference = 2;
    expect(column(progression(MAJOR), 'key', 2)[difference]).toBeGreaterThan(0.05);
    expect(column(progression(MINOR), 'key', 2)[difference]).toBeLessThan(-0.05);
  });

  test('an octave up is one octave more of register', () => {
    const low = column(progression(MAJOR, -12), 'register', 2)[0];
    const high = column(progression(MAJOR), 'register', 2)[0];
    expect(high - low).toBeCloseTo(1, 1);
  });

  test('silence has even chroma and no key', () => {
    expect([...column(silence(10), 'chroma', 1)]).toEqual(new Array(12).fill(Math.fround(1 / 12)));
    expect([...column(silence(10), 'key', 1)]).toEqual([0, 0, 0, 0]);
  });
});

describe('rhythm of basic-audio', () => {
  // Twelve bins from 60 to 180 bpm: bin = floor(12 · log3(bpm / 60)); log3(2) · 12 = 7.57, log3(1.5) · 12 = 4.43
  test.each([
    [120, 7],
    [90, 4],
    [170, 11],
  ])('clicks at %d bpm peak in tempo bin %d', (bpm, bin) => {
    expect(largest(column(clicks(bpm, 20, RATE), 'tempo', 4))).toBe(bin);
  });

  test('clicks at 120 bpm are two onsets a second, and a clear pulse', () => {
    const samples = clicks(120, 20, RATE);
    expect(column(samples, 'onset', 4)[2]).toBeCloseTo(2, 0);
    expect(column(samples, 'pulseClarity', 4)[0]).toBeGreaterThan(0.7);
  });

  test('a held tone has no onsets but its own, and no pulse', () => {
    const held = sine(440, 30, RATE, 0.5);
    expect(column(held, 'onset', 6)[2]).toBe(0);
    expect(column(held, 'pulseClarity', 6)[0]).toBeLessThan(0.3);
  });
});

describe('sections in basic-audio', () => {
  const verse = sine(300, 20, RATE, 0.02);
  const chorus = sine(1200, 20, RATE, 0.5);
  const track = concatenate(verse, chorus);

  test('the largest change of loudness is at the section boundary', () => {
    const changes = Array.from({ length: 17 }, (_, s) => column(track, 'change', s)[0]);
    expect(changes.indexOf(Math.max(...changes))).toBe(8); // 20 s = 8 · 2.5 s
    expect(changes[8]).toBeCloseTo(20 * Math.log10(0.5 / 0.02), 0);
  });

  test('a section is louder and higher against its track, or softer and lower', () => {
    const [loudness, centroid, , register] = column(track, 'againstTrack', 12);
    expect(loudness).toBeGreaterThan(10);
    expect(centroid).toBeCloseTo(1, 1); // two octaves between the halves: one from their mean
    expect(register).toBeGreaterThan(0);
    expect(column(track, 'againstTrack', 3)[0]).toBeLessThan(-10);
  });

  test('a louder copy stands out of itself by as much', () => {
    const louder = track.map((value) => value * 1.9);
    for (const s of [3, 8, 12])
      expect(column(louder, 'againstTrack', s)[0]).toBeCloseTo(column(track, 'againstTrack', s)[0], 2);
  });

  test('the middle of a window just before a boundary is softer than the window', () => {
    expect(column(track, 'local', 7)[0]).toBeLessThan(-3); // 17.5 s: 16.25 to 18.75 s is verse, 20 to 22.5 s is not
  });
});
