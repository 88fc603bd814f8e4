import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeFrames } from '../../../offline/encode/clip.ts';
import { encodeMusic, findMusic, loadTracks } from '../../../offline/encode/library.ts';
import { trackKey } from '../../../offline/encode/track.ts';
import { BASIC_AUDIO } from '../../../offline/encoders/basic-audio.ts';
import { openFrameEncoder } from '../../../offline/encoders/frame-encoder.ts';
import { BASIC_AUDIO_CARD, BASIC_FRAMES_CARD } from '../../../offline/encoders/registry.ts';
import { builtIn } from '../../../offline/encoders/store.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../offline/formats/safetensors.ts';
import { encodeSealed } from '../../../offline/formats/sealed.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { draw, jpegOf, pngOf, scene } from '../embed/pictures.ts';

let folder: TestFolder;
let music: string;
let cache: string;
let ticks: string[];
beforeEach(async () => {
  folder = await testFolder();
  music = join(folder.path, 'music');
  cache = join(folder.path, 'cache');
  ticks = [];
  await mkdir(join(music, 'deeper'), { recursive: true });
});
afterEach(() => folder.remove());

const RATE = 8000;
/** A tone of one and a half seconds; equal pitches give equal files. */
const tone = (hertz: number) =>
  writeWav(
    Float32Array.from({ length: 1.5 * RATE }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / RATE)),
    RATE,
  );
const encode = async (from = music) => {
  const library = await encodeMusic(from, builtIn(BASIC_AUDIO_CARD), {
    cache,
    workers: 1,
    progress: (total) => ({
      tick: (n = 1, note = '') => void ticks.push(`${n} ${note}`),
      skip: () => undefined,
      done: (note = '') => void ticks.push(`done of ${total} ${note}`.trim()),
    }),
  });
  return { ...library, tracks: [...library.tracks] };
};
/** Names and contents of what is kept of the music. */
async function kept(): Promise<Map<string, Buffer>> {
  const within = join(cache, trackKey(`${BASIC_AUDIO.name}-${BASIC_AUDIO.revision}`));
  const names = (await readdir(within)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [join(within, name), await readFile(join(within, name))] as const)),
  );
}

