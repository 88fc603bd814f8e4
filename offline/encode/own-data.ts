/**
 * One's own music, clips and editing log as a folder to train on: the log's names looked up among the media, each use checked against
 * their lengths, the rest split. What cannot be used is reported line by line.
 *
 * Where the music plays under a part of a clip, the row is of that part (data/clip-part.ts): of a clip of 10 s whose music begins at
 * second 3, with second 42 of the track, it is the 7 s from second 3 on, and the moment from second 42 on.
 */
import { join } from 'node:path';
import { type Annotation, formatAnnotations } from '../data/annotations.ts';
import { type ClipPart, partId, partOfId } from '../data/clip-part.ts';
import { SPLITS, type Split } from '../data/dataset.ts';
import type { EditingLog, LoggedUse } from '../data/editing-log.ts';
import { heldOutLine, holdOutTracks } from '../data/hold-out.ts';
import { drawSplits, type SplitSizes, usualSizes } from '../data/split.ts';
import { csvLine, type LineFault } from '../formats/tables/csv.ts';
import { dedupe } from '../formats/tables/dedupe.ts';
import { clashes, plainPath, spellings } from '../formats/tables/names.ts';
import { writeFileAtomic } from '../lib/files.ts';
import type { MediaFile } from '../media/media-files.ts';
import type { Encoded, Result } from './encode.ts';
import { type FindMedia, mediaNames } from './media-names.ts';

/** A medium that was encoded. */
export interface Medium {
  id: string;
  durationSec: number;
}

export interface Media {
  result: Result;
  /** By file, relative to its folder. */
  known: ReadonlyMap<string, Medium>;
  /** Of a file's content, as its id has it. */
  hash: (path: string) => Promise<string>;
}

export interface Annotated {
  /** Each once. */
  rows: Annotation[];
  /** Rows that are the same use as an earlier one, though the log names its media in another way. */
  repeated?: number;
  /** In the order of the log's lines. */
  rejected: LineFault[];
  /** The log's lines of rows that are of a part of a clip, where there are any. */
  linesOfParts?: ReadonlyMap<Annotation, number>;
}

/** Editors round to the second or half of it: an end so little behind the track's is the track's. */
const ROUNDED_SEC = 0.5;

/** @param heardSec of each track, what its encoder hears */
export async function annotate(
  { uses, faults }: EditingLog,
  { clips, music, heardSec }: { clips: Media; music: Media; heardSec: number },
): Promise<Annotated> {
  const clipOf = await mediaOf(
    'clip',
    clips,
    uses.map(({ clip }) => clip),
  );
  const trackOf = await mediaOf(
    'track',
    music,
    uses.map(({ track }) => track),
  );
  const rows: Annotation[] = [];
  const rejected = [...faults];
  const linesOfParts = new Map<Annotation, number>();
  for (const use of uses) {
    const [clip, track] = [clipOf.get(use.clip)!, trackOf.get(use.track)!];
    const row = typeof clip === 'string' ? clip : typeof track === 'string' ? track : rowOf(use, clip, track, heardSec);
    if (typeof row === 'string') rejected.push({ line: use.line, reason: row });
    else {
      rows.push(row);
      if (partOfId(row.videoId).part) linesOfParts.set(row, use.line);
    }
  }
  const once = dedupe(rows, ({ videoId, musicId, musicStartSec, musicEndSec }) => [
    videoId,
    musicId,
    musicStartSec,
    musicEndSec,
  ]);
  const inOrder = rejected.sort((a, b) => a.line - b.line);
  return { ...once, rejected: inOrder, ...(linesOfParts.size ? { linesOfParts } : {}) };
}

/** Looks names up; a text says why there is no such medium. */
async function mediaOf(
  what: string,
  { result, known, hash }: Media,
  names: readonly string[],
): Promise<Map<string, Medium | string>> {
  const find: FindMedia = mediaNames([...result.encoded, ...copiesOf(result.encoded)], hash);
  const unread = new Map(result.rejected.map(({ file, reason }) => [plainPath(file), reason]));
  const found = new Map<string, Medium | string>();
  const files: [written: string, file: string][] = [];
  for (const name of new Set(names)) {
    const why = spellings(name).find((spelling) => unread.has(spelling));
    const file = await find(name).catch((error: Error) => error);
    const medium = file && !(file instanceof Error) ? known.get(file.file) : undefined;
    if (file && !(file instanceof Error)) files.push([name, plainPath(file.file)]);
    if (medium) found.set(name, medium);
    else if (why !== undefined) found.set(name, `the ${what} "${name}" could not be read: ${unread.get(why)}`);
    else found.set(name, file instanceof Error ? `${what} ${file.message}` : `no ${what} is called "${name}"`);
  }
  for (const [name, other] of clashes(files))
    found.set(
      name,
      `the ${what}s "${name}" and "${other}" end like one file. Name them by their path within the folder`,
    );
  return found;
}

const copiesOf = (encoded: readonly Encoded[]) =>
  encoded.flatMap((one) => one.copies.map((file) => ({ ...one, file, copies: [] })));

