/**
 * An editing log: which moment of which track was put under which clip, as people write it down.
 *
 * CSV with the columns clip, track, start, end (seconds of the track), or JSON lines with these members; MGSV-EC's names of the columns
 * do as well. Clips and tracks are named by their files. Every line that cannot be used is told with the reason.
 */
import { readFile } from 'node:fs/promises';
import { notFound } from '../files.ts';
import { parsedJson } from '../json.ts';
import { csvRecords, type LineFault } from './csv.ts';

export interface LoggedUse {
  /** Of the file, from 1. */
  line: number;
  clip: string;
  track: string;
  /** Of the track. */
  startSec: number;
  endSec: number;
}

export interface EditingLog {
  uses: LoggedUse[];
  faults: LineFault[];
}

/** What each member is called, in either form. */
const NAMES = {
  clip: ['clip', 'video_id'],
  track: ['track', 'music_id'],
  start: ['start', 'music_start'],
  end: ['end', 'music_end'],
} as const;
type Member = keyof typeof NAMES;
const MEMBERS = Object.keys(NAMES) as Member[];

/** @throws Error when there is no such file, or it has neither form */
export async function readEditingLog(path: string): Promise<EditingLog> {
  const text = await readFile(path, 'utf8').catch(notFound(path, 'an editing log', 'Check the path.'));
  return text
    .replace(/^\ufeff/, '')
    .trimStart()
    .startsWith('{')
    ? ofJsonLines(text)
    : ofCsv(path, text);
}

function ofCsv(path: string, text: string): EditingLog {
  const { records, faults } = csvRecords(text);
  const names = records.shift()?.cells.map((name) => name.trim().toLowerCase()) ?? [];
  const place = (member: Member): number =>
    names.findIndex((name) => (NAMES[member] as readonly string[]).includes(name));
  const missing = MEMBERS.filter((member) => place(member) < 0);
  if (missing.length)
    throw new Error(
      `${path}: expected the columns ${MEMBERS.join(', ')}, found no ${missing.join(', ')}. Name the columns in the first line.`,
    );
  return judged(
    records.map(({ line, cells }) => ({ line, value: (member) => cells[place(member)] })),
    faults,
  );
}

function ofJsonLines(text: string): EditingLog {
  const faults: LineFault[] = [];
  const found = text.split('\n').flatMap((written, i): Written[] => {
    const line = i + 1;
    if (!written.trim()) return [];
    const entry = parsedJson(written) as Record<string, unknown> | null | undefined;
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry))
      return [
        { line, value: (member) => NAMES[member].map((name) => entry[name]).find((value) => value !== undefined) },
      ];
    faults.push({ line, reason: 'expected an object {"clip", "track", "start", "end"}, got something else' });
    return [];
  });
  return judged(found, faults);
}

interface Written {
  line: number;
  value: (member: Member) => unknown;
}

function judged(lines: readonly Written[], faults: readonly LineFault[]): EditingLog {
  const uses: LoggedUse[] = [];
  const all = [...faults];
  for (const { line, value } of lines) {
    const found = useOf(line, value);
    if (typeof found === 'string') all.push({ line, reason: found });
    else uses.push(found);
  }
  return { uses, faults: all.sort((a, b) => a.line - b.line) };
}

function useOf(line: number, value: Written['value']): LoggedUse | string {
  const text = (member: Member): string => String(value(member) ?? '').trim();
  for (const member of MEMBERS) if (!text(member)) return `no "${member}"`;
  const [startSec, endSec] = [Number(text('start')), Number(text('end'))];
  for (const [member, sec] of [
    ['start', startSec],
    ['end', endSec],
  ] as const)
    if (!Number.isFinite(sec)) return `expected seconds as "${member}", got "${text(member)}"`;
  return { line, clip: text('clip'), track: text('track'), startSec, endSec };
}
