import { expect, test } from 'vitest';
import { LATENT_WIDTH, latentOf } from '../../../../offline/worlds/simulated/latent.ts';
import { show } from '../../../../offline/worlds/simulated/perception.ts';
import { simulatedEncoders } from '../../../../offline/worlds/simulated/tokens.ts';
import { createSimulation, SIZES } from '../../../../offline/worlds/simulated/world.ts';

const world = createSimulation('tokens', SIZES.tiny);
const encoders = simulatedEncoders(world, { frame: 48, segment: 32 });

test('a clip has one frame per second, at most 50', () => {
  for (const clip of world.clips.slice(0, 40)) {
    const { shape, data } = encoders.video(clip);
    expect(shape).toEqual([Math.min(50, Math.ceil(clip.endSec - clip.startSec - 1e-6)), 48]);
    expect(data.length).toBe(shape[0] * 48);
  }
});

test('a track has a segment at 0, 2.5, 5, … s, at most 96', () => {
  for (const track of world.tracks) {
    const { shape } = encoders.music(track);
    expect(shape).toEqual([Math.min(96, Math.floor(track.song.durationSec / 2.5) + 1), 32]);
  }
});

test('values deviate by about 1 in both', () => {
  const tokens = [world.clips.map(encoders.video), world.tracks.map(encoders.music)];
  for (const parts of tokens) {
    const values = parts.flatMap(({ data }) => [...data]);
    const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.sqrt(square)).toBeGreaterThan(0.8);
    expect(Math.sqrt(square)).toBeLessThan(1.2);
  }
});

test('equal seeds give equal tokens, in whatever order they are asked for', () => {
  const again = simulatedEncoders(createSimulation('tokens', SIZES.tiny), { frame: 48, segment: 32 });
  expect(again.music(world.tracks[7])).toEqual(encoders.music(world.tracks[7]));
  expect(again.video(world.clips[3])).toEqual(encoders.video(world.clips[3]));
});

test('two clips of one moment look alike but are not the same', () => {
  const [one] = world.clips;
  const other = { ...one, seed: 'another' };
  const [a, b] = [encoders.video(one).data, encoders.video(other).data];
  const product = a.reduce((sum, value, i) => sum + value * b[i], 0);
  const size = (data: Float32Array) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  const cosine = product / size(a) / size(b);
  expect(cosine).toBeGreaterThan(0.1);
  expect(cosine).toBeLessThan(0.9);
});

test('what a clip shows is its moment, on average over clips', () => {
  const [clip] = world.clips;
  const moment = new Float64Array(LATENT_WIDTH);
  latentOf(world.seed, world.tracks[clip.track])(clip.startSec, moment);
  const mean = new Float64Array(LATENT_WIDTH);
  for (let i = 0; i < 2000; i++)
    show(world, { ...clip, seed: `clip ${i}` }).frames[0].forEach((value, j) => {
      mean[j] += value / 2000;
    });
  // One frame deviates by √(0.9² + 1.2² + 1²) = 1.8, the mean of 2,000 by 0.04.
  for (let i = 0; i < LATENT_WIDTH; i++) expect(Math.abs(mean[i] - moment[i])).toBeLessThan(0.2);
});

test('a motif recurs with its kind of section, and style and character never change', () => {
  const track = world.tracks.find(({ song }) => song.sections.filter(({ kind }) => kind === 'chorus').length > 1)!;
  const latent = latentOf(world.seed, track);
  const [one, other] = track.song.sections
    .filter(({ kind }) => kind === 'chorus')
    .map(({ startSec }) => {
      const out = new Float64Array(LATENT_WIDTH);
      latent(startSec + 0.1, out);
      return out;
    });
  const [constant, motif, drift] = [11, 17, 21]; // 6 of topic, 5 of character; 6 of mood and features; 4 of motif; 3 of drift
  expect(one.subarray(0, constant)).toEqual(other.subarray(0, constant));
  expect(one.subarray(motif, drift)).toEqual(other.subarray(motif, drift));
  expect(one.subarray(drift)).not.toEqual(other.subarray(drift));
});
