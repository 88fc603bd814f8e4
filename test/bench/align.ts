/**
 * How well posts are aligned to the music they have, by what was done to it: on real tracks and composed ones, encoded, spoken over, faded, filtered,
 * recorded in a room, sped up, shifted, looped and cut. A third of the posts has music that is in no library.
 *
 * It needs ffmpeg and espeak-ng, and the real music of ../shared (or the folder named by CUEPOINT_SHARED); without that, composed tracks
 * alone. `posts=N` of each class (12), `class=WORDS` for some classes, `alarms=N` for so many posts of foreign music and nothing else, `size` for speed and memory
 * with 2,000 tracks.
 */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Alignment, align } from '../../offline/align/align.ts';
import type { Playing } from '../../offline/align/post.ts';
import { withTempDir } from '../../offline/lib/temp-dir.ts';
import { writeWav } from '../../offline/media/wav.ts';
import { COMPOSE_RATE, composeTrack } from '../../offline/worlds/composed/compose.ts';
import { createWorld } from '../../offline/worlds/composed/world.ts';
import { sharedMedia, sharedMissing } from '../unit/media/shared.ts';
import { foreignPosts, reportAlarms } from './align/alarms.ts';
import { benchSize } from './align/library-size.ts';
import { CLASSES, makePosts, type Played, type Post, type Source } from './align/posts.ts';
import { alike, decoded, offsetOfDecoder } from './align/sound.ts';

const COMPOSED = { known: 8, foreign: 4 };
/** Real tracks that are in no library. */
const FOREIGN = 7;

const silent = () => ({ tick: () => {}, skip: () => {}, done: () => {} });

export async function benchAlign(): Promise<void> {
  const given = new Map(process.argv.slice(3).map((word) => word.split('=') as [string, string | undefined]));
  if (given.has('size')) return benchSize();
  const count = Number(given.get('posts') ?? 12);
  const wanted = Object.keys(CLASSES).filter((name) => name.includes(given.get('class') ?? ''));
  await withTempDir(async (folder) => {
    const [music, posts] = [join(folder, 'music'), join(folder, 'posts')];
    await mkdir(music);
    await mkdir(posts);
    const { known, foreign } = await sources(folder, music);
    const alarms = Number(given.get('alarms') ?? 0);
    if (alarms) {
      await foreignPosts(posts, foreign, alarms);
      return reportAlarms(await align({ posts, music, cache: join(folder, 'cache'), workers: 2, start: silent }));
    }
    console.log(
      `library of ${known.length} tracks, ${foreign.length} beside it; ${count} posts of each of ${wanted.length} classes`,
    );
    const made = await makePosts({ folder: posts, seed: 'bench', count, known, foreign, classes: wanted });
    const before = process.cpuUsage();
    const alignment = await align({ posts, music, cache: join(folder, 'cache'), workers: 2, start: silent });
    const { user, system } = process.cpuUsage(before);
    console.log(`aligned in ${((user + system) / 1e6).toFixed(0)} s of CPU\n`);
    report(made, alignment, new Map(known.map((source) => [source.track!, source])), given.has('tell'));
  }, tmpdir());
}

async function sources(folder: string, music: string): Promise<{ known: Source[]; foreign: Source[] }> {
  const [known, foreign]: [Source[], Source[]] = [[], []];
  if (!sharedMissing) {
    const names = (await readdir(sharedMedia('music'))).filter((name) => /\.(ogg|mp3|opus)$/.test(name)).sort();
    for (const [i, name] of names.entries()) {
      const path = sharedMedia('music', name);
      const isForeign = i % 3 === 2 && foreign.length < FOREIGN;
      if (!isForeign) await symlink(path, join(music, name));
      const lateSec = isForeign ? 0 : await offsetOfDecoder(path);
      (isForeign ? foreign : known).push({ track: isForeign ? undefined : name, sound: await decoded(path), lateSec });
    }
  }
  const world = createWorld('align', { tracks: COMPOSED.known + COMPOSED.foreign, train: 0, val: 0, test: 0 });
  for (const [i, track] of world.tracks.entries()) {
    const isKnown = i < COMPOSED.known;
    const path = join(isKnown ? music : folder, `${track.title}.wav`);
    await writeFile(path, writeWav(composeTrack(track), COMPOSE_RATE));
    (isKnown ? known : foreign).push({
      track: isKnown ? `${track.title}.wav` : undefined,
      sound: await decoded(path),
      lateSec: 0,
    });
    if (!isKnown) await rm(path);
  }
  return { known, foreign };
}

interface Tally {
  posts: number;
  wanted: number;
  found: number;
  rows: number;
  right: number;
  foreign: number;
  alarms: number;
  startMs: number[];
  clipMs: number[];
  levelDb: number[];
}

const empty = (): Tally => ({
  ...{ posts: 0, wanted: 0, found: 0, rows: 0, right: 0, foreign: 0, alarms: 0 },
  ...{ startMs: [], clipMs: [], levelDb: [] },
});