describe('a folder of music', () => {
  test('becomes tracks in the order of their paths, with tokens of the embedded encoder', async () => {
    await writeFile(join(music, 'b.wav'), tone(440));
    await writeFile(join(music, 'a.wav'), tone(220));
    await writeFile(join(music, 'deeper', 'c.wav'), tone(330));
    await writeFile(join(music, 'cover.jpg'), 'not audio');
    const { tracks, rejected } = await encode();
    expect(tracks.map(({ file }) => file)).toEqual(['a.wav', 'b.wav', 'deeper/c.wav']);
    expect(rejected).toEqual([]);
    for (const { tokens, durationSec, sha256 } of tracks) {
      expect(tokens.shape).toEqual([1, BASIC_AUDIO.width]);
      expect(tokens.data.every(Number.isFinite)).toBe(true);
      expect(durationSec).toBeCloseTo(1.5, 2);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(ticks).toEqual(['1 a.wav', '1 b.wav', '1 deeper/c.wav', 'done of 3']);
  });

  test('is a list whose tracks are made when they are asked for, as often as that is', async () => {
    await writeFile(join(music, 'a.wav'), tone(220));
    await writeFile(join(music, 'b.wav'), tone(330));
    const found = await findMusic(music);
    const audio = builtIn(BASIC_AUDIO_CARD);
    await encode();
    const sha256 = [sha256Hex(tone(220)), sha256Hex(tone(330))];
    const files = found.files.map((file, i) => ({ ...file, sha256: sha256[i], copies: [] }));
    const tracks = await loadTracks(files, audio, cache);
    expect(tracks).toHaveLength(2);
    expect(tracks.at(1)).not.toBe(tracks.at(1));
    expect([tracks.at(0), tracks.at(1), tracks.at(2)]).toEqual([...tracks, undefined]);
    expect(tracks.at(1)).toMatchObject({ file: 'b.wav', title: 'b', sha256: sha256[1] });
    expect(tracks.at(1)!.music.loudnessLufs).toBeLessThan(0);
  });

  test('is encoded once: a second run takes what the first kept', async () => {
    await writeFile(join(music, 'a.wav'), tone(220));
    const first = await encode();
    const { data } = first.tracks[0].tokens; // read before the file is another
    const [[path, bytes]] = await kept();
    // Something no encoder gives, in the place of what was kept: only reading it can bring it back.
    const { tensors, metadata } = decodeSafetensors(bytes);
    const planted = new Float32Array(BASIC_AUDIO.width).fill(42);
    const tokens = new Map([['tokens', { shape: [1, planted.length], data: planted }]]);
    await writeFile(path, encodeSealed(tokens, { durationSec: metadata.durationSec }));
    const second = await encode();
    expect(tensors.get('tokens')!.data).toEqual(data);
    expect(second.tracks[0].tokens.data).toEqual(planted);
    expect(second.tracks[0].durationSec).toBe(first.tracks[0].durationSec);
  });

  test('is not even read again, once its files are a few seconds old', async () => {
    await writeFile(join(music, 'a.wav'), tone(220));
    await writeFile(join(music, 'b.wav'), tone(330));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    await encode();
    const hashes = await readFile(join(cache, 'hashes'));
    expect(hashes.length).toBe(2 * 72);
    await encode();
    expect(await readFile(join(cache, 'hashes'))).toEqual(hashes); // what is read is noted
    vi.useRealTimers();
  });

  test('is not encoded again for a new name, a new place or a new date', async () => {
    await writeFile(join(music, 'a.wav'), tone(220));
    await encode();
    const before = await kept();
    await rename(join(music, 'a.wav'), join(music, 'deeper', 'renamed.wav'));
    await utimes(join(music, 'deeper', 'renamed.wav'), 1, 1);
    const { tracks } = await encode();
    expect(tracks[0].title).toBe('renamed');
    expect(await kept()).toEqual(before);
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4)],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('<html>')],
    ['without tokens', () => Buffer.from(encodeSafetensors(new Map(), { durationSec: '1' }))],
  ])('is encoded again where what was kept is damaged: %s', async (_, damage) => {
    await writeFile(join(music, 'a.wav'), tone(220));
    const first = await encode();
    const [[path, bytes]] = await kept();
    await writeFile(path, damage(bytes));
    const second = await encode();
    expect(second.tracks).toEqual(first.tracks);
    expect(second.rejected).toEqual([]);
    expect((await readFile(path)).equals(bytes), 'and kept again').toBe(true);
  });

  test('has each content once, however often it lies there', async () => {
    await writeFile(join(music, 'a.wav'), tone(220));
    await copyFile(join(music, 'a.wav'), join(music, 'deeper', 'copy.wav'));
    await writeFile(join(music, 'z.wav'), tone(330));
    const { tracks, rejected, copies } = await encode();
    expect(tracks.map(({ file }) => file)).toEqual(['a.wav', 'z.wav']);
    expect(rejected).toEqual([]);
    expect(copies).toEqual([{ file: 'deeper/copy.wav', of: 'a.wav' }]);
    expect((await kept()).size).toBe(2);
  });

  test('keeps going past files that cannot be read, and says which and why', async () => {
    await writeFile(join(music, 'a.wav'), '');
    await writeFile(join(music, 'b.wav'), tone(220));
    await writeFile(join(music, 'c.wav'), tone(330).subarray(0, 60));
    await writeFile(join(music, 'd.mp3'), Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x44]), Buffer.alloc(50)]));
    const { tracks, rejected } = await encode();
    expect(tracks.map(({ file }) => file)).toEqual(['b.wav']);
    expect(rejected.map(({ file }) => file)).toEqual(['a.wav', 'c.wav', 'd.mp3']);
    for (const { reason } of rejected) expect(reason).toMatch(/expected .*, got /);
    expect(ticks.length).toBe(5);
    expect(ticks.at(-1)).toBe('done of 4 3 left out');
    expect((await kept()).size, 'nothing is kept of a broken file').toBe(1);
  });

  test('is refused when it holds no audio, or none that can be read', async () => {
    await writeFile(join(music, 'notes.txt'), 'x');
    await expect(encode()).rejects.toThrow(/music: expected audio files, found none\. Give a folder with/);
    await writeFile(join(music, 'a.wav'), 'RIFF');
    await expect(encode()).rejects.toThrow(/music: none of 1 audio files could be read\. The first: /);
    await expect(encode(join(music, 'missing'))).rejects.toThrow('missing');
  });
});

