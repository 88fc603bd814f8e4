/**
 * Peaks of a track as they are kept, under the hash of the file's content: some 14 KB for 140 s. A run that was killed, or the next one, finds
 * only those that are not there.
 *
 * Little endian: "CPKS", how long the track is in milliseconds, how many peaks, their CRC-32 (RFC 1952), then the peaks (packed-peaks.ts).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from '../lib/files.ts';
import { SOUND_REVISION } from '../media/heard.ts';

/** Raised when the same sound gives other peaks. */
const PEAKS_REVISION = 1;
const MAGIC = 'CPKS';
const HEAD_BYTES = 16;

export interface KeptPeaks {
  durationSec: number;
  packed: Uint32Array;
}

export const peaksFolder = (cache: string): string => join(cache, `peaks-${PEAKS_REVISION}-sound-${SOUND_REVISION}`);

const placeOf = (cache: string, sha256: string): string => join(peaksFolder(cache), `${sha256}.peaks`);

export function keepPeaks(cache: string, sha256: string, { durationSec, packed }: KeptPeaks): Promise<void> {
  const bytes = Buffer.alloc(HEAD_BYTES + 4 * packed.length);
  for (let i = 0; i < packed.length; i++) bytes.writeUInt32LE(packed[i], HEAD_BYTES + 4 * i);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(Math.round(1000 * durationSec), 4);
  bytes.writeUInt32LE(packed.length, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 12);
  return writeFileAtomic(placeOf(cache, sha256), bytes);
}

/** Undefined where there are none, or they are damaged: then they are found again. */
export async function readPeaks(cache: string, sha256: string): Promise<KeptPeaks | undefined> {
  const bytes = await readFile(placeOf(cache, sha256)).catch(() => undefined);
  if (!bytes || bytes.length < HEAD_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) return undefined;
  const count = bytes.readUInt32LE(8);
  if (bytes.length !== HEAD_BYTES + 4 * count) return undefined;
  if (crc32(bytes.subarray(HEAD_BYTES)) !== bytes.readUInt32LE(12)) return undefined;
  const packed = Uint32Array.from({ length: count }, (_, i) => bytes.readUInt32LE(HEAD_BYTES + 4 * i));
  return { durationSec: bytes.readUInt32LE(4) / 1000, packed };
}
