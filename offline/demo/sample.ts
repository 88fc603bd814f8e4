/** One of the demo's held-out clips, put beside its index for the page's "Try the sample". */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLE_CARD, writeSample } from '../../index/format/sample.ts';
import { sha256Hex, writeFileAtomic } from '../lib/files.ts';

/** @param video its file; where ffmpeg was missing there is none, and so no sample @returns whether there is one */
export async function putSample(bundle: string, name: string, video: string): Promise<boolean> {
  await rm(join(bundle, 'sample'), { recursive: true, force: true });
  if (!existsSync(video)) return false;
  const bytes = await readFile(video);
  const path = `sample/clip-${sha256Hex(bytes).slice(0, 16)}.mp4`;
  await writeFileAtomic(join(bundle, path), bytes);
  await writeFileAtomic(join(bundle, SAMPLE_CARD), writeSample({ name, path, bytes: bytes.length, type: 'video/mp4' }));
  return true;
}