describe('the id of a track', () => {
  const named = async (...names: string[]) => {
    await rm(music, { recursive: true });
    await mkdir(music);
    for (const [i, name] of names.entries()) await writeFile(join(music, name), tone(200 + i));
    return (await encode()).tracks;
  };
  const SAFE = /^[a-z0-9-]+-[0-9a-f]{12}$/;

  test('can stand in an address as it is, whatever the name', async () => {
    const tracks = await named(
      '4+5xabc+夜曲(伴奏).wav',
      'Café del Mar [2020] (Live).wav',
      'Motörhead_-_Ace.wav',
      '_.wav',
      'a & b?#%.wav',
      '星星.wav',
    );
    for (const { id } of tracks) {
      expect(id).toMatch(SAFE);
      expect(encodeURIComponent(id)).toBe(id);
    }
    const slugs = tracks.map(({ id }) => id.slice(0, -13)).sort();
    expect(slugs).toEqual(['4-5xabc', 'a-b', 'cafe-del-mar-2020-live', 'media', 'media', 'motorhead-ace']);
    expect(new Set(tracks.map(({ id }) => id)).size).toBe(6);
  });

  test('does not depend on the folder, on other files, or on how the system composes its accents', async () => {
    const [{ id, title }] = await named('Café.wav'.normalize('NFC'));
    expect(title).toBe('Café');
    const [decomposed] = await named('Café.wav'.normalize('NFD'));
    expect(decomposed.id).toBe(id);
    const elsewhere = join(folder.path, 'elsewhere', 'deep');
    await mkdir(elsewhere, { recursive: true });
    await writeFile(join(elsewhere, 'Café.wav'), tone(200));
    await writeFile(join(elsewhere, '0.wav'), tone(700));
    const { tracks } = await encode(join(folder.path, 'elsewhere'));
    expect(tracks.map((track) => track.id)).toContain(id);
  });

  test('tells two files of one name apart, and keeps the title as people read it', async () => {
    await mkdir(join(music, 'other'));
    await writeFile(join(music, '夜曲_(伴奏).wav'), tone(200));
    await writeFile(join(music, 'other', '夜曲_(伴奏).wav'), tone(300));
    const { tracks } = await encode();
    expect(tracks.map(({ title }) => title)).toEqual(['夜曲 (伴奏)', '夜曲 (伴奏)']);
    expect(tracks[0].id).not.toBe(tracks[1].id);
  });
});

describe('the frames of a clip', () => {
  const card = builtIn(BASIC_FRAMES_CARD);
  const framesOf = async (frames: readonly Uint8Array[]) =>
    encodeFrames(frames, await openFrameEncoder(card, 1), { cache, key: card.key });
  const flat = (level: number) => jpegOf(draw(40, 30, () => [level, level, level]));

  test('are encoded once, and again where what was kept is damaged', async () => {
    const frames = [await jpegOf(scene()), await flat(40), await pngOf(scene(60, 40))];
    const first = await framesOf(frames);
    expect(first.shape[0]).toBe(3);
    const [sub] = await readdir(cache);
    const [name] = await readdir(join(cache, sub));
    const path = join(cache, sub, name);
    await utimes(path, 1, 1);
    expect(await framesOf(frames)).toEqual(first);
    expect((await stat(path)).mtimeMs, 'untouched').toBe(1000);
    await writeFile(path, 'damaged');
    expect(await framesOf(frames)).toEqual(first);
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1000);
  });

  test('are others in another order', async () => {
    const [dark, light] = [await flat(20), await flat(220)];
    const [there, back] = [await framesOf([dark, light]), await framesOf([light, dark])];
    expect(there.data).not.toEqual(back.data);
  });
});
