/** A folder of music to a bundle: encode what is new, build, and say what could not be read. */

import type { Manifest, Precision } from '../../index/manifest.ts';
import { encodeMusic } from '../encode.ts';
import type { Progress } from '../progress.ts';
import type { Checkpoint } from '../train/checkpoint.ts';
import { buildBundle } from './build.ts';

export interface IndexOptions {
  music: string;
  checkpoint: Checkpoint;
  /** Where the bundle goes. */
  folder: string;
  /** Of the model's graphs; fp32 unless given. */
  precision?: Precision;
  /** Where encoded tokens are kept. */
  cache: string;
  builtAt: Date;
  threads: number;
  progress: (label: string, total: number) => Progress;
  print: (line: string) => void;
}

export async function indexMusic(options: IndexOptions): Promise<Manifest> {
  const { music, cache, print } = options;
  const { tracks, rejected } = await encodeMusic(music, {
    cache,
    progress: (total) => options.progress('encode your music', total),
  });
  for (const { file, reason } of rejected) print(`not indexed: ${file}: ${reason}`);
  const manifest = await buildBundle({ ...options, tracks });
  const { indexVersion, modelVersion, precision, counts } = manifest;
  print(
    `\nIndex ${indexVersion}: ${counts.tracks} tracks, ${counts.segments} segments, model ${modelVersion} (${precision})`,
  );
  return manifest;
}
