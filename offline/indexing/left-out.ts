/**
 * What of a library is no music to put under a clip: a door that slams, a second of silence. A network that only knows what it has
 * seen finds some clip for each, so an index has a least length and a least loudness, and its report says what they left out.
 */
import { MAX_TRACK_MS } from '../../index/format/catalogue.ts';
import { growing } from '../../index/growing.ts';
import { type EncodedTrack, type TrackList, tracksAt } from '../encode/library.ts';

export interface Least {
  /** Seconds. */
  sec: number;
  /** Integrated LUFS; null keeps silence too. */
  lufs: number | null;
}

/**
 * Two seconds: below are effects, and music begins at jingles. 50 LUFS below full scale is 27 dB under the quietest broadcast (EBU R 128
 * asks for −23), and gain enough to hear it brings up the noise.
 */
export const LEAST: Least = { sec: 2, lufs: -50 };

export interface LeftOut {
  least: Least;
  tracks: { file: string; reason: string }[];
}

/** The tracks that stay, in order, and the others. */
export function sortOut(all: TrackList, least: Least): { tracks: TrackList; leftOut: LeftOut } {
  const places = growing((length) => new Uint32Array(length));
  const leftOut: LeftOut = { least, tracks: [] };
  let place = 0;
  for (const track of all) {
    const reason = whyNot(track, least);
    if (reason === undefined) places.push(place);
    else leftOut.tracks.push({ file: track.file, reason });
    place++;
  }
  return { tracks: tracksAt(all, places.view()), leftOut };
}

/** @throws Error where nothing is left to index */
export function refuseNone(folder: string, { least, tracks: [first] }: LeftOut): never {
  throw new Error(
    `${folder}: expected ${ruleOf(least)}, got none. The first: ${first.file}: ${first.reason}. ${HOW_TO_KEEP}`,
  );
}

/** A block of ITU-R BS.1770: what is shorter has no loudness. */
const BLOCK_SEC = 0.4;

function whyNot({ durationSec, music }: EncodedTrack, least: Least): string | undefined {
  const ms = Math.round(durationSec * 1000);
  if (ms < 1) return 'it lasts less than a millisecond';
  if (ms > MAX_TRACK_MS)
    return `it lasts ${Math.round(durationSec / 3600)} hours, and a track at most ${MAX_TRACK_MS / 3_600_000}`;
  if (durationSec < least.sec) return `it lasts ${Number(durationSec.toFixed(2))} s`;
  const loudness = music.loudnessLufs ?? (durationSec < BLOCK_SEC ? music.peakDb : null);
  if (least.lufs === null || (loudness !== null && loudness >= least.lufs)) return undefined;
  return loudness === null ? 'it is silent' : `its loudness is ${loudness.toFixed(1)} LUFS`;
}

const ruleOf = ({ sec, lufs }: Least): string =>
  `tracks of at least ${sec} s and ${lufs === null ? 'any loudness' : `${lufs} LUFS`}`;

const HOW_TO_KEEP = '--least-sec 0 and --least-lufs off keep them.';

/** Named in a report; a library of effects would fill it. */
const LISTED = 20;

/** For people: the rule, and what it left out. */
export function leftOutLines({ least, tracks }: LeftOut): string[] {
  const rule = ruleOf(least);
  if (tracks.length === 0) return [`indexed: ${rule}; none was left out`];
  const more = tracks.length > LISTED ? [`left out: … and ${tracks.length - LISTED} more like these`] : [];
  return [
    `indexed: ${rule}; ${tracks.length} left out. ${HOW_TO_KEEP}`,
    ...tracks.slice(0, LISTED).map(({ file, reason }) => `left out: ${file}: ${reason}`),
    ...more,
  ];
}
