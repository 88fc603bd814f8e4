/** The tokens that `cuepoint ground` is given, under the names that evaluate/ground-all.ts takes. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, encodersIn, readTokens } from '../data/dataset.ts';
import { knownMedia } from '../encode/data-folder.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { openSafetensors } from '../formats/safetensors-file.ts';

/**
 * @param path a safetensors file, whose tensors have these names already; or a folder with video*.safetensors and music*.safetensors, as
 * `cuepoint encode` writes it and training reads it. Its catalogue.jsonl, if there is one, gives the tracks' durations.
 * @param onEncoders is told whose a folder's tokens are, where it says, and throws where they do not fit
 * @returns `video.<id>`, `music.<id>` [tokens, width] and `duration.<id>` [1], seconds
 * @throws Error naming the file that is missing or cannot be read
 */
export async function groundingTokens(
  path: string,
  onEncoders: (encoders: Dataset['encoders']) => void = () => {},
): Promise<Map<string, NamedTensor>> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
  if (!isFolder) return (await openSafetensors(path, { expected: 'tokens as safetensors' })).tensors;
  const encoders = existsSync(join(path, 'encoders.json'))
    ? encodersIn(await readFile(join(path, 'encoders.json'), 'utf8'))
    : undefined;
  if (encoders) onEncoders(encoders);
  const [videos, tracks] = [await readTokens(path, 'video'), await readTokens(path, 'music')];
  const durations = [...(await knownMedia(path, 'track')).values()].filter(({ id }) => tracks.has(id));
  return new Map([
    ...[...videos].map(([id, tokens]) => [`video.${id}`, tokens] as const),
    ...[...tracks].map(([id, tokens]) => [`music.${id}`, tokens] as const),
    ...durations.map(({ id, durationSec }) => [`duration.${id}`, seconds(durationSec)] as const),
  ]);
}

const seconds = (value: number): NamedTensor => ({ shape: [1], data: Float32Array.of(value) });
