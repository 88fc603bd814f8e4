/**
 * From media files to raw tokens, each file once.
 *
 * Tokens are kept under the hash of the file's content and the encoder's name and revision, so that a second run, or one that
 * was interrupted, encodes only what is new. A file that cannot be read is reported and left out; the rest goes on.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { BASIC_FRAMES, embedFrames } from '../functions/embed/basic-frames.ts';
import { BASIC_AUDIO, encodeBasicAudio } from './encoders/basic-audio.ts';
import { sha256File, sha256Hex, writeFileAtomic } from './files.ts';
import { listAudio, readAudio } from './media/audio.ts';
import { nodeDecoders } from './media/image-codecs.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from './nn/safetensors.ts';
import type { Progress } from './progress.ts';

export interface EncodedTrack {
  /** From the file's name and content: stable, URL-safe. */
  id: string;
  title: string;
  /** Relative to the folder. */
  file: string;
  sha256: string;
  durationSec: number;
  /** Raw tokens [S, d_a]. */
  tokens: NamedTensor;
}

export interface Rejected {
  file: string;
  reason: string;
}

/** Encode every audio file below a folder; of files with equal content, the first. */
export async function encodeMusic(
  folder: string,
  { cache, progress }: { cache: string; progress: (total: number) => Progress },
): Promise<{ tracks: EncodedTrack[]; rejected: Rejected[] }> {
  const files = await findMusic(folder);
  const bar = progress(files.length);
  const tracks: EncodedTrack[] = [];
  const rejected: Rejected[] = [];
  const first = new Map<string, string>();
  for (const path of files) {
    const file = relative(folder, path);
    try {
      const sha256 = await sha256File(path);
      const twin = first.get(sha256);
      if (twin !== undefined) throw new Error(`the same content as ${twin}; indexed once.`);
      first.set(sha256, file);
      const { tokens, durationSec, kept } = await encodeTrack(path, sha256, cache);
      tracks.push({ id: trackId(file, sha256), title: titleOf(file), file, sha256, durationSec, tokens });
      if (kept) bar.skip(1);
      else bar.tick(1, file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      rejected.push({ file, reason: reason.startsWith(`${path}: `) ? reason.slice(path.length + 2) : reason });
      bar.tick(1, file);
    }
  }
  bar.done(rejected.length ? `${rejected.length} left out` : undefined);
  if (!tracks.length)
    throw new Error(`${folder}: none of ${files.length} audio files could be read. The first: ${rejected[0].reason}`);
  return { tracks, rejected };
}

/** The audio files below a folder, in order. @throws Error when there are none */
export async function findMusic(folder: string): Promise<string[]> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new Error(`${folder}: expected a folder of music, got none there. Check the path.`);
  const files = await listAudio(folder);
  if (!files.length)
    throw new Error(
      `${folder}: expected audio files, found none. Give a folder with .mp3, .ogg, .opus, .flac or .wav files.`,
    );
  return files;
}

async function encodeTrack(
  path: string,
  sha256: string,
  cache: string,
): Promise<{ tokens: NamedTensor; durationSec: number; kept: boolean }> {
  const kept = join(cache, `${BASIC_AUDIO.name}-${BASIC_AUDIO.revision}`, `${sha256}.safetensors`);
  const known = await readKept(kept);
  if (known) return { tokens: known.tokens, durationSec: Number(known.metadata.durationSec), kept: true };
  const { samples, durationSec } = await readAudio(path);
  const { tokens: data, segments } = encodeBasicAudio(samples);
  const tokens = { data, shape: [segments, BASIC_AUDIO.width] };
  await writeFileAtomic(kept, encodeSafetensors(new Map([['tokens', tokens]]), { durationSec: String(durationSec) }));
  return { tokens, durationSec, kept: false };
}

/** Raw tokens [F, d_v] of a clip's frames (JPEG or PNG bytes at 1 fps), by the code the Worker runs. */
export async function encodeFrames(frames: readonly Uint8Array[], cache: string): Promise<NamedTensor> {
  const key = sha256Hex(frames.map(sha256Hex).join());
  const kept = join(cache, `${BASIC_FRAMES.name}-${BASIC_FRAMES.revision}`, `${key}.safetensors`);
  const known = await readKept(kept);
  if (known) return known.tokens;
  const tokens = { data: await embedFrames(frames, await nodeDecoders()), shape: [frames.length, BASIC_FRAMES.width] };
  await writeFileAtomic(kept, encodeSafetensors(new Map([['tokens', tokens]])));
  return tokens;
}

/** What was kept, or undefined where there is nothing or it is damaged: then it is made again. */
async function readKept(path: string): Promise<{ tokens: NamedTensor; metadata: Record<string, string> } | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    const { tensors, metadata } = decodeSafetensors(await readFile(path));
    const tokens = tensors.get('tokens');
    return tokens && { tokens, metadata };
  } catch {
    return undefined;
  }
}

function trackId(file: string, sha256: string): string {
  const slug = titleOf(file)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '') // accents, which NFKD sets apart
    .replace(/[^\w]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
  return `${slug || 'track'}-${sha256.slice(0, 12)}`; // 6 would meet in a library of a few thousand names without a slug
}

function titleOf(file: string): string {
  return basename(file, extname(file)).replace(/[_]+/g, ' ').trim();
}
