/**
 * A folder to train on: {train,val,test}_data.csv beside video*.safetensors and music*.safetensors (one tensor of raw tokens
 * per id) and encoders.json, which names the encoders the tokens come from.
 */
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
}

/** @throws Error naming the file or the id that is missing. */
export async function readDataset(folder: string): Promise<Dataset> {
  const encoders = await readEncoders(join(folder, 'encoders.json'));
  const [train, val, test] = await Promise.all(
    SPLITS.map((split) => readAnnotations(join(folder, `${split}_data.csv`))),
  );
  if (!train.length || !val.length)
    throw new Error(`${folder}: expected rows in train_data.csv and val_data.csv, found none. Add annotations.`);
  const [videos, tracks] = [await readShards(folder, 'video'), await readShards(folder, 'music')];
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
  return { encoders, splits: { train, val, test }, videos, tracks };
}

async function readEncoders(path: string): Promise<Dataset['encoders']> {
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

async function readShards(folder: string, kind: 'video' | 'music'): Promise<Map<string, NamedTensor>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(kind) && name.endsWith('.safetensors')).sort();
  if (!names.length) throw new Error(`${folder}: expected ${kind}*.safetensors, found none. Encode the media first.`);
  const all = new Map<string, NamedTensor>();
  for (const name of names)
    for (const [id, tensor] of decodeSafetensors(await readFile(join(folder, name))).tensors) {
      if (tensor.shape.length !== 2 || tensor.data.length === 0)
        throw new Error(
          `${join(folder, name)}: expected [tokens, width] for "${id}", got [${tensor.shape.join(', ')}].`,
        );
      if (!tensor.data.every(Number.isFinite))
        throw new Error(
          `${join(folder, name)}: expected finite tokens for "${id}", got NaN or Infinity. Encode it again.`,
        );
      all.set(id, tensor);
    }
  return all;
}
