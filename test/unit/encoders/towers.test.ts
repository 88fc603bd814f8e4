import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AudioCard, ImageCard } from '../../../offline/encoders/card.ts';
import { openFrameEncoder } from '../../../offline/encoders/frame-encoder.ts';
import { logMel } from '../../../offline/encoders/log-mel.ts';
import { REGISTRY } from '../../../offline/encoders/registry.ts';
import { openSoundEncoder } from '../../../offline/encoders/sound-encoder.ts';
import type { Ready } from '../../../offline/encoders/store.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { readClip } from '../../../offline/media/video.ts';
import { openSession } from '../../../offline/nn/session.ts';
import { sharedMedia, sharedMissing, sharedModel } from '../media/shared.ts';

const ready = (name: string): Ready => {
  const card = REGISTRY.find((one) => one.name === name)!;
  return { ...card, key: name, path: sharedModel(card.file!.name) };
};

const SONGS = ['wesnoth-love_theme.ogg', 'asc-machine_wars.mp3', 'supertux-classic.ogg', 'warzone2100-menu.opus'];
const CLIPS = ['rabbit.mp4', 'frog.mp4', 'car-detection.mp4', 'bottle-detection.mp4'];

describe.skipIf(sharedMissing)('the towers of ../shared/models (skipped where it is missing)', () => {
  let songs: Float32Array[];
  beforeAll(async () => {
    songs = await Promise.all(
      SONGS.map(async (name) => (await readAudio(sharedMedia('music', name), { maxSec: 40 })).samples),
    );
  });

  test.each([
    ['musicnn-jamendo', 1506],
    ['yamnet', 1024],
  ])('%s hears that segments of one track are alike', async (name, width) => {
    const encoder = await openSoundEncoder(ready(name) as Ready<AudioCard>, 1);
    const tracks: Float32Array[][] = [];
    for (const samples of songs) tracks.push(rows(await encoder.encode(samples), width));
    await encoder.close();
    expect(encoder.width).toBe(width);
    for (const tokens of tracks) expect(tokens.length).toBe(17); // 40 s
    const { within, between } = meanCosines(tracks);
    expect(within).toBeGreaterThan(between + 0.3);
  });

  test('mobilenet-v2 sees that frames of one clip are alike', async () => {
    const encoder = await openFrameEncoder(ready('mobilenet-v2') as Ready<ImageCard>, 1);
    const clips: Float32Array[][] = [];
    for (const name of CLIPS) {
      const { frames } = await readClip(sharedMedia('clips', name), { part: { fromSec: 0, toSec: 6 } });
      clips.push(rows(await encoder.encode(frames), 1280));
    }
    await encoder.close();
    const { within, between } = meanCosines(clips);
    expect(within).toBeGreaterThan(between + 0.3);
  });

  test('mobilenet-v2 gives a frame the token it has in a batch', async () => {
    const { frames } = await readClip(sharedMedia('clips', 'frog.mp4'), { part: { fromSec: 0, toSec: 3 } });
    const encoder = await openFrameEncoder(ready('mobilenet-v2') as Ready<ImageCard>, 1);
    const together = rows(await encoder.encode(frames), 1280);
    const [alone] = rows(await encoder.encode(frames.slice(1, 2)), 1280);
    await encoder.close();
    for (const [i, value] of alone.entries()) expect(value).toBeCloseTo(together[1][i], 4);
  });

  test('yamnet calls music "Music", class 132 of AudioSet’s 521', async () => {
    const session = await openSession(await readFile(sharedModel('yamnet.int8.onnx')), { name: 'yamnet', threads: 1 });
    const mel = logMel(songs[0]);
    let music = 0;
    for (let patch = 0; patch < 20; patch++) {
      const data = mel.slice((500 + patch * 96) * 64, (500 + patch * 96 + 96) * 64);
      const { scores } = await session.run({ input: { data, shape: [1, 96, 64] } });
      if (scores.data.indexOf(Math.max(...scores.data)) === 132) music++;
    }
    await session.close();
    expect(music).toBeGreaterThan(17);
  });

  test('a track shorter than what a tower sees has one token', async () => {
    for (const name of ['musicnn-jamendo', 'yamnet']) {
      const encoder = await openSoundEncoder(ready(name) as Ready<AudioCard>, 1);
      const tokens = await encoder.encode(songs[0].subarray(0, 3200)); // 0.2 s
      await encoder.close();
      expect(tokens.length).toBe(encoder.width);
      expect(tokens.every(Number.isFinite)).toBe(true);
    }
  });
});

function rows(tokens: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: tokens.length / width }, (_, i) => tokens.subarray(i * width, (i + 1) * width));
}

/** Mean cosine of two tokens of one group, and of two groups, the mean of all tokens taken off first. */
function meanCosines(groups: Float32Array[][]): { within: number; between: number } {
  const all = groups.flat();
  const mean = all[0].map((_, c) => all.reduce((sum, token) => sum + token[c], 0) / all.length);
  const centred = groups.map((tokens) => tokens.map((token) => token.map((value, c) => value - mean[c])));
  const sums = { within: [0, 0], between: [0, 0] };
  for (const [g, group] of centred.entries())
    for (const [h, other] of centred.entries())
      for (const [i, a] of group.entries())
        for (const [j, b] of other.entries()) {
          if (g === h && i === j) continue;
          const sum = g === h ? sums.within : sums.between;
          sum[0] += cosine(a, b);
          sum[1]++;
        }
  return { within: sums.within[0] / sums.within[1], between: sums.between[0] / sums.between[1] };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}
