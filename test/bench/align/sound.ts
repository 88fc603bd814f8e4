/** Stereo sound in hand, for making posts: decoded by the system's ffmpeg, cut, mixed, and written as what a platform would hand out. */
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { CLEAR, findLag } from '../../../offline/align/sound-lag.ts';
import type { Random } from '../../../offline/lib/random.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { runFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { resample } from '../../../offline/media/resample.ts';
import { writeWav } from '../../../offline/media/wav.ts';

export const RATE = 44_100;

export interface Stereo {
  left: Float32Array;
  right: Float32Array;
}

/** The whole of a file: sample n is at n / RATE of it, whatever its codec puts in front. */
export async function decoded(path: string, filter?: string): Promise<Stereo> {
  const run = await runFfmpeg([
    ...['-v', 'error', '-i', path, ...(filter ? ['-af', filter] : [])],
    ...['-ac', '2', '-ar', String(RATE), '-f', 'f32le', 'pipe:1'],
  ]);
  if (!run?.ok) throw new Error(`bench: ffmpeg could not read ${path}: ${run?.log}`);
  const all = new Float32Array(Uint8Array.from(run.stdout).buffer);
  const left = new Float32Array(all.length / 2);
  const right = new Float32Array(all.length / 2);
  for (let i = 0; i < left.length; i++) [left[i], right[i]] = [all[2 * i], all[2 * i + 1]];
  return { left, right };
}

export const secondsOf = ({ left }: Stereo): number => left.length / RATE;

export function silence(sec: number): Stereo {
  const length = Math.round(sec * RATE);
  return { left: new Float32Array(length), right: new Float32Array(length) };
}

export function cut({ left, right }: Stereo, fromSec: number, lengthSec: number): Stereo {
  const [from, to] = [Math.round(fromSec * RATE), Math.round((fromSec + lengthSec) * RATE)];
  return { left: left.slice(from, to), right: right.slice(from, to) };
}

export function joined(...parts: readonly Stereo[]): Stereo {
  const out = silence(0);
  for (const side of ['left', 'right'] as const) {
    const length = parts.reduce((sum, part) => sum + part[side].length, 0);
    out[side] = new Float32Array(length);
    let at = 0;
    for (const part of parts) {
      out[side].set(part[side], at);
      at += part[side].length;
    }
  }
  return out;
}

/** Adds `other`, in place, from `atSec` on. */
export function mixIn(sound: Stereo, other: Stereo, gain: number, atSec = 0): Stereo {
  const at = Math.round(atSec * RATE);
  for (const side of ['left', 'right'] as const) {
    const length = Math.min(other[side].length, sound[side].length - at);
    for (let i = 0; i < length; i++) sound[side][at + i] += gain * other[side][i];
  }
  return sound;
}

/** Each sample by what the function says of its time; in place. */
export function shaped(sound: Stereo, gainAt: (sec: number) => number): Stereo {
  for (const side of ['left', 'right'] as const)
    for (let i = 0; i < sound[side].length; i++) sound[side][i] *= gainAt(i / RATE);
  return sound;
}

/** Root of the mean square, of both sides. */
export function rms({ left, right }: Stereo): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i] ** 2 + right[i] ** 2;
  return Math.sqrt(sum / Math.max(1, 2 * left.length));
}

/** Both sides the same, their mean: what a phone plays. */
export function mono({ left, right }: Stereo): Stereo {
  const mean = left.map((value, i) => (value + right[i]) / 2);
  return { left: mean, right: mean };
}

/** By how much the sound that the program decodes is later than ffmpeg's of the same file, seconds. */
export async function offsetOfDecoder(path: string): Promise<number> {
  const ours = await readAudio(path, { maxSec: 30 });
  const { left } = mono(cut(await decoded(path), 0, 30));
  const theirs = resample(left, RATE, 16_000);
  const { samples, clarity } = findLag(
    theirs,
    ours.samples,
    2,
    Math.min(ours.samples.length, theirs.length) / 16_000 - 1,
    true,
  );
  if (clarity < CLEAR) throw new Error(`bench: ${path}: ffmpeg and the program decode different sound.`);
  return -samples / 16_000;
}

/**
 * Whether a passage comes again `offSec` later, sample for sample.
 * @returns how much later exactly, 0 where it does not
 */
