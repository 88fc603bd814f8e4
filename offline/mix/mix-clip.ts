/**
 * A clip with its music as one file: a service is asked for the moment, the track's sound is found, ffmpeg mixes it as the answer says.
 *
 * The clip's footage stays here: the service is sent its frames as tokens, when its shots change and when somebody speaks. The picture is copied as it is.
 * What editing programs read of it is written by index/edit/, which file goes where by the command.
 */
import { basename, extname, resolve } from 'node:path';
import type { Edit } from '../../index/edit/edit.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import type { Moment } from '../service-client/answers.ts';
import type { Service } from '../service-client/service.ts';
import { askForMoment } from './ask-moment.ts';
import { readClipFacts } from './clip-facts.ts';
import { MUXERS, mixWithFfmpeg } from './mix-with-ffmpeg.ts';
import { findSound } from './track-sound.ts';

export interface MixOptions {
  service: Service;
  clip: string;
  /** The mixed file: its ending says the container. */
  out: string;
  /** A folder of the library's own files; the service's previews unless given. */
  music?: string;
  /** The moment of this track, by its id; of all tracks unless given. */
  track?: string;
  /** Which of the answered moments, 1 the best. */
  rank: number;
  /** Leaves the clip's own sound out. */
  musicOnly: boolean;
  /** Whether the track's sound is to be kept beside `out` where it came from the service: editing programs ask for a file. */
  keepSound: boolean;
}

export interface Mixed {
  moment: Moment;
  edit: Edit;
  /** Of the clip, for people: what was found in it. */
  heard: { cuts: number; speechMs: number; hasSound: boolean };
  /** The track's sound where it lies now; undefined where it was the service's and was not kept. */
  sound?: string;
  isPreview: boolean;
}

/** @throws Error with a sentence that says what to do; nothing is left at `out` then */
export async function mixClip(options: MixOptions): Promise<Mixed> {
  const { service, clip, out, rank, musicOnly } = options;
  refuseEnding(out);
  const facts = await readClipFacts(clip);
  const { moment, track } = await askForMoment(service, clip, { facts, rank, track: options.track });
  return withTempDir(async (folder) => {
    const kept = options.keepSound ? withoutEnding(out) : undefined;
    const sound = await findSound({ service, track, music: options.music, folder, kept });
    const own = facts.hasSound && !musicOnly;
    const { mix } = moment;
    if (!mix) throw new Error('internal: expected mix in the answer to speechMs, got none.');
    await mixWithFfmpeg({
      clip,
      stream: facts.stream,
      sound: sound.path,
      graph: own ? mix.ffmpeg : mix.ffmpegMusicOnly,
      out,
    });
    const edit: Edit = {
      clip: { ...facts.edit, name: basename(clip), src: resolve(clip), hasSound: own },
      moment,
      track: { ...track, src: sound.isKept ? resolve(sound.path) : (track.previewUrl ?? basename(sound.path)) },
    };
    const { cutsMs, speechMs, hasSound } = facts;
    return {
      moment,
      edit,
      heard: { cuts: cutsMs.length, speechMs: speechMs.reduce((sum, [from, to]) => sum + to - from, 0), hasSound },
      sound: sound.isKept ? sound.path : undefined,
      isPreview: sound.isPreview,
    };
  });
}

/** Before any work. */
function refuseEnding(out: string): void {
  const ending = extname(out).toLowerCase();
  if (!(ending in MUXERS))
    throw new Error(`--out: expected a name ending in ${Object.keys(MUXERS).join(', ')}, got "${out}".`);
}

const withoutEnding = (path: string): string => path.slice(0, path.length - extname(path).length);
