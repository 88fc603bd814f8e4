/**
 * The clips and the music of a study as files that any browser plays and that give nothing away: no names, no tags, no sound of the clip's own.
 *
 * With ffmpeg a clip becomes H.264 and a moment is cut out of its track as AAC. Without it whole files are copied, tags and all, and the page
 * plays startMs to endMs of them; then clips have to be videos already, in a format that browsers play.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { STUDY_MEDIA_TYPES, type StudyMusic } from '../../index/format/study.ts';
import { notFound, sha256Hex, writeFileAtomic } from '../lib/files.ts';
import { inputFile, lastLine, loggedDuration, outputFile, runFfmpeg } from '../media/ffmpeg.ts';
import { readClip, writeClipVideo } from '../media/video.ts';

export interface StudyMedia {
  /** @returns where it lies, relative to the study's folder */
  clip(path: string): Promise<string>;
  music(path: string, span: { startMs: number; endMs: number }, volume: number): Promise<StudyMusic>;
}

/** Equal input, equal bytes; and no word of where it comes from. */
const SILENT = ['-map_metadata', '-1', '-map_chapters', '-1', '-fflags', '+bitexact', '-threads', '1'];
/** A cut in the middle of a wave clicks. */
const FADE_SEC = 0.01;
/** Plenty for a phone. */
const SIDE = 640;

/**
 * @param folder of the study
 * @param run in place of the system's ffmpeg
 */
export async function openStudyMedia(folder: string, run: typeof runFfmpeg = runFfmpeg): Promise<StudyMedia> {
  const hasFfmpeg = (await run(['-version'])) !== undefined;

  async function keep(bytes: Uint8Array, ending: string): Promise<string> {
    const file = `media/${sha256Hex(bytes).slice(0, 16)}-${bytes.length}.${ending}`;
    await writeFileAtomic(join(folder, file), bytes);
    return file;
  }
  async function converted(ending: string, args: readonly string[]): Promise<string> {
    const place = await mkdtemp(join(tmpdir(), 'cuepoint-study-'));
    const path = join(place, `made.${ending}`);
    try {
      const result = await run(['-v', 'error', ...args, ...SILENT, '-y', outputFile(path)]);
      if (!result?.ok) throw new Error(lastLine(result?.log ?? ''));
      const made = await run(inputFile(path)); // it fails for want of an output, and prints the length before
      if (!loggedDuration(made?.log ?? '')) throw new Error('nothing: the file ends before');
      return await keep(await readFile(path), ending);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }
  async function copied(path: string, what: string): Promise<string> {
    const ending = extname(path).slice(1).toLowerCase();
    if (!STUDY_MEDIA_TYPES[ending])
      throw new Error(
        `${path}: expected ${what} in a format that browsers play (${Object.keys(STUDY_MEDIA_TYPES).join(', ')}), got .${ending}. Install ffmpeg, which converts it.`,
      );
    return keep(await readFile(path).catch(notFound(path, what, 'Check the folder that was given.')), ending);
  }

  const kept = new Map<string, Promise<string>>();
  const once = (name: string, make: () => Promise<string>): Promise<string> => {
    const known = kept.get(name) ?? make();
    kept.set(name, known);
    return known;
  };

  async function video(path: string): Promise<string> {
    if (!hasFfmpeg) return copied(path, 'a clip');
    const scale = `min(1,${SIDE}/max(iw*sar,ih))`;
    const filter = `scale='trunc(iw*sar*${scale}/2)*2':'trunc(ih*${scale}/2)*2',setsar=1,format=yuv420p`;
    const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-flags:v', '+bitexact'];
    return converted('mp4', [
      ...[...inputFile(path), '-map', '0:V:0', '-an', '-sn', '-dn', '-vf', filter],
      ...[...encode, '-movflags', '+faststart'],
    ]).catch((cause: Error) => {
      throw new Error(
        `${path}: expected a video that ffmpeg reads, got "${lastLine(cause.message)}". Export it as MP4.`,
      );
    });
  }

  async function pictures(path: string): Promise<string> {
    const place = await mkdtemp(join(tmpdir(), 'cuepoint-study-'));
    try {
      const file = join(place, 'clip.mp4');
      if (!hasFfmpeg || !(await writeClipVideo((await readClip(path)).frames, file)))
        throw new Error(`${path}: expected ffmpeg to make a video of the pictures, found none. Install it.`);
      return await video(file);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }

  return {
    clip: (path) => once(path, async () => ((await stat(path)).isDirectory() ? pictures(path) : video(path))),
    async music(path, { startMs, endMs }, volume) {
      if (!hasFfmpeg) return { src: await once(path, () => copied(path, 'a track')), startMs, endMs, volume };
      const lengthSec = (endMs - startMs) / 1000;
      const filter = [
        // Cut by samples: what ffmpeg seeks in a Vorbis file can begin a tenth of a second late.
        `atrim=start=${(startMs / 1000).toFixed(3)}:duration=${lengthSec.toFixed(3)}`,
        'asetpts=PTS-STARTPTS',
        `volume=${volume.toFixed(6)}`,
        `afade=t=in:d=${FADE_SEC}`,
        `afade=t=out:st=${Math.max(0, lengthSec - FADE_SEC).toFixed(3)}:d=${FADE_SEC}`,
      ].join();
      const src = await once(JSON.stringify([path, startMs, endMs, volume]), () =>
        converted('m4a', [
          ...[...inputFile(path), '-map', '0:a:0', '-vn', '-af', filter],
          ...['-c:a', 'aac', '-b:a', '160k', '-flags:a', '+bitexact'],
        ]).catch((cause: Error) => {
          throw new Error(
            `${path}: expected music from ${startMs} to ${endMs} ms, got "${lastLine(cause.message)}". Check --music.`,
          );
        }),
      );
      return { src, startMs: 0, endMs: endMs - startMs, volume: 1 };
    },
  };
}

/** Of two gains, what players multiply by: as far apart as the gains, and never above 1, which would distort. */
export function volumesOf(a: number, b: number): [number, number] {
  const most = Math.max(a, b);
  return [10 ** ((a - most) / 20), 10 ** ((b - most) / 20)];
}
