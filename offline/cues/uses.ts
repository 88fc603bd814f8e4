/**
 * The moments that editors used, read from a log: rows in MGSV-EC's columns, or our feedback, a JSON event a line.
 *
 * A file whose first line is an object with an event is feedback (feedback-uses.ts), any other a table of annotations. Which track of
 * a catalogue a use belongs to is decided in match.ts.
 */

import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ANNOTATIONS, type Annotation, type AnnotationRow, strictly } from '../data/annotations.ts';
import { readText } from '../formats/tables/decode.ts';
import { tableOf } from '../formats/tables/table.ts';
import { notFound } from '../lib/files.ts';
import { usesOfFeedback } from './feedback-uses.ts';
import type { Use } from './use.ts';

export interface Log {
  /** Each once. */
  uses: Use[];
  /** What was understood of the file, for people. */
  understood: string;
}

/** @throws Error naming the file and the row or line that cannot be used */
export async function readUses(path: string): Promise<Use[]> {
  return (await readLog(path)).uses;
}

/** @throws Error like readUses */
export async function readLog(path: string): Promise<Log> {
  if (isFeedback(await beginningOf(path))) {
    const file = await open(path);
    return ofFeedback(path, await usesOfFeedback(path, file.readLines()), 'UTF-8'); // piece by piece: it may be long
  }
  const decoded = await readText(path, EXPECTED);
  if (isFeedback(decoded.text)) {
    const lines = decoded.text.split(/\r\n|\n|\r/);
    return ofFeedback(path, await usesOfFeedback(path, lines), decoded.encoding);
  }
  const { rows, understood } = strictly(path, tableOf(path, decoded, ANNOTATIONS));
  return { uses: rows.map((row) => useOfAnnotation(row, pathIn(row))), understood };
}

const EXPECTED = "a log of used moments, as CSV in MGSV-EC's columns or as feedback in JSON lines";

/** An object with an event in the first line. */
const isFeedback = (text: string): boolean => /^\s*\{[^\r\n]*"event"\s*:/.test(text);

const ofFeedback = (path: string, uses: Use[], encoding: string): Log => {
  return {
    uses,
    understood: `${basename(path)}: feedback, ${encoding}, ${uses.length} ${uses.length === 1 ? 'use' : 'uses'} of a track under a clip`,
  };
};

async function beginningOf(path: string): Promise<string> {
  const file = await open(path).catch(notFound(path, EXPECTED, 'Check the path.'));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer.toString('utf8', 0, bytesRead).replace('\ufeff', '');
  } catch (error) {
    return notFound(path, 'a log of used moments', 'Check the path.')(error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

/** The one column that training has no use for. */
function pathIn({ from }: AnnotationRow): string | undefined {
  const path = from.cells.get('music_path');
  return typeof path === 'string' ? path : undefined;
}

/** The annotation's seconds have at most three decimals, so nothing is lost. */
export function useOfAnnotation(row: Annotation, trackPath?: string): Use {
  return {
    clipId: row.videoId,
    trackId: row.musicId,
    trackPath,
    startMs: milliseconds(row.musicStartSec),
    endMs: milliseconds(row.musicEndSec),
    clipMs: milliseconds(row.videoSec),
    trackMs: milliseconds(row.musicTotalSec),
  };
}

const milliseconds = (sec: number): number => Math.round(sec * 1000);
