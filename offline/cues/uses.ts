/**
 * The moments that editors used, read from a log: rows in MGSV-EC's columns, or our feedback, a JSON event a line.
 *
 * A file that begins with `{` is feedback (feedback-uses.ts), any other is CSV. Which track of a catalogue a use belongs to
 * is decided in match.ts.
 */
import { open, readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { type Annotation, readAnnotations } from '../data/annotations.ts';
import { notFound } from '../files.ts';
import { usesOfFeedback } from './feedback-uses.ts';

/** One moment of one track under one clip. */
export interface Use {
  clipId: string;
  /** The track's name in the log. */
  trackId: string;
  /** Where the log has the audio file, if it says (music_path). */
  trackPath?: string;
  startMs: number;
  endMs: number;
  clipMs: number;
  /** Where the log says. */
  trackMs?: number;
}

/** @throws Error naming the file and the row or line that cannot be used */
export async function readUses(path: string): Promise<Use[]> {
  return (await firstLetter(path)) === '{' ? usesOfFeedback(path) : usesOfAnnotations(path);
}

async function firstLetter(path: string): Promise<string> {
  const file = await open(path).catch(
    notFound(
      path,
      "a log of used moments, as CSV in MGSV-EC's columns or as feedback in JSON lines",
      'Check the path.',
    ),
  );
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('utf8', 0, bytesRead).replace('\ufeff', '').trimStart().slice(0, 1);
  } catch (error) {
    return notFound(path, 'a log of used moments', 'Check the path.')(error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

async function usesOfAnnotations(path: string): Promise<Use[]> {
  const rows = await readAnnotations(path);
  const paths = await musicPaths(path);
  return rows.map((row, i) => useOfAnnotation(row, paths[i]));
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

/** The one column that training has no use for, row by row. The file has been read as CSV before. */
async function musicPaths(path: string): Promise<(string | undefined)[]> {
  const records: { music_path?: string }[] = parse(await readFile(path), {
    columns: true,
    bom: true,
    skip_empty_lines: true,
  });
  return records.map(({ music_path }) => music_path || undefined);
}