export function alike(sound: Stereo, startSec: number, offSec: number, lengthSec: number): number {
  const from = Math.round(startSec * RATE);
  const length = Math.round(Math.min(lengthSec, 12) * RATE);
  let [best, at] = [0, 0];
  const reach = Math.round(0.03 * RATE);
  for (let lag = -reach; lag <= reach; lag++) {
    const off = Math.round(offSec * RATE) + lag;
    let [xy, xx, yy] = [0, 0, 0];
    for (let i = 0; i < length; i += 7) {
      const [x, y] = [sound.left[from + i] ?? 0, sound.left[from + off + i] ?? 0];
      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
    const alike = xy / Math.sqrt(xx * yy + 1e-12);
    if (alike > best) [best, at] = [alike, off];
  }
  return best > 0.97 ? at / RATE : 0;
}

export function noise(random: Random, sec: number): Stereo {
  const out = silence(sec);
  for (const side of ['left', 'right'] as const)
    for (let i = 0; i < out[side].length; i++) out[side][i] = random.normal();
  return out;
}

/** A small room: the direct sound, then reflections that fall by 60 dB in `rt60Sec`. As gains for ffmpeg's afir, one channel. */
export function roomResponse(random: Random, rt60Sec: number): Float32Array {
  const out = new Float32Array(Math.round(rt60Sec * RATE));
  out[0] = 1;
  for (let i = Math.round(0.002 * RATE); i < out.length; i++)
    out[i] = 0.06 * random.normal() * 10 ** ((-3 * i) / RATE / rt60Sec);
  return out;
}

/** Direct convolution is dear at these lengths: by ffmpeg. */
export async function convolved(sound: Stereo, response: Float32Array, scratch: string): Promise<Stereo> {
  const [dry, wet] = [`${scratch}.dry.wav`, `${scratch}.ir.wav`];
  await writeSound(sound, dry);
  await writeFile(wet, writeWav(response, RATE));
  const run = await runFfmpeg([
    ...['-v', 'error', '-i', dry, '-i', wet, '-filter_complex', '[0:a][1:a]afir=gtype=none:irgain=1'],
    ...['-ac', '2', '-ar', String(RATE), '-f', 'wav', '-y', `${scratch}.wet.wav`],
  ]);
  if (!run?.ok) throw new Error(`bench: ffmpeg could not convolve: ${run?.log}`);
  const out = await decoded(`${scratch}.wet.wav`);
  for (const path of [dry, wet, `${scratch}.wet.wav`]) await rm(path);
  return cut(out, 0, secondsOf(sound));
}

export async function writeSound({ left, right }: Stereo, path: string): Promise<void> {
  const bytes = Buffer.alloc(44 + left.length * 8);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + left.length * 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(3, 20); // float
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE * 8, 28);
  bytes.writeUInt16LE(8, 32);
  bytes.writeUInt16LE(32, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(left.length * 8, 40);
  for (let i = 0; i < left.length; i++) {
    bytes.writeFloatLE(left[i], 44 + 8 * i);
    bytes.writeFloatLE(right[i], 48 + 8 * i);
  }
  await writeFile(path, bytes);
}

export interface Codec {
  ending: string;
  args: readonly string[];
}

export const CODECS: readonly Codec[] = [
  { ending: '.m4a', args: ['-c:a', 'aac', '-b:a', '48k'] },
  { ending: '.m4a', args: ['-c:a', 'aac', '-b:a', '96k'] },
  { ending: '.mp4', args: ['-c:a', 'aac', '-b:a', '128k'] },
  { ending: '.mp3', args: ['-c:a', 'libmp3lame', '-b:a', '48k'] },
  { ending: '.mp3', args: ['-c:a', 'libmp3lame', '-b:a', '128k'] },
  { ending: '.opus', args: ['-c:a', 'libopus', '-b:a', '48k'] },
  { ending: '.webm', args: ['-c:a', 'libopus', '-b:a', '96k'] },
];

/** @returns the file's path */
export async function encoded(sound: Stereo, codec: Codec, path: string, filter?: string): Promise<string> {
  const [from, to] = [`${path}.wav`, path + codec.ending];
  await writeSound(sound, from);
  const picture = codec.ending === '.mp4' ? ['-f', 'lavfi', '-i', 'color=gray:size=64x64:rate=10'] : [];
  const run = await runFfmpeg([
    ...['-v', 'error', '-i', from, ...picture, ...(filter ? ['-af', filter] : [])],
    ...(picture.length ? ['-map', '0:a', '-map', '1:v', '-c:v', 'libx264', '-shortest'] : []),
    ...codec.args,
    ...['-y', to],
  ]);
  await rm(from);
  if (!run?.ok) throw new Error(`bench: ffmpeg could not write ${to}: ${run?.log}`);
  return to;
}

const WORDS =
  'today we went up to the lake and the light was so good that nobody wanted to leave look at this place honestly I have never seen water like that and then my brother fell in of course so here is how we made the bread first you need flour salt and a little patience do not forget to follow for the second part tomorrow morning at seven'.split(
    ' ',
  );
const VOICES = ['en-us', 'en-gb', 'de', 'fr', 'es', 'en-us+f3', 'en-gb+f2', 'en+m3'];

export const hasVoice = (): boolean => spawnSync('espeak-ng', ['--version']).status === 0;

/** Somebody talks for so long. @throws Error without espeak-ng */
export async function speech(random: Random, sec: number, scratch: string): Promise<Stereo> {
  const words = Array.from({ length: Math.ceil(sec * 4) }, () => random.pick(WORDS)).join(' ');
  const args = [
    '-v',
    random.pick(VOICES),
    '-s',
    String(140 + random.integer(50)),
    '-p',
    String(30 + random.integer(40)),
  ];
  const run = spawnSync('espeak-ng', [...args, '-w', `${scratch}.speech.wav`, words]);
  if (run.status !== 0)
    throw new Error('bench: expected espeak-ng to speak, got nothing. Run `apt-get install espeak-ng`.');
  const out = await decoded(`${scratch}.speech.wav`);
  await rm(`${scratch}.speech.wav`);
  return cut(out, 0, sec);
}