function rowOf(use: LoggedUse, clip: Medium, track: Medium, heardSec: number): Annotation | string {
  const { startSec, endSec } = use;
  const total = track.durationSec;
  if (startSec < 0) return `expected a start at 0 or later, got ${startSec} s`;
  if (endSec <= startSec) return `expected an end after the start, got ${startSec} to ${endSec} s`;
  if (endSec > total + ROUNDED_SEC) return `expected an end within the track of ${total.toFixed(3)} s, got ${endSec} s`;
  if (startSec >= heardSec)
    return `expected a start within the ${heardSec} s that are heard of a track, got ${startSec} s`;
  const part = partOf(use, clip.durationSec);
  if (typeof part === 'string') return part;
  return {
    videoId: part ? partId(clip.id, part) : clip.id,
    musicId: track.id,
    musicStartSec: startSec,
    musicEndSec: Math.min(endSec, total),
    musicTotalSec: total,
    videoSec: part ? millisecond(part.toSec - part.fromSec) : clip.durationSec,
  };
}

/** Players and encoders delay sound by less: such a beginning is the clip's own. */
const BEGINS_SEC = 0.1;

/** @returns undefined where it is all of the clip; a text says why it cannot be */
function partOf({ clipStartSec = 0, clipEndSec }: LoggedUse, clipSec: number): ClipPart | string | undefined {
  const endSec = clipEndSec ?? clipSec;
  if (clipStartSec < 0) return `expected a clip_start at 0 or later, got ${clipStartSec} s`;
  if (clipStartSec >= clipSec)
    return `expected music that begins within the clip of ${clipSec.toFixed(3)} s, got clip_start ${clipStartSec} s`;
  if (endSec <= clipStartSec)
    return `expected a clip_end after the clip_start, got ${clipStartSec} to ${clipEndSec} s of the clip`;
  if (endSec > clipSec + ROUNDED_SEC)
    return `expected music that ends within the clip of ${clipSec.toFixed(3)} s, got clip_end ${clipEndSec} s`;
  const [beginsWithIt, endsWithIt] = [clipStartSec < BEGINS_SEC, endSec > clipSec - ROUNDED_SEC];
  if (beginsWithIt && endsWithIt) return undefined;
  return { fromSec: beginsWithIt ? 0 : millisecond(clipStartSec), toSec: endsWithIt ? clipSec : millisecond(endSec) };
}

const millisecond = (sec: number): number => Number(sec.toFixed(3));

/** The parts of clips that rows are of, each once, to be encoded beside the whole clips. */
export function partsIn(rows: readonly Annotation[], { result, known }: Pick<Media, 'result' | 'known'>): MediaFile[] {
  const fileOf = new Map(result.encoded.map((one) => [known.get(one.file)?.id, one]));
  return [...new Set(rows.map(({ videoId }) => videoId))].flatMap((id) => {
    const { clip, part } = partOfId(id);
    const { path, file, bytes } = fileOf.get(clip) ?? {};
    return part && path !== undefined && file !== undefined ? [{ path, file, bytes, part }] : [];
  });
}

/** Rows without those of parts that could not be read. @param unread the parts' ids, with the reason */
export function withoutUnread(annotated: Annotated, unread: ReadonlyMap<string, string>): Annotated {
  const { rows, rejected, linesOfParts } = annotated;
  const lost = rows.filter(({ videoId }) => unread.has(videoId));
  const told = lost.map((row) => ({ line: linesOfParts?.get(row) ?? 0, reason: unread.get(row.videoId)! }));
  return {
    ...annotated,
    rows: rows.filter((row) => !lost.includes(row)),
    rejected: [...rejected, ...told].sort((a, b) => a.line - b.line),
  };
}

export interface OwnDataOptions {
  folder: string;
  seed: string;
  /** Rows to hold out; one in twelve each unless given. */
  sizes?: Partial<SplitSizes>;
  /** Share of the tracks that keep no training row (data/hold-out.ts); 0 unless given. */
  heldOutShare?: number;
  /** Takes a line about them, where there is a share. */
  tell?: (line: string) => void;
}

/** Writes {train,val,test}_data.csv, and rejected.csv. @throws Error when too few rows are left to split */
export async function writeRows(
  { rows, rejected }: Annotated,
  { folder, seed, sizes, heldOutShare = 0, tell }: OwnDataOptions,
): Promise<Record<Split, Annotation[]>> {
  const lines = rejected.map(({ line, reason }) => csvLine([line, reason]));
  await writeFileAtomic(join(folder, 'rejected.csv'), `${['line,reason', ...lines].join('\n')}\n`);
  const heldOut = holdOutTracks(drawSplits(rows, { ...usualSizes(rows), ...sizes }, seed), heldOutShare, seed);
  const { splits } = heldOut;
  for (const split of SPLITS)
    await writeFileAtomic(join(folder, `${split}_data.csv`), formatAnnotations(splits[split]));
  if (heldOutShare) tell?.(heldOutLine(heldOut));
  return splits;
}
