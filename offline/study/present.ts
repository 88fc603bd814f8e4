/** Answers whose files are there: names become files, and what is not in the folders is left out and reported. */
import { hashClip } from '../encode/clip.ts';
import { clipsIn } from '../encode/clips-in.ts';
import { findMusic } from '../encode/library.ts';
import { mediaNames } from '../encode/media-names.ts';
import { sha256File } from '../lib/files.ts';
import type { MediaFile } from '../media/media-files.ts';
import type { SystemAnswer, SystemAnswers } from './answers-file.ts';

export interface Present {
  systems: SystemAnswers[];
  /** Names of answers that are in neither folder, once each. */
  absent: { clips: string[]; tracks: string[] };
  /** By `clip` and `track` of the answers. */
  clips: ReadonlyMap<string, MediaFile>;
  tracks: ReadonlyMap<string, MediaFile>;
}

/** @throws Error when there is no such folder, or nothing in it, or a name is of two files */
export async function presentAnswers(
  systems: readonly SystemAnswers[],
  folders: { clips: string; music: string },
): Promise<Present> {
  const clips = (await clipsIn(folders.clips)).files;
  const findClip = mediaNames(clips, hashClip);
  const findTrack = mediaNames((await findMusic(folders.music)).files, sha256File);
  const present: SystemAnswers[] = [];
  const absent = { clips: new Set<string>(), tracks: new Set<string>() };
  const found = { clips: new Map<string, MediaFile>(), tracks: new Map<string, MediaFile>() };
  for (const { system, answers } of systems) {
    const kept = new Map<string, SystemAnswer>();
    for (const answer of answers) {
      const [clip, track] = [await findClip(answer.clip), await findTrack(answer.track)];
      if (!clip) absent.clips.add(answer.clip);
      else if (!track) absent.tracks.add(answer.track);
      if (!clip || !track) continue;
      found.clips.set(clip.file, clip);
      found.tracks.set(track.file, track);
      // Two names may be of one file; the first answer counts.
      if (!kept.has(clip.file)) kept.set(clip.file, { ...answer, clip: clip.file, track: track.file });
    }
    present.push({ system, answers: [...kept.values()] });
  }
  return { systems: present, ...found, absent: { clips: [...absent.clips], tracks: [...absent.tracks] } };
}
