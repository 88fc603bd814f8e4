/** Whole runs: folders in, an editing log out. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Alignment, align } from '../../../offline/align/align.ts';
import { formatLog } from '../../../offline/align/log.ts';
import { readEditingLog } from '../../../offline/data/editing-log.ts';
import { removeLeftovers, temporaryName } from '../../../offline/lib/leftovers.ts';
import { resample } from '../../../offline/media/resample.ts';
import { writeWav } from '../../../offline/media/wav.ts';
import { babble, cutFrom, joinedSound, music, RATE } from './music.ts';

const tracks = { 'one.wav': music('one', 30), 'two.wav': music('two', 30), 'three.wav': music('three', 30) };
const quieter = (sound: Float32Array, gain: number) => sound.map((value) => gain * value);
const over = (sound: Float32Array, other: Float32Array) => sound.map((value, i) => value + (other[i] ?? 0));
/** 3 % faster, as a tape is. */
const faster = (sound: Float32Array) => resample(sound, 16_480, 16_000);

const POSTS: Record<string, Float32Array> = {
  'plain.wav': quieter(cutFrom(tracks['one.wav'], 7.25, 8), 0.5),
  'late.wav': joinedSound(babble('before', 3, 0.1), cutFrom(tracks['two.wav'], 4, 7)),
  'spoken.wav': over(quieter(cutFrom(tracks['three.wav'], 11, 12), 0.4), babble('over', 12, 0.1)),
  'tape.wav': faster(cutFrom(tracks['two.wav'], 10, 12)),
  'two.wav': joinedSound(cutFrom(tracks['one.wav'], 20, 5), cutFrom(tracks['three.wav'], 2, 6)),
  'foreign.wav': music('nobody', 10),
  'silent.wav': new Float32Array(5 * RATE),
  'short.wav': cutFrom(tracks['one.wav'], 3, 0.4),
};

const folder = temporaryName(join(process.env.TMPDIR ?? '/tmp', 'cuepoint-align'), 'partial');
const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });
const run = (more: Partial<Parameters<typeof align>[0]> = {}) =>
  align({
    posts: join(folder, 'posts'),
    music: join(folder, 'music'),
    cache: join(folder, 'cache'),
    workers: 1,
    start: silent,
    ...more,
  });
let alignment: Alignment;

beforeAll(async () => {
  await mkdir(join(folder, 'music'), { recursive: true });
  await mkdir(join(folder, 'posts'));
  for (const [name, sound] of Object.entries(tracks))
    await writeFile(join(folder, 'music', name), writeWav(sound, RATE));
  for (const [name, sound] of Object.entries(POSTS))
    await writeFile(join(folder, 'posts', name), writeWav(sound, RATE));
  await writeFile(join(folder, 'posts', 'broken.mp3'), 'no sound at all');
  alignment = await run();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await removeLeftovers(join(folder, '..'));
});

/** Of one post, times to the millisecond. */
function rowsOf(file: string) {
  const { heard } = alignment.posts.find((post) => post.file === file)!;
  if ('reason' in heard) return heard.reason;
  return heard.playing.map((one) => ({ ...one, track: alignment.tracks[one.track] }));
}

test('an excerpt is placed to the millisecond, over all of its post', () => {
  const [one, ...others] = rowsOf('plain.wav') as never[];
  expect(others).toEqual([]);
  expect(one).toMatchObject({ track: 'one.wav', rate: 1, pitch: 0, clipStartSec: 0, clipEndSec: 8 });
  expect((one as { startSec: number }).startSec).toBeCloseTo(7.25, 3);
  expect((one as { endSec: number }).endSec).toBeCloseTo(15.25, 3);
});

test('music that begins after speech has the second at which it begins', () => {
  const [one, ...others] = rowsOf('late.wav') as { track: string; startSec: number; clipStartSec: number }[];
  expect(others).toEqual([]);
  expect(one.track).toBe('two.wav');
  expect(Math.abs(one.clipStartSec - 3)).toBeLessThan(0.05);
  expect(one.startSec - one.clipStartSec).toBeCloseTo(1, 3);
});

test('music under a voice is found, and told to be quieter', () => {
  const [one, ...others] = rowsOf('spoken.wav') as { track: string; startSec: number; levelDb: number }[];
  expect(others).toEqual([]);
  expect(one.track).toBe('three.wav');
  expect(one.startSec).toBeCloseTo(11, 2);
  expect(one.levelDb).toBeLessThan(3);
});

test('a tape that runs faster has its rate and its pitch', () => {
  const [one, ...others] = rowsOf('tape.wav') as { track: string; startSec: number; rate: number; pitch: number }[];
  expect(others).toEqual([]);
  expect(one.track).toBe('two.wav');
  expect(one.rate).toBeCloseTo(1.03, 4);
  expect(one.pitch).toBeCloseTo(0.512, 2);
  expect(one.startSec).toBeCloseTo(10, 2);
});

test('two tracks in a post are two rows', () => {
  const rows = rowsOf('two.wav') as { track: string; startSec: number; clipStartSec: number; clipEndSec: number }[];
  expect(rows.map(({ track }) => track)).toEqual(['one.wav', 'three.wav']);
  expect(Math.abs(rows[0].clipEndSec - 5)).toBeLessThan(0.05);
  expect(rows[1].startSec - rows[1].clipStartSec).toBeCloseTo(-3, 2);
});

test('where nothing is found there is a reason, never a guess', () => {
  expect(rowsOf('foreign.wav')).toBe('not in the library');
  expect(rowsOf('silent.wav')).toBe('silence');
  expect(rowsOf('short.wav')).toMatch(/^too short: 0.40 s of sound/);
  expect(rowsOf('broken.mp3')).toMatch(/^could not be read: /);
});

test('the log is an editing log', async () => {
  const path = join(folder, 'log.csv');
  await writeFile(path, formatLog(alignment));
  const { uses, faults } = await readEditingLog(path);
  expect(uses).toHaveLength(6);
  expect(uses.find(({ clip }) => clip === 'plain.wav')).toMatchObject({
    track: 'one.wav',
    startSec: 7.25,
    endSec: 15.25,
  });
  expect(faults.map(({ reason }) => reason).sort()).toEqual([
    expect.stringMatching(/^no track: could not be read: /),
    'no track: not in the library',
    'no track: silence',
    expect.stringMatching(/^no track: too short: /),
  ]);
});

test('a run that was killed goes on where it was, and ends with the same log', async () => {
  const log = formatLog(alignment);
  const kept = (await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('heard-'));
  const answers = (await readdir(join(folder, 'cache', kept[0]))).sort();
  for (const name of answers.slice(0, 4)) await rm(join(folder, 'cache', kept[0], name)); // as if they had not been heard
  await writeFile(join(folder, 'cache', kept[0], answers[5]), '{"playing":[{"tra'); // half written by another program
  const counts = { ticks: 0, skips: 0 };
  const count = (label: string) => ({
    tick: () => {
      if (label === 'hear posts') counts.ticks++;
    },
    skip: (n: number) => {
      if (label === 'find peaks') counts.skips += n;
    },
    done: () => {},
  });
  expect(formatLog(await run({ start: count }))).toBe(log);
  expect(counts).toEqual({ ticks: 5, skips: 3 });
});
