/**
 * Which moment of which track belongs to which clip, in the columns of the MGSV-EC data set.
 *
 * The real data set, a user's own editing log and the demo's composed world share this one format. Columns that we do not
 * use are ignored when reading and left out when writing. readAnnotations stops at the first fault, which is right for training;
 * annotationsIn returns them all, for a check of a file.
 */

import { csvLine, type LineFault } from '../formats/tables/csv.ts';
import type { Form, Row, Table } from '../formats/tables/form.ts';
import { eachOnce } from '../formats/tables/repeated.ts';
import { type ReadSeconds, secondsReader } from '../formats/tables/seconds.ts';
import { isUnusual, readTable, understood } from '../formats/tables/table.ts';

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
const SECONDS = COLUMNS.slice(2);

export const ANNOTATIONS: Form = {
  what: 'training rows',
  missing: {
    expected: 'annotations as CSV',
    next: 'Check the path, or make the file with a heading and no rows.',
  },
  columns: Object.fromEntries([...COLUMNS, 'music_path'].map((column) => [column, []])),
  required: COLUMNS.map((column) => [column]),
  mayBeEmpty: true,
};

export function formatAnnotations(rows: readonly Annotation[]): string {
  const lines = rows.map((row) =>
    csvLine([row.videoId, row.musicId, row.musicStartSec, row.musicEndSec, row.musicTotalSec, row.videoSec]),
  );
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

export interface AnnotationRow extends Annotation {
  /** Of the file, from 1: the heading's is usually 1. */
  line: number;
  /** As it stands in the table, with all of its columns. */
  from: Row;
}

export interface AnnotationRows {
  rows: AnnotationRow[];
  /** Lines that are no rows, or whose values cannot be. In the order of the lines. */
  faults: LineFault[];
}

/** @param fault of a row whose values can be read: why it cannot be used all the same */
export function annotationsIn(
  table: Table,
  fault: (row: Annotation) => string | undefined = spanFault,
): AnnotationRows {
  const seconds = secondsReader(table, SECONDS);
  const rows: AnnotationRow[] = [];
  const faults = [...table.faults];
  for (const from of table.rows) {
    const row = rowOf(from, seconds);
    const reason = typeof row === 'string' ? row : fault(row);
    if (reason !== undefined) faults.push({ line: from.line, reason });
    else rows.push(row as AnnotationRow);
  }
  return { rows, faults: faults.sort((a, b) => a.line - b.line) };
}

function rowOf(from: Row, seconds: ReadSeconds): AnnotationRow | string {
  const [videoId, musicId] = (['video_id', 'music_id'] as const).map((column) => nameIn(from, column));
  for (const [i, name] of [videoId, musicId].entries())
    if (name === undefined) return `column "${COLUMNS[i]}": expected a name, got nothing`;
  const read = SECONDS.map((column) => seconds(from, column));
  const wrong = read.find((value) => typeof value === 'string');
  if (wrong !== undefined) return wrong;
  const [musicStartSec, musicEndSec, musicTotalSec, videoSec] = read as number[];
  return {
    line: from.line,
    from,
    videoId: videoId!,
    musicId: musicId!,
    musicStartSec,
    musicEndSec,
    musicTotalSec,
    videoSec,
  };
}

/** Accents in one form: ids are compared with those of token files. */
function nameIn({ cells }: Row, column: string): string | undefined {
  const cell = cells.get(column);
  return typeof cell === 'string' || typeof cell === 'number' ? String(cell).normalize('NFC') : undefined;
}

/** Times in files are rounded to the millisecond. */
const ROUNDED_SEC = 0.001;

/** Why a moment cannot be, if it cannot. */
export function spanFault(row: Annotation): string | undefined {
  const { musicEndSec, musicTotalSec, videoSec } = row;
  const backwards = momentFault(row);
  if (backwards) return backwards;
  if (musicEndSec > musicTotalSec + ROUNDED_SEC)
    return `expected a moment within the track of ${musicTotalSec} s, got its end at ${musicEndSec} s`;
  if (videoSec <= 0) return `expected a clip longer than 0 s, got ${videoSec}`;
  return undefined;
}

/** Of the moment alone: lengths of clips and tracks are not judged. */
function momentFault({ musicStartSec, musicEndSec }: Annotation): string | undefined {
  if (musicStartSec < 0) return `expected a moment that starts at 0 or later, got "music_start" ${musicStartSec} s`;
  if (musicEndSec <= musicStartSec)
    return `expected a moment that ends after its start, got "music_start" ${musicStartSec} and "music_end" ${musicEndSec} s`;
  return undefined;
}

export interface ReadAnnotations {
  /** Each once. */
  rows: AnnotationRow[];
  /** What was understood of the file, for people; and whether there is something about it that they may not know. */
  understood: string;
  isUnusual: boolean;
}

/** @throws Error naming the file, the row (from 1, the heading not counted), its line and the column that cannot be used */
export async function readAnnotationTable(path: string): Promise<ReadAnnotations> {
  return strictly(path, await readTable(path, ANNOTATIONS));
}

/** @throws Error like readAnnotationTable */
export function strictly(path: string, table: Table): ReadAnnotations {
  const { rows, faults } = annotationsIn(table, momentFault);
  if (faults.length) {
    const [{ line, reason }] = faults;
    const row = table.rows.find((one) => one.line === line)?.row;
    const place = row === undefined ? `line ${line}` : `row ${row} (line ${line})`;
    const more = faults.length > 1 ? ` ${faults.length - 1} more rows cannot be used either.` : '';
    throw new Error(`${path}: ${place}: ${reason}. Mend or remove the row.${more}`);
  }
  const { rows: once, repeated } = eachOnce(rows, valuesOf);
  return { rows: once, understood: understood(table, repeated), isUnusual: isUnusual(table, repeated) };
}

const valuesOf = (row: AnnotationRow): unknown[] => [
  row.videoId,
  row.musicId,
  row.musicStartSec,
  row.musicEndSec,
  row.musicTotalSec,
  row.videoSec,
];

/**
 * @param tell takes a line about a file that is not as our own are: other separators or encodings, repeated rows
 * @throws Error like readAnnotationTable
 */
export async function readAnnotations(path: string, tell?: (line: string) => void): Promise<Annotation[]> {
  const { rows, understood, isUnusual } = await readAnnotationTable(path);
  if (isUnusual) tell?.(understood);
  return rows.map(({ line: _, from: __, ...annotation }) => annotation);
}
