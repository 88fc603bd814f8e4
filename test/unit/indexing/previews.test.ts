import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { putPreviews } from '../../../offline/indexing/previews.ts';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { memoryStore } from './store/memory-store.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const hasFfmpeg = (await runFfmpeg(['-version'])) !== undefined;
const tone = (seconds: number) =>
  Float32Array.from({ length: seconds * 16000 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16000));

test('what browsers play is published as it is, under its own type and hash, whatever its name says', async () => {
  const wav = writeWav(tone(1), 16000);
  await writeFile(join(folder.path, 'named-wrongly.mp3'), wav);
  const store = memoryStore();
  const { previews, made, without } = await putPreviews(store, folder.path, [{ id: 'a', file: 'named-wrongly.mp3' }]);
  const preview = previews.get('a')!;
  expect([preview.type, preview.bytes, made, without]).toEqual(['audio/wav', wav.length, 0, []]);
  expect(preview.path).toMatch(/^objects\/preview-[0-9a-f]{16}\.wav$/);
  expect(store.files.get(preview.path)?.bytes).toEqual(Uint8Array.from(wav));
});

test('a file that neither browsers nor ffmpeg read is left out, and told', async () => {
  await writeFile(join(folder.path, 'notes.mp3'), 'no music at all');
  const { previews, without } = await putPreviews(memoryStore(), folder.path, [{ id: 'a', file: 'notes.mp3' }]);
  expect(previews.size).toBe(0);
  expect(without).toEqual([{ file: 'notes.mp3', reason: expect.stringMatching(/ffmpeg/) }]);
});

test.runIf(hasFfmpeg)(
  'what browsers do not play, or is too large, becomes AAC in an MP4, the same every time',
  async () => {
    const largest = 100_000;
    const long = join(folder.path, 'long.wav');
    await writeFile(long, writeWav(tone(4), 16000)); // 128 kB; half of it as AAC
    execFileSync('ffmpeg', ['-v', 'error', '-t', '2', '-i', long, join(folder.path, 'short.aiff')]);
    const files = ['long.wav', 'short.aiff'].map((file) => ({ id: file, file }));
    const made = (options: { largest: number }) => putPreviews(memoryStore(), folder.path, files, options);
    const one = await made({ largest });
    expect(one.made).toBe(2);
    for (const { type, path, bytes } of one.previews.values()) {
      expect(type).toBe('audio/mp4');
      expect(path).toMatch(/\.m4a$/);
      expect(bytes).toBeLessThan(largest);
    }
    expect([...(await made({ largest })).previews]).toEqual([...one.previews]);
    const tooLarge = expect.stringMatching(/MiB as AAC, where a preview has at most/);
    expect((await made({ largest: 10_000 })).without).toEqual(files.map(({ file }) => ({ file, reason: tooLarge })));
  },
);
