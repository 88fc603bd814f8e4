/** Small video files for tests, made by ffmpeg from drawn pictures, and changed by hand where ffmpeg's versions differ. */
import { readFile, writeFile } from 'node:fs/promises';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';

export const hasFfmpeg = (await runFfmpeg(['-version'])) !== undefined;

if (!hasFfmpeg && process.env.CI)
  throw new Error('ffmpeg: expected one on the PATH in CI, got none. Install it; the tests of video need it.');

/** @throws Error with ffmpeg's words when it fails */
export async function make(path: string, args: readonly string[]): Promise<string> {
  const result = await runFfmpeg(['-v', 'error', '-y', ...args, `file:${path}`]);
  if (!result?.ok) throw new Error(`${path}: expected ffmpeg to make it, got ${result?.log}`);
  return path;
}

/**
 * Several at once, each of one drawn source: starting ffmpeg takes longer than making a small file.
 * @param files by path what `make` would take: `drawn(…)`, then options of the output
 * @throws Error with ffmpeg's words when it fails
 */
export async function makeAll(files: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
  const sources = [...files.values()].flatMap((args) => args.slice(0, DRAWN_LENGTH));
  const outputs = [...files].flatMap(([path, args], i) => [
    ...['-map', String(i), ...args.slice(DRAWN_LENGTH)],
    `file:${path}`,
  ]);
  const result = await runFfmpeg(['-v', 'error', '-y', ...sources, ...outputs]);
  const paths = [...files.keys()];
  if (!result?.ok) throw new Error(`${paths.join(', ')}: expected ffmpeg to make them, got ${result?.log}`);
  return paths;
}

/** A source of ffmpeg's `lavfi`. */
export const drawn = (source: string): string[] => ['-f', 'lavfi', '-i', source];
const DRAWN_LENGTH = drawn('').length;

/** H.264 without chroma subsampling takes odd sizes; this quantiser loses next to nothing. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '4', '-pix_fmt', 'yuv444p'];
/** What every browser plays; even sizes only. */
export const H264_420 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '4', '-pix_fmt', 'yuv420p'];
export const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '4', '-b:v', '0'];
export const VP8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '4', '-b:v', '2M'];

/** Left half red, right half blue. */
export const redBlue = (width: number, height: number, sec = 1): string =>
  `color=red:s=${width}x${height}:r=10:d=${sec},format=rgb24,drawbox=x=iw/2:w=iw:h=ih:color=blue:t=fill`;

/** Frame n (from 0) has luma 40 + step · n, of 16 to 235, and is shown at `times[n]` seconds. */
export function greyAt(times: readonly number[], step = 30): string {
  const at = times.map((sec, n) => `eq(N,${n})*${sec}`).join('+');
  return `color=black:s=64x48:r=10:d=${times.length / 10},geq=lum='40+${step}*N':cb=128:cr=128,setpts='(${at})/TB'`;
}
/** Keeps those times as they are. */
export const VARIABLE = ['-fps_mode', 'passthrough', '-enc_time_base', '1/1000'];

/** The luma, of limited range, that a grey level of 0 to 255 was. */
export const lumaOfGrey = (level: number): number => (level * 219) / 255 + 16;

/** Clockwise turns for display, as a phone held upright writes them: the matrix of the track header, ISO/IEC 14496-12 §8.3.2. */
const MATRICES = {
  90: [0, 1, -1, 0],
  180: [-1, 0, 0, -1],
  270: [0, -1, 1, 0],
} as const;

/** Write the display matrix into an MP4's one track. ffmpeg has other options for it in each of its versions. */
export async function turn(path: string, degrees: keyof typeof MATRICES): Promise<string> {
  const file = await readFile(path);
  const matrix = file.indexOf('tkhd', 0, 'latin1') + 4 + 40; // version 0: times, id, duration, layer, volume before it
  const [a, b, c, d] = MATRICES[degrees];
  for (const [i, value] of [a, b, 0, c, d, 0, 0, 0].entries()) {
    const isPerspective = i % 3 === 2;
    if (!isPerspective) file.writeInt32BE(value * 0x10000, matrix + 4 * i);
  }
  await writeFile(path, file);
  return path;
}
