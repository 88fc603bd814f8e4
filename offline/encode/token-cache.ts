/**
 * What has been encoded is kept: tokens under the encoder and the hash of the media's content, what is known of a track's music
 * under that hash alone. A second run, or one that was killed, makes only what is not there whole.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, type NamedTensor, type Safetensors } from '../formats/safetensors.ts';
import { encodeSealed, isSealWhole } from '../formats/sealed.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { removeLeftoversOnce } from '../lib/leftovers.ts';

/** The cache cannot be written: not the fault of the file in hand, and the same for every other. */
export class CacheError extends Error {
  override name = 'CacheError';
}

export interface CachedTokens {
  /** Raw tokens [S, d_a] or [F, d_v]. */
  tokens: NamedTensor;
  durationSec: number;
  /** Between two frames of a clip, in seconds; 1 unless given. */
  frameStepSec?: number;
  /** What was wrong with the file and was put up with, for people. */
  remarks?: string[];
}

/** @param key of the encoder @param sha256 of the content */
export async function readTokens(cache: string, key: string, sha256: string): Promise<CachedTokens | undefined> {
  return tokensIn(await readKept(placeOf(cache, key, sha256)));
}

/** The same, not asynchronous. */
export const readTokensNow = (cache: string, key: string, sha256: string): CachedTokens | undefined =>
  tokensIn(readKeptNow(placeOf(cache, key, sha256)));

function tokensIn(kept: Safetensors | undefined): CachedTokens | undefined {
  const tokens = kept?.tensors.get('tokens');
  const durationSec = Number(kept?.metadata.durationSec);
  if (!tokens?.data.length || !(durationSec > 0)) return undefined;
  const { frameStepSec, remarks } = kept!.metadata;
  return {
    tokens,
    durationSec,
    ...(frameStepSec ? { frameStepSec: Number(frameStepSec) } : {}),
    ...(remarks ? { remarks: JSON.parse(remarks) as string[] } : {}),
  };
}

export function keepTokens(cache: string, key: string, sha256: string, kept: CachedTokens): Promise<void> {
  const { tokens, durationSec, frameStepSec = 1, remarks = [] } = kept;
  return keep(placeOf(cache, key, sha256), {
    tensors: new Map([['tokens', tokens]]),
    metadata: {
      durationSec: String(durationSec),
      ...(frameStepSec === 1 ? {} : { frameStepSec: String(frameStepSec) }),
      ...(remarks.length ? { remarks: JSON.stringify(remarks) } : {}),
    },
  });
}

export const placeOf = (cache: string, key: string, sha256: string): string =>
  join(cache, key, `${sha256}.safetensors`);

/** What was kept, or undefined where there is nothing or it is damaged: then it is made again. */
export async function readKept(path: string): Promise<Safetensors | undefined> {
  if (!existsSync(path)) return undefined;
  return wholeIn(await readFile(path).catch(() => undefined));
}

export function readKeptNow(path: string): Safetensors | undefined {
  try {
    return wholeIn(readFileSync(path));
  } catch {
    return undefined;
  }
}

function wholeIn(bytes: Uint8Array | undefined): Safetensors | undefined {
  try {
    const kept = bytes && decodeSafetensors(bytes);
    return kept && isSealWhole(bytes, kept.metadata) === false ? undefined : kept; // earlier versions had no hash
  } catch {
    return undefined;
  }
}

/** What killed runs left half written. Once per folder: it may hold a file for each of many tracks. */
export async function tidyTokenCache(cache: string): Promise<void> {
  const entries = await readdir(cache, { withFileTypes: true }).catch(() => []); // not there yet
  for (const entry of entries) if (entry.isDirectory()) await removeLeftoversOnce(join(cache, entry.name));
}

/** Whole or not at all. @throws CacheError when it cannot be written. */
export async function keep(path: string, { tensors, metadata }: Safetensors): Promise<void> {
  await writeFileAtomic(path, encodeSealed(tensors, metadata)).catch((cause: NodeJS.ErrnoException) => {
    const full = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' || cause.code === 'EFBIG';
    throw new CacheError(
      full
        ? `${path}: the disk is full. Free some space and start again: what is encoded is kept.`
        : `${cause.message} What is encoded is kept.`,
      { cause },
    );
  });
}
