import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseFile, hasFfmpeg, hear, withoutFfmpeg } from './heard.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-sound-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function made(name: string, ...pieces: Uint8Array[]): Promise<string> {
  await writeFile(join(folder, name), Buffer.concat(pieces));
  return join(folder, name);
}

/** [file, seconds, clicks] */
async function sounds(path: string, seconds: number, clicks: readonly number[]) {
  const heard = await hear(path);
  expect(Math.abs(heard.durationSec - seconds), `${heard.durationSec} s`).toBeLessThan(0.08);
  expect(heard.clicks.length, heard.clicks.join(' ')).toBe(clicks.length);
  for (const [i, click] of clicks.entries())
    expect(Math.abs(heard.clicks[i] - click), `${heard.clicks.join(' ')}`).toBeLessThan(0.03);
  return heard;
}

describe('without help from ffmpeg', () => {
  test.each([
    ['chained-vorbis-44k-then-48k.ogg', 8, [1, 3, 5, 7]],
    ['opus-no-header-gain.opus', 4, [1, 3]],
    ['a-law.wav', 4, [1, 3]],
    ['mu-law.wav', 4, [1, 3]],
    ['mp3-in-riff.wav', 4, [1, 3]],
  ] as const)('%s lasts as long as it plays, and clicks when it clicks', async (name, seconds, clicks) => {
    await withoutFfmpeg(() => sounds(caseFile(name), seconds, clicks));
  });

  test('a chain of two Opus links of 10 s lasts 20 s', async () => {
    const { durationSec } = await withoutFfmpeg(() => hear(caseFile('chained-opus-twice-10s.opus')));
    expect(durationSec).toBeCloseTo(20, 2);
  });

  test('the gain of an Opus header is applied: -20 dB', async () => {
    const [plain, quiet] = await withoutFfmpeg(() =>
      Promise.all([hear(caseFile('opus-no-header-gain.opus')), hear(caseFile('opus-header-gain-minus-20dB.opus'))]),
    );
    expect(quiet.peakDb - plain.peakDb).toBeCloseTo(-20, 1);
  });

  test('an intact sound of 0.08 s is not damaged', async () => {
    const { durationSec, remarks } = await withoutFfmpeg(() => hear(caseFile('short-0.08s.wav')));
    expect(durationSec).toBeCloseTo(0.08, 6);
    expect(remarks).toEqual([]);
  });

  test('a data size that is 36 bytes too large is put up with, and told', async () => {
    const { remarks } = await withoutFfmpeg(() => sounds(caseFile('wav-data-size-36-too-large.wav'), 4, [1, 3]));
    expect(remarks).toEqual(['its header says 88236 bytes of sound, and 36 of them are not there: read as it is']);
  });

  test.each([
    ['zeros', new Uint8Array(1000)],
    ['other junk', Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)],
    ['many zeros', new Uint8Array(200_000)],
    ['a tag that says it is longer than the file', Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 127, 127, 127, 127])],
  ])('an MP3 behind %s is an MP3', async (what, junk) => {
    const bytes = await readFile(caseFile('artist-AC-DC.mp3'));
    const frames = bytes.subarray(bytes.indexOf(Uint8Array.of(0xff, 0xfb)));
    const path = await made(`${what}.mp3`, junk, frames);
    await withoutFfmpeg(() => sounds(path, 4, [1, 3]));
  });

  test('a WAV of ADPCM says that ffmpeg is needed', () =>
    withoutFfmpeg(() =>
      expect(hear(caseFile('adpcm-ima.wav'))).rejects.toThrow(
        /got WAV of ADPCM \(IMA\) with 4 bits\. Install ffmpeg, which reads most others, or convert the file\.$/,
      ),
    ));
});

describe.skipIf(!hasFfmpeg)('by ffmpeg (skipped without it)', () => {
  test.each([
    ['adpcm-ms.wav', 4, [1, 3]],
    ['adpcm-ima.wav', 4, [1, 3]],
    ['starts-at-1s.m4a', 5, [2, 4]],
  ] as const)('%s lasts as long as it plays, and clicks when it clicks', async (name, seconds, clicks) => {
    await sounds(caseFile(name), seconds, clicks);
  });

  test('a duration that is estimated from the bitrate is not held against a file', async () => {
    const { durationSec } = await hear(caseFile('quiet-intro-then-loud.aac'));
    expect(durationSec).toBeCloseTo(14, 1);
  });
});
