import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BASIC_FRAMES } from '../../../functions/embed/basic-frames.ts';
import { clipKey } from '../../../offline/encode/clip.ts';
import { knownBeats, knownMedia, writeClips, writeMusic } from '../../../offline/encode/data-folder.ts';
import { keepMusic, NO_FACTS } from '../../../offline/encode/music-facts.ts';
import { keepTokens } from '../../../offline/encode/token-cache.ts';
import { trackKey } from '../../../offline/encode/track.ts';
import { BASIC_AUDIO_CARD, BASIC_FRAMES_CARD } from '../../../offline/encoders/registry.ts';
import { builtIn } from '../../../offline/encoders/store.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
let [out, cache] = ['', ''];
beforeEach(async () => {
  folder = await testFolder();
  [out, cache] = ['out', 'cache'].map((name) => join(folder.path, name));
});
afterEach(() => folder.remove());

const [audio, image] = [builtIn(BASIC_AUDIO_CARD), builtIn(BASIC_FRAMES_CARD)];
const named = (file: string) => ({ file, path: file, sha256: sha256Hex(file), copies: [] });

/** @param title may hold what other programs take for the end of a line */
async function encodeTrack(file: string, title: string): Promise<void> {
  const { sha256 } = named(file);
  const tokens = { shape: [1, audio.width], data: new Float32Array(audio.width) };
  await keepTokens(cache, trackKey(audio.key), sha256, { tokens, durationSec: 2.5 });
  const beats = { beats: Float32Array.of(0.5, 1), downbeats: Uint32Array.of(0) };
  await keepMusic(cache, sha256, { ...NO_FACTS, ...beats, tags: { title } });
  await writeMusic(out, [named(file)], audio, cache);
}

async function encodeClip(file: string): Promise<void> {
  const tokens = { shape: [2, BASIC_FRAMES.width], data: new Float32Array(2 * BASIC_FRAMES.width) };
  await keepTokens(cache, clipKey(image.key), named(file).sha256, { tokens, durationSec: 2 });
  await writeClips(out, [named(file)], { encoder: image }, cache);
}

const lines = async () =>
  (await readFile(join(out, 'catalogue.jsonl'), 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { kind: string; file: string; title: string });

test('tracks stand before clips, whichever were encoded last, and a run replaces those of its kind only', async () => {
  await encodeClip('a.mp4');
  await encodeTrack('old.mp3', 'Old');
  await encodeTrack('new.mp3', 'One\u2028two\u0085three');
  expect((await lines()).map(({ kind, file }) => [kind, file])).toEqual([
    ['track', 'new.mp3'],
    ['clip', 'a.mp4'],
  ]);
  await encodeClip('b.mp4');
  expect((await lines()).map(({ file }) => file)).toEqual(['new.mp3', 'b.mp4']);
  expect((await lines())[0].title).toBe('One\u2028two\u0085three');
  expect([...(await knownMedia(out, 'track')).keys()]).toEqual(['new.mp3']);
  expect([...(await knownBeats(out)).values()]).toEqual([
    { beatsMs: Uint32Array.of(500, 1000), downbeats: Uint32Array.of(0) },
  ]);
  const { image: frames, audio: sound } = JSON.parse(await readFile(join(out, 'encoders.json'), 'utf8'));
  expect([frames, sound]).toEqual([image.name, audio.name]);
});

test('a run that ends before its last track leaves the catalogue that was there, and nothing beside it', async () => {
  await encodeTrack('a.mp3', 'A');
  const before = await lines();
  await expect(writeMusic(out, [named('a.mp3'), named('never.mp3')], audio, cache)).rejects.toThrow(
    'expected the tokens of never.mp3, got none. Encode again.',
  );
  expect(await lines()).toEqual(before);
  expect((await readdir(out)).filter((name) => name.includes('.tmp'))).toEqual([]);
});

test('a catalogue that is not of lines of JSON is told', async () => {
  await encodeTrack('a.mp3', 'A');
  await writeFile(join(out, 'catalogue.jsonl'), '{"kind":"clip"}\nnonsense\n');
  await expect(knownMedia(out, 'clip')).rejects.toThrow('catalogue.jsonl: expected a line of JSON each');
  await expect(encodeTrack('a.mp3', 'A')).rejects.toThrow('Delete the file and encode again.');
});
