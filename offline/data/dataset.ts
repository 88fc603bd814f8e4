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
  const encoders = JSON.parse(await readFile(join(folder, 'encoders.json'), 'utf8')) as Dataset['encoders'];
  const [train, val, test] = await Promise.all(
    SPLITS.map((split) => readAnnotations(join(folder, `${split}_data.csv`))),
  );
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

async function readShards(folder: string, kind: 'video' | 'music'): Promise<Map<string, NamedTensor>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(kind) && name.endsWith('.safetensors')).sort();
  if (!names.length) throw new Error(`${folder}: expected ${kind}*.safetensors, found none. Encode the media first.`);
  const all = new Map<string, NamedTensor>();
  for (const name of names)
    for (const [id, tensor] of decodeSafetensors(await readFile(join(folder, name))).tensors) {
      if (tensor.shape.length !== 2)
        throw new Error(
          `${join(folder, name)}: expected [tokens, width] for "${id}", got [${tensor.shape.join(', ')}].`,
        );
      all.set(id, tensor);
    }
  return all;
}
