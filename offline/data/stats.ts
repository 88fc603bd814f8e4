/**
 * How large a split is and how long its clips and tracks are: the rows of the paper's Table 2.
 * Deviations are those of the rows themselves (divided by n). Clips and moments count once a row, tracks once an id.
 */
import type { Annotation } from './annotations.ts';

export interface Spread {
  mean: number;
  deviation: number;
  least: number;
  most: number;
}

export interface SplitStats {
  name: string;
  rows: number;
  clips: number;
  tracks: number;
  /** Seconds; undefined without rows. */
  clipSec?: Spread;
  trackSec?: Spread;
  momentSec?: Spread;
}

export function statsOf(name: string, rows: readonly Annotation[]): SplitStats {
  const lengths = new Map(rows.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  return {
    name,
    rows: rows.length,
    clips: new Set(rows.map(({ videoId }) => videoId)).size,
    tracks: lengths.size,
    clipSec: spreadOf(rows.map(({ videoSec }) => videoSec)),
    trackSec: spreadOf([...lengths.values()]),
    momentSec: spreadOf(rows.map(({ musicStartSec, musicEndSec }) => musicEndSec - musicStartSec)),
  };
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (!values.length) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const [least, most] = values.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [values[0], values[0]],
  );
  return { mean, deviation: Math.sqrt(variance), least, most };
}

/** Of the tracks of some rows, how many have no training row: those that a network has to ground without having seen them. */
export function newTracks(rows: readonly { musicId: string }[], train: readonly { musicId: string }[]): string {
  const [tracks, trained] = [rows, train].map((some) => new Set(some.map(({ musicId }) => musicId)));
  const fresh = [...tracks].filter((track) => !trained.has(track));
  return `${fresh.length} of ${tracks.size} tracks have no training row`;
}

const HEADING = ['split', 'rows', 'clips', 'tracks', 'clip, s', 'track, s', 'moment, s'];

/** The lines of the table, columns aligned. */
export function statsTable(all: readonly SplitStats[]): string[] {
  const told = (spread?: Spread) => (spread ? `${spread.mean.toFixed(3)} ± ${spread.deviation.toFixed(3)}` : '–');
  const cells = all.map(({ name, rows, clips, tracks, clipSec, trackSec, momentSec }) => [
    name,
    ...[rows, clips, tracks].map(String),
    ...[clipSec, trackSec, momentSec].map(told),
  ]);
  const widths = HEADING.map((word, i) => Math.max(word.length, ...cells.map((row) => row[i].length)));
  return [HEADING, ...cells].map((row) =>
    row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  '),
  );
}
