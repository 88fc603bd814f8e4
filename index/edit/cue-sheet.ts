/**
 * A cue sheet (CSV, RFC 4180): a row for each piece of music, in the columns that collecting societies ask broadcasters for: title, composer, publisher, use,
 * in, out and length.
 *
 * Spreadsheets run a cell that begins with =, +, - or @ (OWASP, "CSV injection"): such a text has a ' before it.
 */
import { type Edit, passesOf } from './edit.ts';
import { fieldOf } from './track-fields.ts';

const COLUMNS = [
  ...['cue', 'title', 'artist', 'composer', 'publisher', 'album', 'isrc', 'licence', 'usage', 'in', 'out', 'duration'],
  ...['trackIn', 'trackOut', 'trackId', 'file'],
] as const;

export function writeCueSheet(edit: Edit): string {
  const { track } = edit;
  const rows = passesOf(edit).map(
    ({ atMs, fromMs, lengthMs }, i): Record<(typeof COLUMNS)[number], string> => ({
      cue: String(i + 1),
      title: track.title,
      artist: track.artist ?? '',
      composer: fieldOf(track, ['composer', 'composers', 'writer', 'writers']) ?? '',
      publisher: fieldOf(track, ['publisher', 'label']) ?? '',
      album: track.album ?? '',
      isrc: fieldOf(track, ['isrc']) ?? '',
      licence: track.licence ?? '',
      usage: usageOf(track.instrumental),
      in: clock(atMs),
      out: clock(atMs + lengthMs),
      duration: clock(lengthMs),
      trackIn: clock(fromMs),
      trackOut: clock(fromMs + lengthMs),
      trackId: track.id,
      file: track.src,
    }),
  );
  const lines = [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','))];
  return `${lines.join('\r\n')}\r\n`;
}

/** As cue sheets have it: background instrumental, background vocal. */
function usageOf(isInstrumental: boolean | undefined): string {
  return isInstrumental === undefined ? 'background' : isInstrumental ? 'BI' : 'BV';
}

/** hh:mm:ss.mmm */
function clock(ms: number): string {
  const parts = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${String(ms % 1000).padStart(3, '0')}`;
}

function cell(text: string): string {
  const safe = /^\s*[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
