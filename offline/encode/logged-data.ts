/**
 * An editing log with the folders that it names: music, clips and parts of clips encoded into one folder of tokens, and the log's lines as rows
 * that point at them. What `data make` and `learn` have in common; how rows are split is left to them.
 */
import { partId } from '../data/clip-part.ts';
import type { EditingLog } from '../data/editing-log.ts';
import { MOST_SECONDS } from '../data/input-config.ts';
import { sha256File } from '../lib/files.ts';
import { hashClip } from './clip.ts';
import { knownMedia } from './data-folder.ts';
import type { Result } from './encode.ts';
import { encodeFolders, encodeParts, type MediaFolderOptions } from './media-folder.ts';
import { type Annotated, annotate, type Media, partsIn, withoutUnread } from './own-data.ts';

export type LoggedDataOptions = MediaFolderOptions & Required<Pick<MediaFolderOptions, 'music' | 'clips'>>;

export interface LoggedData extends Annotated {
  music: Result;
  clips: Result;
}

/** @throws Error when a folder has no media, or none of them can be read */
export async function encodeLogged(log: EditingLog, options: LoggedDataOptions): Promise<LoggedData> {
  const { folder } = options;
  const { music, clips } = await encodeFolders(options);
  const knownClips = { result: clips!, known: await knownMedia(folder, 'clip'), hash: hashClip };
  const annotated = await annotate(log, {
    clips: knownClips,
    music: { result: music!, known: await knownMedia(folder, 'track'), hash: sha256File },
    heardSec: MOST_SECONDS,
  });
  return { ...(await withParts(annotated, knownClips, options)), music: music!, clips: clips! };
}

/** Encodes the parts of clips that rows are of; rows of those that cannot be read are left out. */
async function withParts(annotated: Annotated, clips: Media, options: LoggedDataOptions): Promise<Annotated> {
  const parts = partsIn(annotated.rows, clips);
  if (!parts.length) return annotated;
  const encoded = await encodeParts(parts, clips.result, options);
  const reasons = new Map(encoded.rejected.map(({ file, reason }) => [file, reason]));
  const read = new Set(encoded.encoded.map(({ file, part }) => partId(clips.known.get(file)!.id, part!)));
  const unread = parts.flatMap(({ file, part }) => {
    const id = partId(clips.known.get(file)!.id, part!);
    return read.has(id) ? [] : [[id, reasons.get(file) ?? 'its part could not be read'] as const];
  });
  return withoutUnread(annotated, new Map(unread));
}
