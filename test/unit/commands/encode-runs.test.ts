/** `cuepoint encode`: clips beside music, and runs that are killed, run out of disk, or lose a process. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDataset } from '../../../offline/data/dataset.ts';
import { trackKey } from '../../../offline/encode/track.ts';
import { decodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { draw, jpegOf } from '../embed/pictures.ts';
import { clicks, sine } from '../media/signals.ts';
import { catalogueOf, encode, type Line, startEncode } from './encode-run.ts';

let folder: TestFolder;
const at = (...names: string[]): string => join(folder.path, ...names);
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

/** Without what was kept, each run decodes. */
const to = (name: string): string[] => ['--out', at(name), '--cache', at(`${name}-cache`), '--workers', '2'];
const catalogue = (name: string): Promise<Line[]> => catalogueOf(at(name));

describe('clips beside music', () => {
  test('become a folder that training reads once it has annotations', async () => {
    await mkdir(at('clips', 'trip'), { recursive: true });
    await mkdir(at('songs'));
    for (let second = 0; second < 4; second++)
      await writeFile(
        at('clips', 'trip', `${second}.jpg`),
        await jpegOf(draw(40, 30, (x) => [x * 6, 40 * second, 90])),
      );
    await writeFile(at('clips', 'broken.mp4'), 'no video');
    await writeFile(at('songs', 'a.wav'), writeWav(clicks(100, 12, 16000), 16000));
    const run = await encode('--music', at('songs'), '--clips', at('clips'), ...to('both'));
    expect([run.code, run.out]).toEqual([0, expect.stringContaining('not encoded: broken.mp4: ')]);
    const [track, clip] = await catalogue('both');
    expect(clip).toMatchObject({ kind: 'clip', file: 'trip', frames: 4, shard: 'video-0000.safetensors' });
    expect(track).toMatchObject({ kind: 'track', file: 'a.wav', segments: 5, shard: 'music-0000.safetensors' });
    const heading = 'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration';
    const row = `${clip.id},${track.id},2,6,12,4`;
    for (const split of ['train', 'val', 'test'])
      await writeFile(at('both', `${split}_data.csv`), `${heading}\n${row}\n`);
    const data = await readDataset(at('both'));
    const keys = { imageKey: 'basic-frames-1', audioKey: 'basic-audio-1' };
    expect(data.encoders).toEqual({ image: 'basic-frames', audio: 'basic-audio', ...keys });
    expect(data.videos.get(clip.id)!.shape).toEqual([4, 66]);
  });

  test('encoded later join the music that is there', async () => {
    await encode('--music', at('songs'), ...to('later'));
    await encode('--clips', at('clips'), ...to('later'));
    expect((await catalogue('later')).map(({ kind }) => kind)).toEqual(['track', 'clip']);
    expect(JSON.parse(await readFile(at('later', 'encoders.json'), 'utf8'))).toEqual({
      image: 'basic-frames',
      audio: 'basic-audio',
      imageKey: 'basic-frames-1',
      audioKey: 'basic-audio-1',
    });
  });
});

describe('a process that ends in the middle', () => {
  test('costs the file it had in hand, and the rest is encoded', async () => {
    await mkdir(at('few'));
    for (let i = 0; i < 3; i++) await writeFile(at('few', `${i}.wav`), writeWav(sine(300 + i, 200, 16000, 0.3), 16000));
    const { child, ended } = startEncode([
      '--music',
      at('few'),
      '--out',
      at('few-out'),
      '--cache',
      at('few-cache'),
      '--workers',
      '1',
    ]);
    const workers = (): string =>
      spawnSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
    while (!workers()) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 300)); // it has begun with the first
    process.kill(Number(workers().split('\n')[0]), 'SIGKILL');
    const { code, out } = await ended;
    expect([code, out]).toEqual([0, expect.stringContaining('the program that read it ended (SIGKILL)')]);
    expect((await catalogue('few-out')).length).toBe(2);
  });
});

describe('a run that does not end', () => {
  beforeAll(async () => {
    await mkdir(at('many'), { recursive: true });
    for (let i = 0; i < 12; i++)
      await writeFile(at('many', `${i}.wav`), writeWav(sine(200 + i, 40, 16000, 0.3), 16000));
  });

  test('by a kill keeps what it had encoded, and the next run encodes only the rest, to the same bytes', async () => {
    const { child, ended } = startEncode(['--music', at('many'), ...to('killed')]);
    const kept = at('killed-cache', trackKey('basic-audio-1'));
    while (child.exitCode === null && (!existsSync(kept) || (await readdir(kept)).length < 3))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(at('killed', 'catalogue.jsonl'))).toBe(false);
    const before = (await readdir(kept)).filter((name) => name.endsWith('.safetensors'));
    const again = await encode('--music', at('many'), ...to('killed'));
    expect(again.code).toBe(0);
    const last = JSON.parse(again.err.trim().split('\n').at(-1)!);
    expect(last).toMatchObject({ done: 12, total: 12, finished: true });
    await encode('--music', at('many'), ...to('whole'));
    for (const name of await readdir(at('whole')))
      expect((await readFile(at('killed', name))).equals(await readFile(at('whole', name))), name).toBe(true);
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(before.length).toBeLessThan(12);
  });

  test('by a full disk says so, leaves no half of a file, and goes on when there is room', async () => {
    // No file may be larger than 4 KiB, as on a disk that has no more: tokens of 17 segments are.
    const full = await startEncode(['--music', at('many'), ...to('full')], { limitFileKb: 4 }).ended;
    expect(full.code).toBe(1);
    expect(full.err).toContain('the disk is full. Free some space and start again: what is encoded is kept.');
    const left = (await readdir(at('full-cache'), { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    for (const { parentPath, name } of left) {
      if (name === 'hashes') continue; // of which any beginning is as good (encode/known-hashes.ts)
      expect(name).toMatch(/\.safetensors$/); // and not the beginning of one
      expect(decodeSafetensors(await readFile(join(parentPath, name))).tensors.size).toBeGreaterThan(0);
    }
    expect(existsSync(at('full'))).toBe(false);
    expect((await encode('--music', at('many'), ...to('full'))).code).toBe(0);
  });

  test('by a catalogue that cannot be written leaves the folder as it was', async () => {
    await encode('--music', at('songs'), ...to('kept'));
    const before = await readFile(at('kept', 'catalogue.jsonl'));
    await rm(at('kept', 'encoders.json'));
    await mkdir(at('kept', 'encoders.json')); // what is in the way
    const run = await encode('--music', at('songs'), ...to('kept'));
    expect(run.code).toBe(1);
    expect(await readFile(at('kept', 'catalogue.jsonl'))).toEqual(before);
  });
});
