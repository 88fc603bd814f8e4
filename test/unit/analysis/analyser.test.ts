import { describe, expect, test } from 'vitest';
import { type Analysis, createAnalyser } from '../../../offline/analysis/analyser.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { fMeasure } from '../../bench/f-measure.ts';
import { chord, clicks, concatenate, sine } from '../media/signals.ts';

function analyse(mono: Float32Array, piece = mono.length): Analysis {
  const analyser = createAnalyser();
  for (let at = 0; at < mono.length; at += piece) {
    const part = mono.subarray(at, at + piece);
    analyser.pushChannels([part], 16000);
    analyser.pushMono(part);
  }
  return analyser.finish();
}

describe('beats', () => {
  test.each([60, 75, 90, 104, 120, 133, 150, 176])('of clicks at %d bpm are the clicks, to 15 ms', (bpm) => {
    const { beats, bpm: found, beatConfidence } = analyse(clicks(bpm, 20, 16000));
    expect(found).toBeCloseTo(bpm, 0);
    expect(beatConfidence).toBeGreaterThan(0.5);
    const truth = Array.from({ length: Math.ceil((20 * bpm) / 60) }, (_, i) => (i * 60) / bpm);
    expect(fMeasure(beats, truth)).toBeGreaterThan(0.95);
    for (const beat of beats) {
      const nearest = truth.reduce((best, sec) => (Math.abs(sec - beat) < Math.abs(best - beat) ? sec : best));
      expect(Math.abs(beat - nearest)).toBeLessThan(0.015);
    }
  });

  test('follow a tempo that drifts from 100 to 112 bpm', () => {
    const truth: number[] = [];
    for (let sec = 0.2; sec < 39; sec += 60 / (100 + 0.3 * sec)) truth.push(sec);
    const samples = new Float32Array(40 * 16000);
    const click = clicks(30, 0.1, 16000);
    for (const sec of truth) samples.set(click, Math.round(sec * 16000));
    expect(fMeasure(analyse(samples).beats, truth)).toBeGreaterThan(0.95);
  });

  test('are none in silence, in a steady tone, in noise without a pulse and in two seconds of anything', () => {
    const random = createRandom('noise');
    const noise = Float32Array.from({ length: 20 * 16000 }, () => 0.1 * random.normal());
    for (const samples of [new Float32Array(20 * 16000), sine(440, 20, 16000, 0.5), noise, clicks(120, 2, 16000)]) {
      const { bpm, beats, downbeats, beatsPerBar } = analyse(samples);
      expect([bpm, beats.length, downbeats.length, beatsPerBar]).toEqual([null, 0, 0, null]);
    }
  });
});

/** Bass drum and snare in turns, hats on every `part` of a beat; 20 s. */
function backBeat(bpm: number, part: number): Float32Array {
  const samples = new Float32Array(20 * 16000);
  const random = createRandom('back beat');
  const beat = (60 / bpm) * 16000;
  for (let i = 0; i * part * beat < samples.length - 2400; i++) {
    const at = Math.round(i * part * beat);
    const place = (i * part) % 2; // 0 bass drum, 1 snare
    for (let n = 0; n < 2400; n++) {
      samples[at + n] += random.uniform(-0.06, 0.06) * Math.exp(-n / 250);
      if (place === 0) samples[at + n] += Math.sin((2 * Math.PI * 60 * n) / 16000) * Math.exp(-n / 900);
      if (place === 1) samples[at + n] += random.uniform(-0.5, 0.5) * Math.exp(-n / 700);
    }
  }
  return samples;
}

describe('the tempo', () => {
  test.each([
    [66, 0.5],
    [92, 0.25],
    [128, 0.5],
    [170, 0.5],
    [184, 0.5],
  ])('of a back beat at %d bpm is that, not half or double, with hats every %d beats', (bpm, part) => {
    expect(analyse(backBeat(bpm, part)).bpm).toBeCloseTo(bpm, 0);
  });

  test('of notes at 340 a minute with every second accented is 170, not the 68 whose beats have five notes each', () => {
    const samples = new Float32Array(30 * 16000);
    const click = clicks(30, 0.1, 16000);
    for (let i = 0; i < 168; i++) {
      const at = Math.round((i * 60 * 16000) / 340);
      for (let n = 0; n < click.length; n++) samples[at + n] += click[n] * (i % 2 === 0 ? 1 : 0.3);
    }
    expect(analyse(samples).bpm).toBeCloseTo(170, 0);
  });
});

