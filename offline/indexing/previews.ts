/**
 * What is played of a track before one decides: its audio file as it is, an object of the index like any other.
 *
 * Browsers play MP3, WAV, FLAC and Ogg (https://developer.mozilla.org/docs/Web/Media/Guides/Formats/Containers). Anything else, and
 * what is too large for a Worker's assets, is made into AAC in an MP4 by the system's ffmpeg, which read it in the first place;
 * its AAC encoder is in every build of it, LAME's is not. What has no preview in the end is reported with the reason.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Track } from '../../index/format/catalogue.ts';
import { packedMap, type TextMap } from '../lib/packed-map.ts';
import type { Progress } from '../lib/progress.ts';
import { withTempDir } from '../lib/temp-dir.ts';
import { LARGEST_ASSET } from '../local-worker/fit.ts';
import { fileSource, sourceFrom } from '../media/byte-source.ts';
import { inputFile, lastLine, outputFile, runFfmpeg } from '../media/ffmpeg.ts';
import { isFlac } from '../media/flac.ts';
import { isMp3, tagLength } from '../media/mp3.ts';
import { firstCodec } from '../media/ogg-links.ts';
import { isPlainWav } from '../media/wav.ts';
import { putObject } from './store/publish.ts';
import type { BundleStore } from './store/store.ts';

export type Preview = NonNullable<Track['preview']>;

interface Playable {
  extension: string;
  /** Media type. */
  type: string;
}

const AAC: Playable = { extension: 'm4a', type: 'audio/mp4' };
/** At 128 kbit/s 25 MiB last 27 minutes. */
const BITRATE = '128k';
/** Enough to recognise every format by, as in offline/media/audio.ts. */
const HEAD = 1 << 16;

export interface Previews {
  /** By id of the track. */
  previews: TextMap<Preview>;
  /** Of how many something smaller or playable was made. */
  made: number;
  without: { file: string; reason: string }[];
}

/**
 * @param music the folder that the tracks' files are relative to
 * @param largest bytes of a preview
 */
export async function putPreviews(
  store: BundleStore,
  music: string,
  tracks: Iterable<Pick<Track, 'id' | 'file'>>,
  { bar, largest = LARGEST_ASSET }: { bar?: Progress; largest?: number } = {},
): Promise<Previews> {
  const previews = packedMap<Preview>();
  const result: Previews = { previews, made: 0, without: [] };
  for (const { id, file } of tracks) {
    const path = join(music, file);
    const found = (await stat(path)).size <= largest ? await playable(path) : undefined;
    const content = found
      ? { ...found, bytes: await readFile(path) }
      : await withTempDir((folder) => transcoded(path, folder, largest));
    bar?.tick(1, file);
    if ('reason' in content) {
      result.without.push({ file, reason: content.reason });
      continue;
    }
    if (!found) result.made++;
    const object = await putObject(store, 'preview', content.extension, content.bytes);
    previews.set(id, { path: object.path, bytes: object.bytes, type: content.type });
  }
  return result;
}

/** By what the file begins with, as when it was encoded; undefined where browsers do not play it. */
async function playable(path: string): Promise<Playable | undefined> {
  const file = await open(path);
  try {
    const source = fileSource(file, (await file.stat()).size);
    const tagged = await tagLength(source);
    const head = await source.read(tagged, HEAD);
    if (await isPlainWav(sourceFrom(source, tagged))) return { extension: 'wav', type: 'audio/wav' };
    if (isFlac(head)) return { extension: 'flac', type: 'audio/flac' };
    if (await firstCodec(head)) return { extension: 'ogg', type: 'audio/ogg' };
    if (isMp3(head, tagged > 0)) return { extension: 'mp3', type: 'audio/mpeg' };
    return undefined;
  } finally {
    await file.close();
  }
}

type Transcoded = (Playable & { bytes: Uint8Array }) | { reason: string };

async function transcoded(path: string, folder: string, largest: number): Promise<Transcoded> {
  const target = join(folder, `preview.${AAC.extension}`);
  const quiet = ['-vn', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact'];
  const codec = ['-c:a', 'aac', '-b:a', BITRATE, '-ac', '2', '-movflags', '+faststart'];
  const run = await runFfmpeg([...inputFile(path), '-map', '0:a:0', ...quiet, ...codec, '-y', outputFile(target)]);
  if (!run)
    return { reason: 'browsers do not play it, or it is above 25 MiB, and there is no ffmpeg to make AAC of it.' };
  if (!run.ok) return { reason: `ffmpeg could not make AAC of it: ${lastLine(run.log)}` };
  const bytes = await readFile(target);
  if (bytes.length > largest) {
    const mib = (size: number): string => (size / 2 ** 20).toFixed(0);
    return { reason: `${mib(bytes.length)} MiB as AAC, where a preview has at most ${mib(largest)}.` };
  }
  return { ...AAC, bytes };
}
