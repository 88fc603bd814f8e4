/** A folder of music to a bundle: encode what is new, build, and say what could not be read. */

import type { Manifest, Precision } from '../../index/manifest.ts';
import { encodeMusic } from '../encode/library.ts';
import { findEncoder } from '../encoders/store.ts';
import type { Progress } from '../progress.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { buildBundle } from './build.ts';
import { edgeTower } from './edge-tower.ts';

export interface IndexOptions {
  music: string;
  checkpoint: Checkpoint;
  /** Where the bundle goes. */
  folder: string;
  /** Of the model's graphs; fp32 unless given. */
  precision?: Precision;
  /** What embeds frames in the Worker, where the model was trained on a tower's tokens. */
  edgeEncoder?: string;
  /** Where encoded tokens are kept. */
  cache: string;
  /** Where added encoders lie. */
  encoders: string;
  builtAt: Date;
  threads: number;
  progress: (label: string, total: number) => Progress;
  print: (line: string) => void;
}

export async function indexMusic(options: IndexOptions): Promise<Manifest> {
  const { music, checkpoint, cache, encoders, edgeEncoder, precision, threads, print } = options;
  const audio = await findEncoder(checkpoint.encoders.audio.name, 'audio', encoders);
  // What does not fit is refused before the music is encoded.
  const tower = edgeEncoder
    ? await edgeTower(edgeEncoder, { checkpoint, encoders, precision: precision ?? 'fp32', print })
    : undefined;
  const { tracks, rejected, copies } = await encodeMusic(music, audio, {
    cache,
    workers: threads,
    progress: (total) => options.progress('encode your music', total),
  });
  for (const { file, of } of copies) print(`indexed once: ${file}: the same content as ${of}`);
  for (const { file, reason } of rejected) print(`not indexed: ${file}: ${reason}`);
  const manifest = await buildBundle({ ...options, tracks, tower });
  const { indexVersion, modelVersion, counts } = manifest;
  print(
    `\nIndex ${indexVersion}: ${counts.tracks} tracks, ${counts.segments} segments, model ${modelVersion} (${manifest.precision})`,
  );
  return manifest;
}
