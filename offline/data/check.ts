/**
 * What is in a folder to train on, what is missing, and every row and tensor that cannot be used, with the reason.
 *
 * dataset.ts refuses such a folder at the first fault; here all are listed, so that a copy can be mended in one go. Token files are
 * looked at one after another, and a tensor at a time is in memory.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedTensor } from '../formats/safetensors.ts';
import { openSafetensors } from '../formats/safetensors-file.ts';
import { isUnusual, readTable, understood } from '../formats/tables/table.ts';
import { notFound } from '../lib/files.ts';
import { ANNOTATIONS, type AnnotationRow, annotationsIn } from './annotations.ts';
import { clipOfId } from './clip-part.ts';
import { encodersIn, SPLITS, type Split } from './dataset.ts';
import { MOST_SECONDS } from './input-config.ts';
import { checkRawTokens } from './raw-tokens.ts';
import { newTracks } from './stats.ts';

export interface Fault {
  /** The file's name. */
  file: string;
  /** Line of a CSV. */
  line?: number;
  reason: string;
}

export interface DataCheck {
  /** What is there, a sentence each. */
  found: string[];
  faults: Fault[];
}

interface FoundRow extends AnnotationRow {
  file: string;
}

/** The model hears a track up to here, in seconds: a later moment cannot be learned. */
const HEARD_SEC = MOST_SECONDS;

/** @throws Error when there is no such folder */
export async function checkData(folder: string): Promise<DataCheck> {
  const names = (
    await readdir(folder).catch(notFound(folder, 'a folder of tokens and annotations', 'Check the path.', 'folder'))
  ).sort();
  const check: DataCheck = { found: [], faults: [] };
  const rows: FoundRow[] = [];
  for (const split of SPLITS) rows.push(...(await checkSplit(folder, `${split}_data.csv`, names, check)));
  checkBetweenRows(rows, check);
  check.found.push(...newTracksIn(rows));
  await checkEncoders(folder, names, check);
  for (const kind of ['video', 'music'] as const) {
    const places = await checkTokens(folder, kind, names, check);
    if (places) checkUses(kind, rows, places, check);
  }
  return check;
}

async function checkSplit(
  folder: string,
  file: string,
  names: readonly string[],
  check: DataCheck,
): Promise<FoundRow[]> {
  if (!names.includes(file)) {
    check.faults.push({
      file,
      reason:
        file === 'test_data.csv'
          ? 'missing. Make it, with a heading and no rows if there are none.'
          : 'missing. Training needs it.',
    });
    return [];
  }
  const path = join(folder, file);
  const table = await readTable(path, ANNOTATIONS).catch((error: Error) => error);
  const whole = table instanceof Error ? [{ reason: table.message.replace(`${path}: `, '') }] : [];
  const { rows, faults } = table instanceof Error ? { rows: [], faults: whole } : annotationsIn(table);
  for (const fault of faults) check.faults.push({ file, ...fault });
  if (!rows.length && file !== 'test_data.csv') check.faults.push({ file, reason: 'expected rows, got none usable' });
  for (const { line, musicStartSec } of rows)
    if (musicStartSec >= HEARD_SEC)
      check.faults.push({
        file,
        line,
        reason: `expected a moment that starts within the ${HEARD_SEC} s that are heard, got ${musicStartSec} s`,
      });
  check.found.push(
    `${file}: ${rows.length} rows that can be read${faults.length ? `, ${faults.length} that cannot` : ''}`,
  );
  if (!(table instanceof Error) && isUnusual(table)) check.found.push(understood(table));
  return rows.map((row) => ({ ...row, file }));
}

/** What no row shows by itself: repeated rows, clips in two splits, tracks of two lengths. */
function checkBetweenRows(rows: readonly FoundRow[], { faults }: DataCheck): void {
  const firstUse = new Map<string, FoundRow>();
  const firstOfClip = new Map<string, FoundRow>();
  const firstOfTrack = new Map<string, FoundRow>();
  for (const row of rows) {
    const { file, line, videoId, musicId, musicTotalSec } = row;
    const use = JSON.stringify([videoId, musicId, row.musicStartSec, row.musicEndSec]);
    const [same, clip, track] = [firstUse.get(use), firstOfClip.get(clipOfId(videoId)), firstOfTrack.get(musicId)];
    if (same) faults.push({ file, line, reason: `the same use as ${placeOf(same)}` });
    else if (clip && clip.file !== file)
      faults.push({ file, line, reason: `the clip "${videoId}" is in another split too, ${placeOf(clip)}` });
    if (track && Math.abs(track.musicTotalSec - musicTotalSec) > 0.001)
      faults.push({
        file,
        line,
        reason: `the track "${musicId}" has ${musicTotalSec} s here and ${track.musicTotalSec} s in ${placeOf(track)}`,
      });
    firstUse.set(use, same ?? row);
    firstOfClip.set(clipOfId(videoId), clip ?? row);
    firstOfTrack.set(musicId, track ?? row);
  }
}