/** A low thump on the first beat of each bar, a snap on the others, 100 bpm. */
function drums(beatsPerBar: number, bars: number): Float32Array {
  const beat = 0.6 * 16000;
  const samples = new Float32Array(beatsPerBar * bars * beat);
  const random = createRandom('drums');
  for (let i = 0; i < beatsPerBar * bars; i++)
    for (let n = 0; n < 2400; n++) {
      const low = Math.sin((2 * Math.PI * 60 * n) / 16000) * Math.exp(-n / 900);
      const snap = random.uniform(-0.4, 0.4) * Math.exp(-n / 500);
      samples[i * beat + n] += i % beatsPerBar === 0 ? low : snap;
    }
  return samples;
}

describe('bars', () => {
  test.each([3, 4])('of %d beats begin on the low drum', (metre) => {
    const { beats, downbeats, beatsPerBar } = analyse(drums(metre, 12));
    expect(beatsPerBar).toBe(metre);
    for (const beat of downbeats) {
      const place = beats[beat] / (0.6 * metre);
      expect(Math.abs(place - Math.round(place)) * 0.6 * metre).toBeLessThan(0.05);
    }
    expect(downbeats.length).toBeGreaterThan(9);
  });
});

// MIDI pitches of tonic, subdominant and dominant triads.
const CADENCES = {
  'C major': [
    [60, 64, 67],
    [65, 69, 72],
    [67, 71, 74],
    [60, 64, 67],
  ],
  'A minor': [
    [57, 60, 64],
    [62, 65, 69],
    [64, 68, 71],
    [57, 60, 64],
  ],
  'F# major': [
    [66, 70, 73],
    [71, 75, 78],
    [73, 77, 80],
    [66, 70, 73],
  ],
  'D minor': [
    [62, 65, 69],
    [67, 70, 74],
    [69, 73, 76],
    [62, 65, 69],
  ],
};

describe('the key', () => {
  test.each(Object.entries(CADENCES))('of a cadence in %s is that', (name, chords) => {
    const { key } = analyse(concatenate(...chords.map((pitches) => chord(pitches, 2, 16000))));
    expect(`${key?.tonic} ${key?.mode}`).toBe(name);
    expect(key!.confidence).toBeGreaterThan(0.6);
  });

  test('of silence is none', () => {
    expect(analyse(new Float32Array(80000)).key).toBeNull();
  });
});

describe('the rest', () => {
  const loudThenQuiet = concatenate(sine(440, 5, 16000, 1), sine(440, 5, 16000, 0.5));

  test('tells the highest sample, draws the outline, and measures each segment', () => {
    const { peakDb, waveform, segmentLufs } = analyse(loudThenQuiet);
    expect(peakDb).toBeCloseTo(0, 2);
    expect(waveform.length).toBe(400);
    expect([waveform[50], waveform[350]]).toEqual([255, 128]);
    expect(segmentLufs.length).toBe(5);
    expect(segmentLufs[0] - segmentLufs[4]).toBeCloseTo(6, 0);
  });

  test('of silence is null or empty, and every number is finite', () => {
    const { loudnessLufs, peakDb, waveform, onsetStrength, segmentLufs } = analyse(new Float32Array(48000));
    expect([loudnessLufs, peakDb]).toEqual([null, null]);
    expect(waveform.every((value) => value === 0)).toBe(true);
    expect(onsetStrength.every((value) => value === 0)).toBe(true);
    expect([...segmentLufs]).toEqual([-70, -70]);
  });

  test('gives an onset its place: the strongest 50 ms are those of the click', () => {
    const samples = new Float32Array(5 * 16000);
    samples.set(clicks(30, 0.1, 16000), 3.02 * 16000);
    const { onsetStrength } = analyse(samples);
    expect(onsetStrength.indexOf(255)).toBe(60);
  });

  test('survives a fifth of a second, and no sound at all', () => {
    expect(analyse(sine(440, 0.2, 16000)).segmentLufs.length).toBe(1);
    const nothing = createAnalyser().finish();
    expect([nothing.bpm, nothing.key, nothing.waveform.length]).toEqual([null, null, 0]);
  });

  test('keeps a thirtieth of the sound: ten minutes leave less than four megabytes', () => {
    const analyser = createAnalyser();
    const second = clicks(120, 1, 16000);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 600; i++) {
      analyser.pushChannels([second, second], 16000);
      analyser.pushMono(second);
    }
    // Of 115 MB of samples: three rises and an outline a hundred times a second, a chroma and a power ten times.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
    expect(analyser.finish().bpm).toBeCloseTo(120, 0);
  });

  test('is the same to the last bit however the sound comes', () => {
    const samples = drums(4, 8);
    const whole = analyse(samples);
    for (const piece of [977, 16000]) expect(analyse(samples, piece)).toEqual(whole);
  });
});
