/**
 * What a large library costs: memory, and the time of a post, at 500, 1,000 and 2,000 tracks of 140 s, with what that gives at 10,000.
 *
 * Sound for so many would take hours. Their peaks are made of real and composed tracks' own: cut into pieces of some seconds, put in another order,
 * transposed and stretched; so pairs are as uneven as in music. Posts are real tracks' excerpts, hit and miss.
 */

import { landmark } from '../../../offline/align/landmarks.ts';
import { createMatcher } from '../../../offline/align/match.ts';
import { pack } from '../../../offline/align/packed-peaks.ts';
import { createPeakFinder, NARROW, type Peaks, WIDE } from '../../../offline/align/peaks.ts';
import { findMusic } from '../../../offline/encode/library.ts';
import { createRandom, type Random } from '../../../offline/lib/random.ts';
import { readAudio } from '../../../offline/media/audio.ts';
import { sharedMedia, sharedMissing } from '../../unit/media/shared.ts';

const SIZES = [500, 1000, 2000];
/** Real tracks, whose posts are asked about. */
const REAL = 14;
const TRACK_SEC = 140;
const POST_SEC = 30;

export async function benchSize(): Promise<void> {
  if (sharedMissing) throw new Error('bench: expected ../shared/media, got nothing there. Set CUEPOINT_SHARED.');
  const random = createRandom('library size');
  const { files } = await findMusic(sharedMedia('music'));
  const real: { peaks: Peaks; many: Peaks; few: Peaks }[] = [];
  let [sound, cpu, peakCpu] = [0, 0, 0];
  for (const { path } of files.filter(({ file }) => /\.(ogg|mp3|opus)$/.test(file)).slice(0, REAL)) {
    const before = process.cpuUsage();
    const { samples } = await readAudio(path, { maxSec: 600 });
    const between = process.cpuUsage();
    const finder = createPeakFinder([WIDE]);
    finder.push(samples);
    const [peaks] = finder.end();
    const after = process.cpuUsage();
    sound += samples.length / 16_000;
    cpu += (after.user + after.system - before.user - before.system) / 1e6;
    peakCpu += (after.user + after.system - between.user - between.system) / 1e6;
    const post = createPeakFinder([NARROW, WIDE]);
    post.push(samples.subarray(16_000 * 10, 16_000 * (10 + POST_SEC)));
    const [many, few] = post.end();
    real.push({ peaks, many, few });
  }
  console.log(
    `finding peaks: ${(sound / cpu).toFixed(0)} × real time a core with decoding, ${(sound / peakCpu).toFixed(0)} × without`,
  );
  const each = real.reduce((sum, { peaks }) => sum + peaks.sec.length, 0) / sound;
  console.log(
    `${each.toFixed(1)} peaks a second, ${((each * TRACK_SEC * 4) / 1024).toFixed(1)} KB kept for ${TRACK_SEC} s\n`,
  );
  console.log('tracks   table, s   memory, MB   a known post, s   a foreign one, s');
  const rows: { size: number; bytes: number; known: number; foreign: number }[] = [];
  for (const size of SIZES) {
    // Half of the real tracks are in the library, the other half's posts are foreign.
    const tracks = real.filter((_, i) => i % 2 === 0).map(({ peaks }) => pack(peaks));
    const from = real.filter((_, i) => i % 2 === 0).map(({ peaks }) => peaks); // what is foreign stays foreign
    while (tracks.length < size) tracks.push(pack(made(random.fork(String(tracks.length)), from)));
    const started = process.cpuUsage();
    const library = landmark(tracks);
    const built = process.cpuUsage(started);
    const matcher = createMatcher(library);
    const bytes =
      Object.values(library).reduce((sum, { byteLength }) => sum + byteLength, 0) + (library.starts.at(-1)! >> 4) * 2;
    const times: { known: number[]; foreign: number[] } = { known: [], foreign: [] };
    for (const [i, { many, few }] of real.entries()) {
      const before = process.cpuUsage();
      const found = matcher.match(many, few, POST_SEC).filter(({ score }) => score >= matcher.least);
      const { user, system } = process.cpuUsage(before);
      (i % 2 === 0 ? times.known : times.foreign).push((user + system) / 1e6);
      const isFound = found.some(({ line }) => line.track === i / 2);
      if (i % 2 === 0 && !isFound) console.log(`  ${files[i].file}: not found among ${size}`);
      if (i % 2 === 1 && found.length)
        console.log(`  ${files[i].file}: ${found.length} found among ${size} that are not there`);
    }
    const [known, foreign] = [median(times.known), median(times.foreign)];
    rows.push({ size, bytes, known, foreign });
    console.log(
      `${String(size).padStart(6)}${((built.user + built.system) / 1e6).toFixed(1).padStart(11)}${(bytes / 2 ** 20).toFixed(0).padStart(13)}${known.toFixed(2).padStart(18)}${foreign.toFixed(2).padStart(19)}`,
    );
  }
  const at = (of: (row: (typeof rows)[number]) => number) =>
    straight(
      rows.map((row) => [row.size, of(row)]),
      10_000,
    );
  console.log(
    `10,000 (straight on)${(at(({ bytes }) => bytes) / 2 ** 20).toFixed(0).padStart(10)}${at(({ known }) => known)
      .toFixed(2)
      .padStart(18)}${at(({ foreign }) => foreign)
      .toFixed(2)
      .padStart(19)}`,
  );
}

/** Pieces of tracks in another order, transposed and stretched. */
function made(random: Random, from: readonly Peaks[]): Peaks {
  const [sec, row]: [number[], number[]] = [[], []];
  for (let at = 0; at < TRACK_SEC; ) {
    const { sec: secs, row: rows } = random.pick(from);
    const length = random.uniform(3, 9);
    const start = random.uniform(0, Math.max(0, secs[secs.length - 1] - length));
    // By two semitones and more: nearer, a piece would be found, and rightly.
    const [shift, stretch] = [random.pick([-1, 1]) * random.uniform(6, 18), random.uniform(0.8, 1.25)];
    for (let i = 0; i < secs.length; i++) {
      const value = rows[i] + shift;
      if (secs[i] < start || secs[i] >= start + length || value < 0 || value >= 198) continue;
      sec.push(at + (secs[i] - start) * stretch);
      row.push(value);
    }
    at += length * stretch;
  }
  return { sec: Float64Array.from(sec), row: Float64Array.from(row) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Least squares through the points. */
function straight(points: readonly (readonly [number, number])[], x: number): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(([at]) => at), mean(([, value]) => value)];
  const slope = mean(([at, value]) => (at - mx) * (value - my)) / mean(([at]) => (at - mx) ** 2);
  return my + slope * (x - mx);
}
