import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createAnalyser } from '../../../offline/analysis/analyser.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { analyseMono } from '../../bench/analyse-mono.ts';
import { fMeasure } from '../../bench/f-measure.ts';
import { chord, clicks, concatenate } from '../media/signals.ts';

const NEAR_SILENCE = new URL('../../fixtures/cases/music/near-silence-gets-58.9-bpm.ogg', import.meta.url);

const scaled = (samples: Float32Array, gainDb: number): Float32Array =>
  samples.map((value) => value * 10 ** (gainDb / 20));
const dither = (seconds: number, db: number): Float32Array => {
  const random = createRandom('dither');
  return scaled(
    Float32Array.from({ length: seconds * 16000 }, () => random.normal()),
    db,
  );
};

test('dither at -84 dB that an encoder went through has no tempo, no beats, no bars, no onsets and no key', async () => {
  const { samples } = await readAudio(fileURLToPath(NEAR_SILENCE));
  const { bpm, beatConfidence, beats, downbeats, beatsPerBar, key, onsetStrength } = analyseMono(samples);
  expect([bpm, beatConfidence, beats.length, downbeats.length, beatsPerBar, key]).toEqual([null, 0, 0, 0, null, null]);
  expect(onsetStrength.every((strength) => strength === 0)).toBe(true);
});

test('below the floor even clicks have no tempo and a chord no key; 30 dB under full scale they have', () => {
  const quiet = scaled(clicks(120, 20, 16000), -80);
  expect([analyseMono(quiet).bpm, analyseMono(quiet).beats.length]).toEqual([null, 0]);
  expect(analyseMono(scaled(clicks(120, 20, 16000), -30)).bpm).toBeCloseTo(120, 0);
  const triad = chord([60, 64, 67], 8, 16000);
  expect(analyseMono(scaled(triad, -80)).key).toBeNull();
  expect(analyseMono(scaled(triad, -30)).key).toMatchObject({ tonic: 'C', mode: 'major' });
});

test('a constant offset makes dither no louder', () => {
  const offset = dither(20, -84).map((value) => value + 0.05);
  const { bpm, beats, key } = analyseMono(offset);
  expect([bpm, beats.length, key]).toEqual([null, 0, null]);
});

test('what stands in opposite phase in two channels leaves dither in their mix, which has no beats', () => {
  const loud = clicks(120, 20, 16000);
  const analyser = createAnalyser();
  analyser.pushChannels([loud, loud.map((value) => -value)], 16000);
  analyser.pushMono(dither(20, -84));
  const { loudnessLufs, bpm } = analyser.finish();
  expect(loudnessLufs).toBeGreaterThan(-40);
  expect(bpm).toBeNull();
});

const RESTING_SEC = 24;

test('a rest of near-silence between two parts has no beats and no downbeats, and both parts keep theirs', () => {
  const part = clicks(125, 19.2, 16000); // 40 beats
  const ticking = scaled(clicks(97, RESTING_SEC, 16000), -76);
  const { bpm, beats, downbeats } = analyseMono(concatenate(part, ticking, part));
  const truth = [0, 19.2 + RESTING_SEC].flatMap((fromSec) => Array.from({ length: 40 }, (_, i) => fromSec + i * 0.48));
  expect(bpm).toBeCloseTo(125, 0);
  expect(fMeasure(beats, truth)).toBeGreaterThan(0.97);
  expect([...beats].filter((sec) => sec > 19.6 && sec < 19 + RESTING_SEC)).toEqual([]);
  for (const beat of downbeats) expect(beat).toBeLessThan(beats.length);
});

test('a pause of three seconds keeps its pulse: the beats go on through it', () => {
  const bar = clicks(120, 12, 16000);
  const { beats } = analyseMono(concatenate(bar, new Float32Array(3 * 16000), bar));
  const truth = Array.from({ length: 54 }, (_, i) => i * 0.5);
  expect(fMeasure(beats, truth)).toBeGreaterThan(0.97);
});

test('a minute of silence around music changes neither its tempo nor how sure it is', () => {
  const music = clicks(104, 30, 16000);
  const silence = dither(30, -90);
  const alone = analyseMono(music);
  const inSilence = analyseMono(concatenate(silence, music, silence));
  expect(inSilence.bpm).toBeCloseTo(alone.bpm!, 1);
  expect(inSilence.beatConfidence).toBeCloseTo(alone.beatConfidence, 1);
  expect(inSilence.beats[0]).toBeGreaterThan(29.9);
  expect(inSilence.beats.at(-1)).toBeLessThan(60.1);
});
