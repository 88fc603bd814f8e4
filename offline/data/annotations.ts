/**
 * Which moment of which track belongs to which clip, in the columns of the MGSV-EC data set.
 *
 * The real data set, a user's own editing log and the demo's composed world share this one format. Columns that we do not
 * use are ignored when reading and left out when writing.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { notFound } from '../files.ts';
import { csvLine } from './csv.ts';

export interface Annotation {
  videoId: string;
  musicId: string;
  /** The moment within the track, seconds. */
  musicStartSec: number;
  musicEndSec: number;
  musicTotalSec: number;
  videoSec: number;
}

/** In the order in which they are written. */
export const COLUMNS = [
  'video_id',
  'music_id',
  'music_start',
  'music_end',
  'music_total_duration',
  'video_segment_duration',
] as const;

export function formatAnnotations(rows: readonly Annotation[]): string {
  const lines = rows.map((row) =>
    csvLine([row.videoId, row.musicId, row.musicStartSec, row.musicEndSec, row.musicTotalSec, row.videoSec]),
  );
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

/** @throws Error naming the file, the row (from 1, the heading not counted) and the column that cannot be used. */
export async function readAnnotations(path: string): Promise<Annotation[]> {
  return (await readRecords(path)).map((record, i) => {
    const number = (column: (typeof COLUMNS)[number]): number => {
      const value = Number(text(column));
      if (!Number.isFinite(value))
        throw new Error(`${path}: expected a number in "${column}" of row ${i + 1}, got "${record[column]}".`);
      return value;
    };
    const text = (column: (typeof COLUMNS)[number]): string => {
      if (!record[column]?.trim())
        throw new Error(
          `${path}: expected a value in "${column}" of row ${i + 1}, got nothing. The columns are ${COLUMNS.join(', ')}.`,
        );
      return record[column];
    };
    const row: Annotation = {
      videoId: text('video_id'),
      musicId: text('music_id'),
      musicStartSec: number('music_start'),
      musicEndSec: number('music_end'),
      musicTotalSec: number('music_total_duration'),
      videoSec: number('video_segment_duration'),
    };
    if (row.musicStartSec < 0 || row.musicEndSec <= row.musicStartSec)
      throw new Error(
        `${path}: expected "music_end" of row ${i + 1} after its "music_start", got ${row.musicStartSec} to ${row.musicEndSec}.`,
      );
    return row;
  });
}

async function readRecords(path: string): Promise<Record<string, string>[]> {
  const bytes = await readFile(path).catch(
    notFound(path, 'annotations as CSV', 'Check the path, or make the file with a heading and no rows.'),
  );
  try {
    return parse(bytes, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new Error(`${path}: expected CSV, got a file that is not. ${(error as Error).message}`, { cause: error });
  }
}
