/**
 * The data set in pictures, after the paper's Fig. 2a (lengths), 2b (how often a track is used) and 2e (where moments lie).
 *
 * The paper's own drawings are not at hand: what is drawn is our reading of what they are about. In 2e the middles of the true moments stand
 * beside those of each track's highlight (analysis/highlight.ts), where its tokens are there; else the moments stand alone. Bins are
 * fixed, so that figures of two splits compare.
 */

import type { Annotation } from '../data/annotations.ts';
import { type Bar, type BarChart, barChart, svgFile } from '../report/bar-chart.ts';

/** A bin of the lengths of clips and of tracks, seconds, and of the place in the track. */
const CLIP_BIN_SEC = 2.5;
const TRACK_BIN_SEC = 10;
const PLACE_BIN = 0.05;
/** Bars of the ranks. */
const RANK_BARS = 50;

/** Of a row's track, seconds. */
export type HighlightOf = (row: Annotation) => { startSec: number; endSec: number } | undefined;

/** SVG texts by the name of their file. Equal rows give equal bytes. @param highlightOf as long as the row's clip, where it is known */
export function dataFigures(
  name: string,
  rows: readonly Annotation[],
  highlightOf: HighlightOf = () => undefined,
): Map<string, string> {
  const lengths = new Map(rows.map(({ musicId, musicTotalSec }) => [musicId, musicTotalSec]));
  const clips = rows.map(({ videoSec }) => videoSec);
  const middle = (startSec: number, endSec: number, row: Annotation) =>
    Math.min(1 - 1e-6, (startSec + endSec) / 2 / row.musicTotalSec);
  const places = rows.map((row) => middle(row.musicStartSec, row.musicEndSec, row));
  const highlights = rows.flatMap((row) => {
    const found = highlightOf(row);
    return found ? [middle(found.startSec, found.endSec, row)] : [];
  });
  const charts: Record<string, Omit<BarChart, 'id'>> = {
    'fig-2a-clips': { title: 'Length of clips', x: 'seconds', y: 'clips', bars: histogram(clips, CLIP_BIN_SEC) },
    'fig-2a-tracks': {
      title: 'Length of tracks',
      x: 'seconds',
      y: 'tracks',
      bars: histogram([...lengths.values()], TRACK_BIN_SEC),
    },
    'fig-2b': { title: 'Use of tracks', x: 'track, the most used first', y: 'rows a track', bars: usesByRank(rows) },
    'fig-2e': {
      title: 'Where moments lie',
      x: 'middle, share of the track',
      y: 'moments',
      bars: histogram(places, PLACE_BIN),
      ...(highlights.length && { names: ['moments', 'highlights'], beside: histogram(highlights, PLACE_BIN) }),
    },
  };
  return new Map(
    Object.entries(charts).map(([file, chart]) => [
      `${name}-${file}.svg`,
      svgFile(barChart({ id: file, ...chart, title: `${chart.title}, ${name}` })),
    ]),
  );
}

/** From 0 to the bin of the largest value; a value on an edge belongs to the bin above. */
export function histogram(values: readonly number[], width: number): Bar[] {
  const binOf = (value: number): number => Math.floor(value / width + 1e-9);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(binOf(value), (counts.get(binOf(value)) ?? 0) + 1);
  const last = Math.max(-1, ...counts.keys());
  const edge = (bin: number): number => Number((bin * width).toPrecision(12));
  return Array.from({ length: last + 1 }, (_, bin) => ({
    from: edge(bin),
    to: edge(bin + 1),
    height: counts.get(bin) ?? 0,
  }));
}

/** The mean number of rows a track, for tracks of neighbouring ranks. */
export function usesByRank(rows: readonly Annotation[]): Bar[] {
  const uses = [...Map.groupBy(rows, ({ musicId }) => musicId).values()]
    .map(({ length }) => length)
    .sort((a, b) => b - a);
  const bars = Math.min(RANK_BARS, uses.length);
  return Array.from({ length: bars }, (_, i) => {
    const [from, to] = [i, i + 1].map((edge) => Math.round((edge * uses.length) / bars));
    const together = uses.slice(from, to);
    return { from, to, height: together.reduce((sum, count) => sum + count, 0) / together.length };
  });
}
