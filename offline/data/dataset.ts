/**
 * A folder to train on: {train,val,test}_data.csv beside video*.safetensors and music*.safetensors (one tensor of raw tokens
 * per id) and, where they are not CLIP's and AST's, encoders.json, which names the encoders the tokens come from.
 */
import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, type NamedTensor } from '../nn/safetensors.ts';
import { type Annotation, readAnnotations } from './annotations.ts';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  encoders: { image: string; audio: string };
  splits: Record<Split, Annotation[]>;
  /** Raw tokens by id: [F, d_v]. */
  videos: Map<string, NamedTensor>;
  /** Raw tokens by id: [S, d_a]. */
  tracks: Map<string, NamedTensor>;
  /** Hash of the token files. */
  fingerprint?: string;
}

/** @throws Error naming the file or the id that is missing. */
export async function readDataset(folder: string): Promise<Dataset> {
  const [train, val, test] = await Promise.all(
    SPLITS.map((split) => readAnnotations(join(folder, `${split}_data.csv`))),
  );
  if (!train.length || !val.length)
    throw new Error(`${folder}: expected rows in train_data.csv and val_data.csv, found none. Add annotations.`);
  const hash = createHash('sha256');
  const [videos, tracks] = [await readShards(folder, 'video', hash), await readShards(folder, 'music', hash)];
  for (const row of [...train, ...val, ...test]) {
    if (!videos.has(row.videoId))
      throw new Error(
        `${folder}: no tokens of the clip "${row.videoId}" in video*.safetensors. Encode the clips again.`,
      );
    if (!tracks.has(row.musicId))
      throw new Error(
        `${folder}: no tokens of the track "${row.musicId}" in music*.safetensors. Encode the music again.`,
      );
  }
  const encoders = await readEncoders(join(folder, 'encoders.json'), { videos, tracks });
  return { encoders, splits: { train, val, test }, videos, tracks, fingerprint: hash.digest('hex') };
}

/** Without the file, the paper's encoders by their widths: 512 is CLIP ViT-B/32's, 768 AST's. */
async function readEncoders(
  path: string,
  { videos, tracks }: Pick<Dataset, 'videos' | 'tracks'>,
): Promise<Dataset['encoders']> {
  if (!existsSync(path)) {
    const widthOf = (tokens: Dataset['videos']) => [...tokens.values()][0].shape[1];
    const [image, audio] = [widthOf(videos), widthOf(tracks)];
    return {
      image: image === 512 ? 'clip-vit-b32' : `image-${image}`,
      audio: audio === 768 ? 'ast' : `audio-${audio}`,
    };
  }
  const { image, audio } = jsonObject(await readFile(path, 'utf8'));
  if (typeof image === 'string' && typeof audio === 'string') return { image, audio };
  throw new Error(`${path}: expected {"image": name, "audio": name}, got something else. Encode the media again.`);
}

/** Empty when the text is no JSON object. */
function jsonObject(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

async function readShards(folder: string, kind: 'video' | 'music', hash: Hash): Promise<Map<string, NamedTensor>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(kind) && name.endsWith('.safetensors')).sort();
  if (!names.length) throw new Error(`${folder}: expected ${kind}*.safetensors, found none. Encode the media first.`);
  const all = new Map<string, NamedTensor>();
  let width: number | undefined;
  for (const name of names) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    hash.update(name).update(bytes);
    for (const [id, tensor] of decoded(path, bytes)) {
      const expected = (what: string, got: string, next: string) =>
        new Error(`${path}: expected ${what} for "${id}", got ${got}. ${next}`);
      const { shape, data } = tensor;
      width ??= shape[1];
      if (shape.length !== 2 || data.length === 0 || shape[1] !== width)
        throw expected(`[tokens, ${width ?? 'width'}]`, `[${shape.join(', ')}]`, 'Encode all media with one encoder.');
      if (!data.every(Number.isFinite)) throw expected('finite tokens', 'NaN or Infinity', 'Encode it again.');
      if (all.has(id))
        throw expected(`its tokens once in ${kind}*.safetensors`, 'them twice', 'Remove one of the two.');
      all.set(id, tensor);
    }
  }
  return all;
}

function decoded(path: string, bytes: Uint8Array): Map<string, NamedTensor> {
  try {
    return decodeSafetensors(bytes).tensors;
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}
