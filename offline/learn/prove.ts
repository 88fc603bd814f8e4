/** The numbers that a person decides by, of the newest posts: what comes out beside what needs no model, and beside what it was begun from. */
import type { Annotation } from '../data/annotations.ts';
import { clipOfId } from '../data/clip-part.ts';
import type { PieceAnswer } from './ask.ts';
import type { Gathered } from './gather.ts';
import {
  anyTrack,
  popularity,
  ranked,
  type StartMeasures,
  startMeasures,
  type TrackMeasures,
  usualStarts,
} from './measures.ts';

/** A line of the table; what a system does not say is left out. */
export interface SystemMeasures {
  name: 'learned' | 'before' | 'popular' | 'usual' | 'any';
  track?: TrackMeasures;
  start?: StartMeasures;
}

export interface Proof {
  posts: number;
  pieces: number;
  /** Tracks to find. */
  tracks: number;
  systems: SystemMeasures[];
  /** Pieces whose track has a use in earlier posts. */
  withCue: number;
  /** Pieces of tracks whose beats are known. */
  withBeats: number;
  worst: WorstCase[];
}

export interface WorstCase {
  answer: PieceAnswer;
  /** Files, relative to their folders. */
  post: string;
  track: string;
  first: string;
  /** Seconds of the post. */
  clip: { fromSec: number; toSec: number };
}

const WORST = 10;

/**
 * @param learned answers of what comes out @param before of what it was begun from, without cues
 * @param known the uses that what comes out has as cues
 */
export function prove(
  { learned, before }: { learned: readonly PieceAnswer[]; before: readonly PieceAnswer[] },
  rows: readonly Annotation[],
  known: readonly Annotation[],
  gathered: Pick<Gathered, 'lengths' | 'beats' | 'fileOf'>,
): Proof {
  const ids = [...gathered.lengths.keys()];
  const usual = usualStarts(learned, rows, known, gathered);
  return {
    posts: new Set(rows.map(({ videoId }) => clipOfId(videoId))).size,
    pieces: learned.length,
    tracks: ids.length,
    systems: [
      { name: 'learned', track: ranked(learned), start: startMeasures(learned) },
      { name: 'before', track: ranked(before), start: startMeasures(before) },
      { name: 'popular', track: popularity(learned, known, ids) },
      { name: 'usual', start: startMeasures(usual.starts) },
      { name: 'any', track: anyTrack(learned, ids.length) },
    ],
    withCue: usual.withCue,
    withBeats: learned.filter(({ beatSec }) => beatSec !== undefined).length,
    worst: worstOf(learned, rows, gathered.fileOf),
  };
}

/** The farthest down the list first; of tracks that rank alike the one whose start is farthest off. */
function worstOf(
  learned: readonly PieceAnswer[],
  rows: readonly Annotation[],
  fileOf: ReadonlyMap<string, string>,
): WorstCase[] {
  const off = ({ found, truth }: PieceAnswer) => Math.abs(found.startSec - truth.startSec);
  const rowOf = new Map(rows.map((row) => [row.videoId, row]));
  return learned
    .toSorted((a, b) => b.rank - a.rank || off(b) - off(a) || (a.videoId < b.videoId ? -1 : 1))
    .slice(0, WORST)
    .map((answer) => {
      const fromSec = Number(/@(\d+)-\d+$/.exec(answer.videoId)?.[1] ?? 0) / 1000;
      return {
        answer,
        post: fileOf.get(clipOfId(answer.videoId))!,
        track: fileOf.get(answer.musicId)!,
        first: fileOf.get(answer.first.musicId)!,
        clip: { fromSec, toSec: fromSec + rowOf.get(answer.videoId)!.videoSec },
      };
    });
}
