/**
 * A folder to train on: {train,val,test}_data.csv beside video*.safetensors and music*.safetensors (one tensor of raw tokens
 * per id) and, where they are not CLIP's and AST's, encoders.json, which names the encoders the tokens come from.
 */
import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedTensor } from '../formats/safetensors.ts';
import { openSafetensors } from '../formats/safetensors-file.ts';
import { notFound } from '../lib/files.ts';
import { parsedJson } from '../lib/json.ts';
import { type Annotation, readAnnotations } from './annotations.ts';
import { checkRawTokens } from './raw-tokens.ts';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  /** Their names and, where they are known, the keys that distinguish encoders of one name. */
  encoders: { image: string; audio: string; imageKey?: string; audioKey?: string };
  splits: Record<Split, Annotation[]>;
  /** Raw tokens by id: [F, d_v]. Of a folder they are read from its files when `data` is looked at, each time anew. */
  videos: Map<string, NamedTensor>;
  /** Raw tokens by id: [S, d_a], as those of the clips. */
  tracks: Map<string, NamedTensor>;
  /** Hash of the token files' names, headers and tensors. */
  fingerprint?: string;
}

/**
 * @param tell takes a line about a file of annotations that is not as our own are (annotations.ts)
 * @throws Error naming the file or the id that is missing.
 */
export async function readDataset(folder: string, tell?: (line: string) => void): Promise<Dataset> {
  await readdir(folder).catch(notFound(folder, 'a folder of tokens and annotations', 'Check the path.', 'folder'));
  const [train, val, test] = await Promise.all(
    SPLITS.map((split) => readAnnotations(join(folder, `${split}_data.csv`), tell)),
  );
  if (!train.length || !val.length)
    throw new Error(`${folder}: expected rows in train_data.csv and val_data.csv, found none. Add annotations.`);
  const hash = createHash('sha256');
  const keys = { video: new Set<string>(), music: new Set<string>() };
  const [videos, tracks] = [
    await readTokens(folder, 'video', hash, keys.video),
    await readTokens(folder, 'music', hash, keys.music),
  ];
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
  const [imageKey, audioKey] = [[...keys.video][0], [...keys.music][0]]; // readTokens sees to it that there is one
  const encoders = {
    ...(imageKey && { imageKey }),
    ...(audioKey && { audioKey }),
    ...(await readEncoders(join(folder, 'encoders.json'), { videos, tracks })),
  };
  checkKey(folder, 'video', encoders.imageKey, keys.video);
  checkKey(folder, 'music', encoders.audioKey, keys.music);
  return { encoders, splits: { train, val, test }, videos, tracks, fingerprint: hash.digest('hex') };
}

/** Token files of an earlier version do not say whose they are. @throws Error when they are of another encoder than encoders.json says */
function checkKey(folder: string, kind: 'video' | 'music', said: string | undefined, keys: ReadonlySet<string>): void {
  const other = said && [...keys].find((key) => key !== said);
  if (other)
    throw new Error(
      `${folder}: expected tokens of ${said} in ${kind}*.safetensors, as encoders.json says, got those of ${other}. Encode all media again with one encoder.`,
    );
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
  const named = encodersIn(await readFile(path, 'utf8'));
  if (named) return named;
  throw new Error(`${path}: expected {"image": name, "audio": name}, got something else. Encode the media again.`);
}

/** What encoders.json says; undefined when it is none. */
export function encodersIn(text: string): Dataset['encoders'] | undefined {
  const { image, audio, ...keys } = { ...(parsedJson(text) as object | undefined) } as Record<string, unknown>;
  if (typeof image !== 'string' || typeof audio !== 'string') return undefined;
  const key = (name: 'imageKey' | 'audioKey') => (typeof keys[name] === 'string' ? { [name]: keys[name] } : {});
  return { image, audio, ...key('imageKey'), ...key('audioKey') };
}

/**
 * The tokens of a folder's video*.safetensors or music*.safetensors, by id: [tokens, width] each. All are read once, to be hashed and
 * checked, and none is kept: `data` reads them again.
 * @param hash takes the names and bytes of the files
 * @param keys takes the keys of the encoders that the files name
 * @throws Error naming the file or the id, when there are none, or of two widths or encoders, or twice
 */
export async function readTokens(
  folder: string,
  kind: 'video' | 'music',
  hash: Hash = createHash('sha256'),
  keys: Set<string> = new Set(),
): Promise<Map<string, NamedTensor>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(kind) && name.endsWith('.safetensors')).sort();
  if (!names.length) throw new Error(`${folder}: expected ${kind}*.safetensors, found none. Encode the media first.`);
  const all = new Map<string, NamedTensor>();
  let width: number | undefined;
  for (const name of names) {
    const path = join(folder, name);
    hash.update(name);
    const { tensors } = await openSafetensors(path, {
      onBytes: (bytes) => hash.update(bytes),
      onMetadata: ({ encoder }) => checkOneKey(path, encoder, keys),
      onTensor(name, tensor) {
        width ??= tensor.shape[1];
        checkRawTokens(path, name.normalize('NFC'), tensor, width, 'Encode all media with one encoder.');
      },
    });
    for (const [name, tensor] of tensors) {
      const id = name.normalize('NFC'); // as annotations have them
      if (all.has(id))
        throw new Error(
          `${path}: expected its tokens once in ${kind}*.safetensors for "${id}", got them twice. Remove one of the two.`,
        );
      all.set(id, tensor);
    }
  }
  return all;
}

/** @param keys of the files before it; takes this one's */
function checkOneKey(path: string, key: string | undefined, keys: Set<string>): void {
  if (key) keys.add(key);
  if (keys.size > 1)
    throw new Error(
      `${path}: expected tokens of ${[...keys][0]}, as in the files before it, got those of ${key}. Encode all media again with one encoder.`,
    );
}
