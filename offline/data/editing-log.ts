/**
 * An editing log: which moment of which track was put under which clip, as people write it down.
 *
 * A table (formats/tables/table.ts) with the columns clip, track, start, end (seconds of the track, or times), or JSON lines with these members;
 * MGSV-EC's names of the columns do as well. clip_start and clip_end, where they are there and not empty, say from where to where in the clip
 * the music plays: all of the clip otherwise (clip-part.ts). Clips and tracks are named by their files. Every line that cannot be used is reported with the
 * reason; a use that is written twice counts once.
 */
import { shown } from '../formats/tables/cells.ts';
import type { LineFault } from '../formats/tables/csv.ts';
import { dedupe } from '../formats/tables/dedupe.ts';
import type { Form, Row } from '../formats/tables/form.ts';
import { type ReadSeconds, secondsReader } from '../formats/tables/seconds.ts';
import { readTable, understood } from '../formats/tables/table.ts';

export interface LoggedUse {
  /** Of the file, from 1. */
  line: number;
  clip: string;
  track: string;
  /** Of the track. */
  startSec: number;
  endSec: number;
  /** Of the clip: where the music begins and ends in it. Its beginning and its end where the log does not say. */
  clipStartSec?: number;
  clipEndSec?: number;
}

export interface EditingLog {
  /** Each once. */
  uses: LoggedUse[];
  faults: LineFault[];
  /** What was understood of the file, for people. */
  understood?: string;
}

const EDITING_LOG: Form = {
  what: 'an editing log',
  columns: {
    clip: ['video_id'],
    track: ['music_id'],
    start: ['music_start'],
    end: ['music_end'],
    clip_start: [],
    clip_end: [],
    reason: [],
  },
  required: [['clip'], ['track'], ['start'], ['end']],
};

/** @throws Error when there is no such file, or it is another table */
export async function readEditingLog(path: string): Promise<EditingLog> {
  const table = await readTable(path, EDITING_LOG);
  const seconds = secondsReader(table, ['start', 'end', 'clip_start', 'clip_end']);
  const found: LoggedUse[] = [];
  const faults = [...table.faults];
  for (const row of table.rows) {
    const use = useOf(row, seconds);
    if (typeof use === 'string') faults.push({ line: row.line, reason: use });
    else found.push(use);
  }
  const { rows, repeated } = dedupe(found, (use) => [
    ...[use.clip, use.track, use.startSec, use.endSec],
    ...[use.clipStartSec ?? 0, use.clipEndSec],
  ]);
  return {
    uses: rows,
    faults: faults.sort((a, b) => a.line - b.line),
    understood: understood(table, repeated),
  };
}

function useOf(row: Row, seconds: ReadSeconds): LoggedUse | string {
  const [clip, track, reason] = ['clip', 'track', 'reason'].map((column) => row.cells.get(column));
  // A post that `align` found nothing in has its row, too.
  if (track === undefined && typeof reason === 'string') return `no track: ${reason}`;
  for (const [column, name] of [
    ['clip', clip],
    ['track', track],
  ])
    if (typeof name !== 'string' && typeof name !== 'number')
      return `column "${column}": expected the name of a file, got ${name === undefined ? 'nothing' : shown(name)}`;
  const [startSec, endSec] = [seconds(row, 'start'), seconds(row, 'end')];
  if (typeof startSec === 'string') return startSec;
  if (typeof endSec === 'string') return endSec;
  const part: Pick<LoggedUse, 'clipStartSec' | 'clipEndSec'> = {};
  for (const [column, name] of [
    ['clip_start', 'clipStartSec'],
    ['clip_end', 'clipEndSec'],
  ] as const) {
    if (row.cells.get(column) === undefined || row.cells.get(column) === null) continue;
    const sec = seconds(row, column);
    if (typeof sec === 'string') return sec;
    part[name] = sec;
  }
  return {
    line: row.line,
    clip: String(clip).normalize('NFC'),
    track: String(track).normalize('NFC'),
    startSec,
    endSec,
    ...part,
  };
}