function report(
  posts: readonly Post[],
  { posts: aligned, tracks }: Alignment,
  known: ReadonlyMap<string, Source>,
  tell: boolean,
): void {
  const answers = new Map(aligned.map(({ file, heard }) => [file, heard]));
  const tallies = new Map<string, Tally>();
  for (const { class: name, file, played } of posts) {
    const tally = tallies.get(name) ?? empty();
    tallies.set(name, tally);
    tally.posts++;
    const heard = answers.get(file)!;
    const rows = 'playing' in heard ? heard.playing : [];
    const truth = played.filter(({ track }) => track !== undefined);
    tally.wanted += truth.length;
    tally.rows += rows.length;
    if (!truth.length) {
      tally.foreign++;
      if (rows.length) tally.alarms++;
    }
    const used = new Set<Played>();
    for (const row of rows) {
      const one = truth.find((other) => !used.has(other) && isRight(row, other, tracks, known));
      if (!one) continue;
      used.add(one);
      tally.right++;
      tally.found++;
      tally.startMs.push(
        1000 *
          Math.abs(
            placeOf(row, one.clipStartSec) -
              placeOf(row, row.clipStartSec) +
              row.startSec -
              expected(row, one, tracks, known),
          ),
      );
      tally.clipMs.push(1000 * Math.abs(row.clipStartSec - one.clipStartSec));
      if (one.levelDb !== undefined) tally.levelDb.push(Math.abs(row.levelDb - one.levelDb));
    }
    const isWhole = used.size === truth.length && used.size === rows.length;
    if (tell && !isWhole)
      console.log(
        file,
        JSON.stringify(truth),
        JSON.stringify(rows.map((row) => ({ ...row, track: tracks[row.track] }))),
      );
  }
  const all = empty();
  console.log(line('', ['posts', 'precision', 'recall', 'alarms', 'start 50', '95 %', 'clip 50', '95 %', 'level'], ''));
  for (const [name, tally] of tallies) {
    console.log(row(name, tally));
    for (const key of ['posts', 'wanted', 'found', 'rows', 'right', 'foreign', 'alarms'] as const)
      all[key] += tally[key];
    for (const key of ['startMs', 'clipMs', 'levelDb'] as const) all[key].push(...tally[key]);
  }
  console.log(row('all', all));
  console.log('\nstart, clip: milliseconds; level: median difference in dB; alarms: posts of foreign music with a row');
}

/** The track's second at a second of the clip, as the row has it. */
const placeOf = (row: Playing, clipSec: number): number => row.startSec + row.rate * (clipSec - row.clipStartSec);

/** Where the row should start: where the truth does, or where the track sounds the same again. */
function expected(row: Playing, one: Played, tracks: readonly string[], known: ReadonlyMap<string, Source>): number {
  const at = one.startSec + (known.get(tracks[row.track])?.lateSec ?? 0);
  const off = placeOf(row, one.clipStartSec) - at;
  return Math.abs(off) < RIGHT_SEC ? at : at + repeatNear(off, one, known.get(tracks[row.track])!);
}

const RIGHT_SEC = 0.3;

/** Right is the track, at the right place in it for at least half of the time. */
function isRight(row: Playing, one: Played, tracks: readonly string[], known: ReadonlyMap<string, Source>): boolean {
  if (tracks[row.track] !== one.track) return false;
  const both = Math.min(row.clipEndSec, one.clipEndSec) - Math.max(row.clipStartSec, one.clipStartSec);
  if (both < 0.5 * (one.clipEndSec - one.clipStartSec)) return false;
  const source = known.get(one.track!)!;
  const off = placeOf(row, one.clipStartSec) - one.startSec - (source.lateSec ?? 0);
  return Math.abs(off) < RIGHT_SEC || repeatNear(off, one, source) !== 0;
}

/** Where a track repeats a passage sample for sample, both places are right. @returns how far off the repeat is, 0 where there is none */
const repeatNear = (offSec: number, one: Played, source: Source): number =>
  alike(source.sound, one.startSec, offSec, (one.clipEndSec - one.clipStartSec) * one.rate);

const percentile = (values: readonly number[], share: number): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1) : '–';
};

const line = (name: string, cells: readonly string[], end: string): string =>
  `${name.padEnd(20)}${cells.map((cell) => cell.padStart(11)).join('')}${end}`;

function row(name: string, tally: Tally): string {
  const ratio = (of: number, all: number) => (all ? (of / all).toFixed(3) : '–');
  return line(
    name,
    [
      String(tally.posts),
      ratio(tally.right, tally.rows),
      ratio(tally.found, tally.wanted),
      `${tally.alarms}/${tally.foreign}`,
      percentile(tally.startMs, 0.5),
      percentile(tally.startMs, 0.95),
      percentile(tally.clipMs, 0.5),
      percentile(tally.clipMs, 0.95),
      percentile(tally.levelDb, 0.5),
    ],
    '',
  );
}
