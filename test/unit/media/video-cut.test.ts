/** A file that is cut off is read as far as it goes, and told; a whole one is told nothing. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingBytes } from '../../../offline/media/container-end.ts';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, H264_420, hasFfmpeg, make, VP8 } from './video-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-cut-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const FILM = [...drawn('testsrc2=s=96x64:r=10:d=5'), ...drawn('sine=d=5')];
const CUT = [expect.stringMatching(/cut off/)];

describe.skipIf(!hasFfmpeg)('a file of which 60 % are left (skipped where ffmpeg is not installed)', () => {
  test.each([
    ['MP4 with its index in front', 'a.mp4', [...H264_420, '-movflags', '+faststart']],
    ['MP4 in fragments', 'fragments.mp4', [...H264_420, '-g', '10', '-movflags', '+frag_keyframe+empty_moov']],
    ['Matroska', 'a.mkv', H264_420],
    ['WebM', 'a.webm', [...VP8, '-c:a', 'libopus']],
    ['WebM as browsers record it, of unknown length', 'live.webm', [...VP8, '-c:a', 'libopus', '-live', '1']],
    ['an MPEG transport stream', 'a.ts', H264_420],
    ['AVI', 'a.avi', ['-c:v', 'mpeg4', '-c:a', 'mp2']],
    ['FLV', 'a.flv', H264_420],
    ['Ogg', 'a.ogv', ['-c:v', 'libtheora', '-c:a', 'libvorbis']],
    ['WMV', 'a.wmv', ['-c:v', 'wmv2', '-c:a', 'wmav2']],
    ['GIF', 'a.gif', ['-an']],
  ])('is told as %s, and is told nothing while it is whole', async (_what, name, codec) => {
    const path = await make(join(folder, name), [...FILM, ...codec]);
    expect((await readClip(path)).remarks).toEqual([]);
    const whole = await readFile(path);
    await writeFile(join(folder, `cut-${name}`), whole.subarray(0, Math.floor(0.6 * whole.length)));
    const cut = await readClip(join(folder, `cut-${name}`));
    expect(cut.remarks).toEqual(CUT);
    expect(cut.durationSec).toBeLessThan(4.5);
    expect(cut.frames.length).toBe(Math.ceil(cut.durationSec - 0.005));
  });

  test('says how long it was to be and how long it is', async () => {
    const path = new URL('../../fixtures/cases/clips/cut-off-at-60-percent.mp4', import.meta.url).pathname;
    const { durationSec, remarks } = await readClip(path);
    expect(durationSec).toBeCloseTo(1.033, 3);
    expect(remarks).toEqual(['expected 5.0 s, got 1.0 s: the file is cut off. Copy it again.']);
  });

  test('is no file whose sound goes on after its pictures', async () => {
    const path = await make(join(folder, 'sound.mp4'), [
      ...drawn('testsrc2=s=96x64:r=10:d=1'),
      ...[...drawn('sine=d=6'), ...H264_420],
    ]);
    const { durationSec, remarks } = await readClip(path);
    expect([durationSec, remarks]).toEqual([1, []]);
  });

  test('is no file that begins at another time than 0', async () => {
    const path = await make(join(folder, 'late.mkv'), [...FILM, '-output_ts_offset', '7.35', ...H264_420]);
    expect((await readClip(path)).remarks).toEqual([]);
  });
});

test.skipIf(!hasFfmpeg)(
  'pictures that are damaged in the middle are told (skipped where ffmpeg is not installed)',
  async () => {
    const path = await make(join(folder, 'hole.mkv'), [...drawn('testsrc2=s=320x180:r=10:d=5'), ...H264_420]);
    const file = await readFile(path);
    const middle = Math.floor(file.length / 2);
    for (let at = middle; at < middle + 4000; at++) file[at] = (at * 7919) % 251;
    await writeFile(path, file);
    const { frames, durationSec, remarks } = await readClip(path);
    expect(frames.length).toBe(Math.ceil(durationSec - 0.005)); // the container may end there for ffmpeg
    expect(remarks).toEqual([expect.stringMatching(/damaged|cut off/)]);
  },
);

test.each([
  [
    'a box that ends behind it',
    [0, 0, 0, 16, ...Buffer.from('ftypisom'), 0, 0, 0, 0, 0, 0, 1, 0, ...Buffer.from('mdat')],
    248,
  ],
  [
    'a last box that goes on to the end',
    [0, 0, 0, 8, ...Buffer.from('ftyp'), 0, 0, 0, 0, ...Buffer.from('mdat'), 1, 2],
    0,
  ],
  ['RIFF that is 4 bytes short', [...Buffer.from('RIFF'), 8, 0, 0, 0, ...Buffer.from('AVI ')], 4],
  ['text', [...Buffer.from('only words')], 0],
])('of %s so many bytes are missing', async (what, bytes, missing) => {
  const path = join(folder, `${what}.bin`);
  await writeFile(path, Uint8Array.from(bytes));
  expect(await missingBytes(path)).toBe(missing);
});