/** How many tracks that are asked about were never trained on. */
function newTracksIn(rows: readonly FoundRow[]): string[] {
  const of = (split: Split) => rows.filter(({ file }) => file === `${split}_data.csv`);
  const train = of('train');
  if (!train.length) return [];
  const asked = (['val', 'test'] as const).filter((split) => of(split).length);
  return asked.map((split) => `${split}_data.csv: ${newTracks(of(split), train)}`);
}

const placeOf = ({ file, line }: FoundRow): string => `line ${line} of ${file}`;

async function checkEncoders(folder: string, names: readonly string[], check: DataCheck): Promise<void> {
  const file = 'encoders.json';
  if (!names.includes(file)) {
    check.found.push(`${file}: none, so the encoders are told by the widths: 512 is CLIP, 768 AST`);
    return;
  }
  const named = encodersIn(await readFile(join(folder, file), 'utf8'));
  if (named) check.found.push(`${file}: ${named.image}, ${named.audio}`);
  else check.faults.push({ file, reason: 'expected {"image": name, "audio": name}, got something else' });
}

/** @returns the file of each id; undefined when there is no token file at all */
async function checkTokens(
  folder: string,
  kind: 'video' | 'music',
  names: readonly string[],
  check: DataCheck,
): Promise<Map<string, string> | undefined> {
  const files = names.filter((name) => name.startsWith(kind) && name.endsWith('.safetensors'));
  if (!files.length) {
    check.faults.push({ file: `${kind}*.safetensors`, reason: 'missing. Encode the media, or import the features.' });
    return undefined;
  }
  const places = new Map<string, string>();
  const widths = new Map<number, string[]>();
  const fileOf = new Map<string, string>();
  for (const file of files) {
    const wrong = new Map<string, string>();
    const onTensor = (name: string, tensor: NamedTensor) => {
      const reason = faultOfTokens(file, name.normalize('NFC'), tensor);
      if (reason !== undefined) wrong.set(name, reason);
    };
    const read = await openSafetensors(join(folder, file), { onTensor }).catch((error: Error) => error);
    if (read instanceof Error) {
      check.faults.push({ file, reason: read.message.replace(`${join(folder, file)}: `, '') });
      continue;
    }
    for (const [name, { shape }] of read.tensors) {
      const id = name.normalize('NFC');
      const earlier = places.get(id);
      if (earlier)
        check.faults.push({ file, reason: `the tokens of "${id}" are in ${earlier} too. Remove one of the two` });
      else places.set(id, file);
      const reason = wrong.get(name);
      if (reason !== undefined) {
        check.faults.push({ file, reason });
        continue;
      }
      const alike = widths.get(shape[1]);
      if (alike) alike.push(id);
      else widths.set(shape[1], [id]);
      fileOf.set(id, file);
    }
  }
  const byCount = [...widths].sort(([, a], [, b]) => b.length - a.length);
  const usual = byCount[0]?.[0];
  for (const [width, ids] of byCount.slice(1))
    for (const id of ids)
      check.faults.push({
        file: fileOf.get(id)!,
        reason: `expected [tokens, ${usual}] for "${id}", as most have, got [tokens, ${width}]`,
      });
  check.found.push(
    `${kind}*.safetensors: ${places.size} tensors in ${files.length} files, ${usual ?? 'no'} values a token`,
  );
  return places;
}

function faultOfTokens(file: string, id: string, tensor: NamedTensor): string | undefined {
  try {
    checkRawTokens(file, id, tensor, undefined, 'Encode it again.');
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(`${file}: `, '');
  }
}

function checkUses(
  kind: 'video' | 'music',
  rows: readonly FoundRow[],
  places: ReadonlyMap<string, string>,
  { faults, found }: DataCheck,
): void {
  const idOf = ({ videoId, musicId }: FoundRow): string => (kind === 'video' ? videoId : musicId);
  const used = new Set(rows.map(idOf));
  for (const row of rows)
    if (!places.has(idOf(row)))
      faults.push({ file: row.file, line: row.line, reason: `no tokens of "${idOf(row)}" in ${kind}*.safetensors` });
  const unused = [...places.keys()].filter((id) => !used.has(id)).length;
  if (unused) found.push(`${kind}*.safetensors: ${unused} tensors that no row uses`);
}
