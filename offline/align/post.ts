/** One post: what it plays of a library, or why nothing is told of it. */

import { stat } from 'node:fs/promises';
import { AudioError, readAudio } from '../media/audio.ts';
import { probe } from '../media/ffmpeg.ts';
import { ratioOf } from './changes.ts';
import type { Stretch } from './explain.ts';
import type { Landmarked } from './landmarks.ts';
import { createMatcher } from './match.ts';
import { createPeakFinder, NARROW, WIDE } from './peaks.ts';
import { joined, type Placed, refine, roomOf } from './refine.ts';
import { RATE } from './warp.ts';

/** What a post plays of one track, in one piece. Seconds. */
export interface Playing {
  /** Of the library. */
  track: number;
  /** Of the track. */
  startSec: number;
  endSec: number;
  clipStartSec: number;
  clipEndSec: number;
  /** Seconds of the track in one of the post. */
  rate: number;
  /** Semitones. */
  pitch: number;
  /** Of the music against all else while it plays. */
  levelDb: number;
  /** 0.5 is just enough to be named. */
  confidence: number;
}

export type Heard = { playing: Playing[] } | { reason: string };

/** So much of a post is looked at, and at least so much. */
export const MOST_POST_SEC = 1200;
const LEAST_POST_SEC = 1;
/** What a decoder leaves of silence. */
const SILENCE = 10 ** (-75 / 20);
/** Where the sound itself does not agree, peaks alone have to say so much more; where they say too little, it has to be so clear. */
const ALONE = 1.5;
const WELL_CLEAR = 9;
/**
 * … and the post must have so many of the track's peaks: music of one style and one set of instruments shares a groove, a fifth of its peaks, and the longer
 * it plays the more that says. Seen: 0.30 and more in a noisy room, 0.70 and more where sound was stretched or shifted.
 */
const ALONE_SHARE = { asIs: 0.25, changed: 0.35 };
/**
 * A piece that is shorter must say so much more: two recordings may have a chord of one synthesiser in common, wave and all, for two or three seconds. Seen:
 * 1.9 where only that is played, 3.0 where the track itself is, for 3 s.
 */
const SHORT = { sec: 4, score: 2.3 };
/** Of stretches that peaks alone would not be believed: under a loud voice the music's are few. */
const MOST_WEAK = 2;

export interface Listener {
  /** @throws the file system's errors that are not this file's fault */
  hear(path: string): Promise<Heard>;
}

/** @param files of the tracks, as they are opened */
export function createListener(library: Landmarked, files: readonly string[]): Listener {
  const matcher = createMatcher(library);
  const tracks = new Map<number, Float32Array>(); // the latest: posts beside each other often have one track

  async function soundOf(track: number, untilSec: number): Promise<Float32Array> {
    const known = tracks.get(track);
    if (known && known.length / RATE >= untilSec - 1) return known;
    const { samples } = await readAudio(files[track], { maxSec: untilSec + MORE_SEC });
    tracks.delete(track);
    tracks.set(track, samples);
    if (tracks.size > MOST_TRACKS) tracks.delete(tracks.keys().next().value!);
    return samples;
  }

  return {
    async hear(path) {
      const post = await readPost(path);
      if ('reason' in post) return post;
      const { samples } = post;
      const durationSec = samples.length / RATE;
      const finder = createPeakFinder([NARROW, WIDE]);
      finder.push(samples);
      const [many, few] = finder.end();
      const stretches = worthHearing(matcher.match(many, few, durationSec), matcher.least);
      const placed: Placed[] = [];
      for (const stretch of stretches) {
        const { line, toSec } = stretch;
        const track = await soundOf(line.track, line.offsetSec + line.rate * toSec);
        placed.push(refine(samples, track, stretch, roomOf(stretch, stretches, durationSec)));
      }
      const sure = placed.filter((one, i) => isSure(one, stretches[i].line.share, matcher.least));
      const playing = joined(sure)
        .filter((one) => isEnough(one, matcher.least))
        .map((one) => told(one, matcher.least));
      return playing.length ? { playing } : { reason: 'not in the library' };
    },
  };
}

function worthHearing(stretches: readonly Stretch[], least: number): Stretch[] {
  const weak = stretches.filter(({ score, line }) => score < least && line.rate === 1 && line.shift === 0);
  const heard = new Set(weak.toSorted((a, b) => b.score - a.score).slice(0, MOST_WEAK));
  return stretches.filter((one) => one.score >= least || heard.has(one));
}

function isSure({ score, clarity, rate, shift }: Placed, share: number, least: number): boolean {
  if (clarity > 0) return score >= least || clarity >= WELL_CLEAR;
  return score >= ALONE * least && share >= (rate === 1 && shift === 0 ? ALONE_SHARE.asIs : ALONE_SHARE.changed);
}

const isEnough = ({ clipFromSec, clipToSec, score }: Placed, least: number): boolean =>
  clipToSec - clipFromSec >= SHORT.sec || score >= SHORT.score * least;

const MOST_TRACKS = 3;
/** Of a track, after what peaks say is played of it. */
const MORE_SEC = 40;

async function readPost(path: string): Promise<{ samples: Float32Array } | { reason: string }> {
  if ((await stat(path)).isDirectory()) return { reason: NO_SOUND };
  try {
    const { samples } = await readAudio(path, { maxSec: MOST_POST_SEC });
    if (samples.length < LEAST_POST_SEC * RATE)
      return {
        reason: `too short: ${(samples.length / RATE).toFixed(2)} s of sound, at least ${LEAST_POST_SEC} s is needed`,
      };
    return samples.some((value) => Math.abs(value) > SILENCE) ? { samples } : { reason: 'silence' };
  } catch (error) {
    if (!(error instanceof AudioError)) throw error;
    const found = await probe(path);
    if (found?.hasVideo && !found.hasAudio) return { reason: NO_SOUND };
    return {
      reason: `could not be read: ${error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message}`,
    };
  }
}

const NO_SOUND = 'no sound';

const told = (
  { track, clipFromSec, clipToSec, startSec, endSec, rate, shift, levelDb, score }: Placed,
  least: number,
): Playing => ({
  track,
  startSec: Math.max(0, startSec),
  endSec,
  clipStartSec: clipFromSec,
  clipEndSec: clipToSec,
  rate,
  pitch: 12 * Math.log2(ratioOf(shift)),
  levelDb,
  confidence: 1 - 0.5 ** (score / least),
});
