/**
 * Which track each row of a library's own catalogue is about, and, in sentences, what of the catalogue was of no use.
 *
 * A row names its track by file, the path within the folder of music, or else by id. Paths may be written as formats/tables/names.ts takes them:
 * with "\", a leading "./", the folders of another machine in front, their accents in either of Unicode's forms; capitals count.
 */

import { clashes, plainPath, spellings } from '../formats/tables/names.ts';
import { packedMap, type TextMap } from '../lib/packed-map.ts';
import { type DescribedRow, describeRows, keysOf, type TrackFields } from './catalogue-fields.ts';
import { type Row, readRows } from './catalogue-rows.ts';

export interface Library {
  tracks: Iterable<Named> & { readonly length: number; at(place: number): Named | undefined };
  /** Files that were left out because another has the same content: a row may name either. */
  copies?: readonly { file: string; of: string }[];
  /** Files that are no tracks, and why. */
  rejected?: readonly { file: string; reason: string }[];
}

interface Named {
  id: string;
  file: string;
}

export interface MatchedCatalogue {
  /** By id of the track. */
  fields: TextMap<TrackFields>;
  /** Columns and values that were left out; rows that are about no track, or about one that an earlier row described. */
  leftOut: string[];
  /** Files of the tracks that no row is about. */
  without: string[];
  /** What was understood of the file, and of columns that may be meant in another way. */
  notes?: string[];
}

/** @throws Error when the file cannot be read as a catalogue (catalogue-rows.ts) */
export async function matchCatalogue(path: string, library: Library): Promise<MatchedCatalogue> {
  const table = await readRows(path);
  const { describe, leftOut, notes } = describeRows(table);
  const { tracks, copies = [], rejected = [] } = library;
  const ofIds = new Map<string, number>(); // of rows without a file
  for (const row of table.rows) {
    const { file, id } = keysOf(row);
    if (file === undefined && id !== undefined) ofIds.set(id, -1);
  }
  const placeOf = packedMap<number>(); // of each track, by its file
  let count = 0;
  for (const { id, file } of tracks) {
    placeOf.set(plainPath(file), count);
    if (ofIds.has(id)) ofIds.set(id, count);
    count++;
  }
  for (const { file, of } of copies) {
    const place = placeOf.get(plainPath(of));
    if (place !== undefined) placeOf.set(plainPath(file), place);
  }
  const reasons = new Map(rejected.map(({ file, reason }) => [plainPath(file), reason]));
  const clashing = clashes(foundIn(table.rows, placeOf));

  const fields = packedMap<TrackFields>();
  const rowOf = new Int32Array(tracks.length).fill(-1);
  const unused: string[] = [];
  let number = 0;
  for (const cells of table.rows) {
    const row = describe(cells);
    const place = trackOf(row);
    const before = place === undefined ? undefined : table.rows.at(rowOf[place]);
    const other = clashing.get(row.file ?? '');
    if (other !== undefined)
      unused.push(
        `${row.at}: "${row.file}" and "${other}" end like one file. Name files by their path within the folder of music`,
      );
    else if (place === undefined) unused.push(`${row.at}: ${whyNone(row, reasons)}`);
    else if (before !== undefined) unused.push(`${row.at}: ${before.at} is about the same track, and is what counts`);
    else {
      rowOf[place] = number;
      fields.set(tracks.at(place)!.id, row.fields);
    }
    number++;
  }
  const without: string[] = [];
  for (const [place, row] of rowOf.entries()) if (row < 0) without.push(tracks.at(place)!.file);
  return {
    fields,
    leftOut: [...leftOut, ...unused],
    without,
    notes: [...(table.understood ? [`read ${table.understood}`] : []), ...notes],
  };

  function trackOf({ file, id = '' }: DescribedRow): number | undefined {
    if (file !== undefined) return placeOf.get(pathIn(placeOf, file) ?? '');
    const place = ofIds.get(id) ?? -1;
    return place < 0 ? undefined : place;
  }
}

/** What each row has written, and the file that is meant. */
function* foundIn(rows: Iterable<Row>, files: { get(path: string): unknown }): Generator<[string, string]> {
  for (const row of rows) {
    const { file = '' } = keysOf(row);
    const path = pathIn(files, file);
    if (path !== undefined) yield [file, path];
  }
}

function whyNone({ file, id }: DescribedRow, reasons: ReadonlyMap<string, string>): string {
  if (file === undefined) return id === undefined ? 'it names neither a file nor an id' : `no track has the id "${id}"`;
  const reason = reasons.get(pathIn(reasons, file) ?? '');
  return reason === undefined ? `no track is made of the file "${file}"` : `the file "${file}" is no track: ${reason}`;
}

/** The path within the folder that is meant, if there is such a file. */
const pathIn = (files: { get(path: string): unknown }, written: string): string | undefined =>
  spellings(written).find((path) => files.get(path) !== undefined);

/** Of each kind. A catalogue of another folder of music would print thousands. */
const LISTED = 50;

/** A line for all that was of no use, and one for the whole. */
export function catalogueLines(path: string, { fields, leftOut, without, notes = [] }: MatchedCatalogue): string[] {
  return [
    ...listed(notes, (note) => `catalogue: ${note}`),
    ...listed(leftOut, (what) => `catalogue: left out: ${what}`),
    ...listed(without, (file) => `catalogue: no row for ${file}`),
    `catalogue: ${path} describes ${fields.size} of ${fields.size + without.length} tracks`,
  ];
}

function listed(all: readonly string[], line: (one: string) => string): string[] {
  const lines = all.slice(0, LISTED).map(line);
  return all.length > LISTED ? [...lines, `catalogue: … and ${all.length - LISTED} more like these`] : lines;
}
