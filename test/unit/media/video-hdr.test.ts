/** HDR clips come out as people see them: the levels of ITU-R BT.2408, and zscale's colours where ffmpeg has it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { type HdrTransfer, hdrTransfer } from '../../../offline/media/hdr.ts';
import { readClip } from '../../../offline/media/video.ts';
import { drawn, hasFfmpeg, make } from './video-files.ts';

const filters = Buffer.from((await runFfmpeg(['-v', 'error', '-filters']))?.stdout ?? []).toString();
const hasZscale = / zscale /.test(filters);
const encoders = Buffer.from((await runFfmpeg(['-v', 'error', '-encoders']))?.stdout ?? []).toString();
const hasX265 = / libx265 /.test(encoders);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-hdr-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Transfer = HdrTransfer | 'bt709';
type Colour = readonly [luma: number, cb: number, cr: number];

/** A second of one colour, in 10 bits of limited range. */
function flat([luma, cb, cr]: Colour, transfer: Transfer): string[] {
  const primaries = transfer === 'bt709' ? ['bt709', 'bt709'] : ['bt2020', 'bt2020nc'];
  return [
    ...drawn(`color=black:s=64x48:r=10:d=1,format=yuv420p10le,geq=lum=${luma}:cb=${cb}:cr=${cr}`),
    ...['-color_primaries', primaries[0], '-color_trc', transfer, '-colorspace', primaries[1], '-color_range', 'tv'],
  ];
}

/** Lossless, with its colours said in the container. */
async function flatFile(colour: Colour, transfer: Transfer): Promise<string> {
  const path = join(folder, `${transfer}-${colour.join('-')}.mkv`);
  return make(path, [...flat(colour, transfer), '-c:v', 'ffv1']);
}

async function meanOf(image: Uint8Array): Promise<number[]> {
  return (await sharp(image).stats()).channels.slice(0, 3).map(({ mean }) => mean);
}

async function shownColour(path: string): Promise<number[]> {
  return meanOf((await readClip(path)).frames[0]);
}

test.each([
  ['Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/smpte2084, progressive), 64x48', 'smpte2084'],
  ['Video: hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 3840x2160', 'arib-std-b67'],
  ['Video: vp9 (Profile 2), yuv420p10le(tv, bt2020nc/bt2020/bt709), 64x48', undefined],
  ['Video: h264 (High), yuv420p(progressive), 64x48', undefined],
])('"%s" has the HDR transfer %s', (description, transfer) => {
  expect(hdrTransfer(description)).toBe(transfer);
});

describe.skipIf(!hasFfmpeg)('HDR (skipped where ffmpeg is not installed)', () => {
  // BT.2408, table 1: a grey card is 26 cd/m², 38 % of PQ's and of HLG's range; paper white is 203 cd/m², 58 % and 75 %.
  // With paper at 1: 26/203 is stored by sRGB as 100; the shoulder takes 1 to 0.753, which is stored as 225.
  // 10 bits of limited range: 64 + 876 · share.
  test.each([
    ['black of PQ', 'smpte2084', 64, 0],
    ['the grey card of PQ', 'smpte2084', 397, 100],
    ['the paper white of PQ', 'smpte2084', 572, 225],
    ['the 1000 cd/m² of PQ', 'smpte2084', 723, 255],
    ['the 10,000 cd/m² of PQ', 'smpte2084', 940, 255],
    ['black of HLG', 'arib-std-b67', 64, 0],
    ['the grey card of HLG', 'arib-std-b67', 397, 100],
    ['the paper white of HLG', 'arib-std-b67', 721, 225],
    ['the peak of HLG', 'arib-std-b67', 940, 255],
    ['ten bits without HDR', 'bt709', 502, 127.5],
  ] as const)('%s is shown at its level', async (_what, transfer, luma, level) => {
    for (const channel of await shownColour(await flatFile([luma, 512, 512], transfer)))
      expect(Math.abs(channel - level)).toBeLessThan(2.5);
  });

  test.skipIf(!hasX265)('the transfer is found in HEVC as phones record it (skipped without libx265)', async () => {
    const signal = 'log-level=error:lossless=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:range=limited';
    const path = await make(join(folder, 'phone.mp4'), [
      ...flat([572, 512, 512], 'smpte2084'),
      ...['-c:v', 'libx265', '-x265-params', signal, '-tag:v', 'hvc1'],
    ]);
    for (const channel of await shownColour(path)) expect(Math.abs(channel - 225)).toBeLessThan(2.5);
  });

  test.skipIf(!hasZscale)('colours below the shoulder are those of zscale (skipped without zscale)', async () => {
    const reference = 'zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709:t=iec61966-2-1:m=gbr:r=full,format=gbrp';
    for (const transfer of ['smpte2084', 'arib-std-b67'] as const)
      for (const colour of [
        [397, 480, 560],
        [350, 560, 470],
        [300, 500, 520],
      ] as const) {
        const path = await flatFile(colour, transfer);
        const png = await make(join(folder, 'zscale.png'), ['-i', path, '-vf', reference, '-frames:v', '1']);
        const expected = (await sharp(png).stats()).channels.map(({ mean }) => mean);
        for (const [i, channel] of (await shownColour(path)).entries())
          expect(Math.abs(channel - expected[i])).toBeLessThan(3); // 1 of ours, 2 of JPEG's chroma
      }
  });
});
