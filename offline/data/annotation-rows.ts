/**
 * Annotations line by line, every fault told: for a check of a file, and for files of strangers.
 *
 * annotations.ts reads the same columns and stops at the first fault, which is right for training. Here a line that is no CSV costs
 * that line only.
 */
import { readFile } from 'node:fs/promises';
import { notFound } from '../files.ts';
import { type Annotation, COLUMNS } from './annotations.ts';
import { csvRecords, type LineFault } from './csv.ts';

export interface AnnotationRow extends Annotation {
  /** Of the file, from 1: the heading's is usually 1. */
  line: number;
}

export interface AnnotationRows {
  rows: AnnotationRow[];
  /** Lines that are no rows, or whose values cannot be. In the order of the lines. */
  faults: LineFault[];
}

/** @throws Error when there is no such file */
export async function readAnnotationRows(path: string): Promise<AnnotationRows> {
  const text = await readFile(path, 'utf8').catch(notFound(path, 'annotations as CSV', 'Check the path.'));
  return annotationRows(text);
}

export function annotationRows(text: string): AnnotationRows {
  const { records, faults } = csvRecords(text);
  const heading = records.shift();
  const names = heading?.cells.map((name) => name.trim()) ?? [];
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length)
    return {
      rows: [],
      faults: [
        {
          line: heading?.line ?? 1,
          reason: `expected the columns ${COLUMNS.join(', ')}, got none of ${missing.join(', ')}`,
        },
      ],
    };
  const rows: AnnotationRow[] = [];
  for (const { line, cells } of records) {
    const found = cells.length === names.length ? rowOf(line, names, cells) : miscounted(names.length, cells.length);
    if (typeof found === 'string') faults.push({ line, reason: found });
    else rows.push(found);
  }
  return { rows, faults: faults.sort((a, b) => a.line - b.line) };
}

const miscounted = (expected: number, got: number): string => `expected ${expected} cells, got ${got}`;

function rowOf(line: number, names: readonly string[], cells: readonly string[]): AnnotationRow | string {
  const text = (column: string): string => cells[names.indexOf(column)].trim();
  const number = (column: string): number => (text(column) === '' ? Number.NaN : Number(text(column)));
  for (const column of COLUMNS) {
    if (text(column) === '') return `expected a value in "${column}", got nothing`;
    if (!column.endsWith('_id') && !Number.isFinite(number(column)))
      return `expected a number in "${column}", got "${text(column)}"`;
  }
  const row: AnnotationRow = {
    line,
    videoId: cells[names.indexOf('video_id')],
    musicId: cells[names.indexOf('music_id')],
    musicStartSec: number('music_start'),
    musicEndSec: number('music_end'),
    musicTotalSec: number('music_total_duration'),
    videoSec: number('video_segment_duration'),
  };
  return spanFault(row) ?? row;
}

/** Times are rounded to the millisecond by whoever wrote them. */
const ROUNDED_SEC = 0.001;

/** Why a moment cannot be, if it cannot. */
export function spanFault({ musicStartSec, musicEndSec, musicTotalSec, videoSec }: Annotation): string | undefined {
  if (musicStartSec < 0) return `expected a moment that starts at 0 or later, got ${musicStartSec} s`;
  if (musicEndSec <= musicStartSec)
    return `expected a moment that ends after its start, got ${musicStartSec} to ${musicEndSec} s`;
  if (musicEndSec > musicTotalSec + ROUNDED_SEC)
    return `expected a moment within the track of ${musicTotalSec} s, got its end at ${musicEndSec} s`;
  if (videoSec <= 0) return `expected a clip longer than 0 s, got ${videoSec}`;
  return undefined;
}
