/**
 * The features that MGSV-EC's authors released, as a folder to train on (dataset.ts).
 *
 * Released: vit_feature1/{vit_feature,vit_mask}/ID.pt and ast_feature2p5/{ast_feature,ast_mask}/ID.pt, [50, 512] with [50] and [96, 768]
 * with [96]; the mask's 1 marks a real row, and only those are kept. .npy does as well as .pt. One tensor and one shard are in
 * memory. The folder is written beside its place and renamed when whole: an import that was killed begins again.
 */
import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeNpy } from '../formats/npy.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { createShards } from '../formats/shards.ts';
import { tableIn } from '../formats/tables/table.ts';
import { decodeTorchTensor } from '../formats/torch-file.ts';
import { notFound, writeFolderAtomic } from '../lib/files.ts';
import type { Progress } from '../lib/progress.ts';
import { ANNOTATIONS, annotationsIn } from './annotations.ts';
import { SPLITS } from './dataset.ts';
import { checkRawTokens } from './raw-tokens.ts';

export interface ImportOptions {
  features: string;
  /** Folder with {train,val,test}_data.csv; copied as they are. */
  csv: string;
  out: string;
  dtype: 'F16' | 'F32';
  start: (label: string, total: number) => Progress;
}

export interface Imported {
  clips: number;
  tracks: number;
  /** Ids without tokens, and why. Rows that use them cannot be trained on. */
  rejected: { file: string; reason: string }[];
}

const KINDS = {
  video: { outer: 'vit_feature1', inner: 'vit', label: 'import clips' },
  music: { outer: 'ast_feature2p5', inner: 'ast', label: 'import music' },
} as const;
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => NamedTensor>> = {
  '.pt': decodeTorchTensor,
  '.npy': decodeNpy,
};
const LARGEST_HALF = 65504;
/** A tensor of float64 has 0.6 MB. */
const MOST_FILE_BYTES = 64 * 2 ** 20;

/** @throws Error when a folder is missing, --out holds something, or no tensor at all can be read */
export function importFeatures({ out, ...from }: ImportOptions): Promise<Imported> {
  return writeFolderAtomic(out, (folder) => importInto(folder, from));
}

async function importInto(
  folder: string,
  { features, csv, dtype, start }: Omit<ImportOptions, 'out'>,
): Promise<Imported> {
  const wanted = { video: new Set<string>(), music: new Set<string>() };
  for (const split of SPLITS) {
    const name = `${split}_data.csv`;
    const missing = notFound(join(csv, name), 'annotations as CSV', 'Give the folder with all three as --csv.');
    const { rows } = annotationsIn(
      tableIn(join(csv, name), await readFile(join(csv, name)).catch(missing), ANNOTATIONS),
    );
    for (const { videoId, musicId } of rows) {
      wanted.video.add(videoId);
      wanted.music.add(musicId);
    }
    await copyFile(join(csv, name), join(folder, name));
  }
  const rejected: Imported['rejected'] = [];
  const write = async (kind: keyof typeof KINDS): Promise<number> => {
    const { outer, inner, label } = KINDS[kind];
    const tokens = await filesIn(await oneOf(features, outer, `${inner}_feature`));
    const masks = await filesIn(await oneOf(features, outer, `${inner}_mask`));
    const shards = createShards({ folder, kind, dtype });
    const bar = start(label, wanted[kind].size);
    let [written, width]: [number, number | undefined] = [0, undefined];
    for (const id of [...wanted[kind]].sort()) {
      try {
        const tensor = await realRows(id, tokens, masks);
        checkRawTokens('features', id, tensor, width, 'Encode all media with one encoder.');
        if (dtype === 'F16' && tensor.data.some((value) => Math.abs(value) > LARGEST_HALF))
          throw new Error(`expected values within ±${LARGEST_HALF} as float16. Import as float32`);
        await shards.add(id, tensor);
        width = tensor.shape[1];
        written++;
      } catch (error) {
        rejected.push({ file: `${inner}_feature/${id}`, reason: (error as Error).message });
      }
      bar.tick();
    }
    if (!written)
      throw new Error(
        `${features}: none of ${wanted[kind].size} ${inner}_feature tensors could be read. The first: ${rejected.at(-1)?.reason}`,
      );
    await shards.end();
    bar.done();
    return written;
  };
  const [clips, tracks] = [await write('video'), await write('music')];
  return { clips, tracks, rejected };
}

/** FEATURES/OUTER/INNER, or FEATURES/INNER where the outer folder was not kept. */
async function oneOf(features: string, outer: string, inner: string): Promise<string> {
  for (const path of [join(features, outer, inner), join(features, inner)])
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  throw new Error(`${features}: expected ${outer}/${inner} or ${inner}, found neither. Unpack the released features.`);
}

/** By id; ids come from annotations of others and are looked up, never made into paths. */
async function filesIn(folder: string): Promise<Map<string, string[]>> {
  const names = (await readdir(folder)).filter((name) => extname(name) in DECODERS).sort();
  return Map.groupBy(
    names.map((name) => join(folder, name)),
    (path) => path.slice(folder.length + 1, -extname(path).length).normalize('NFC'), // as annotations have them
  );
}

type Files = ReadonlyMap<string, string[]>;

/** [real rows, width] */
async function realRows(id: string, tokens: Files, masks: Files): Promise<NamedTensor> {
  const { shape, data } = await decoded(id, 'feature', tokens);
  const mask = await decoded(id, 'mask', masks);
  if (shape.length !== 2) throw new Error(`expected [tokens, width], got [${shape.join(', ')}]`);
  if (mask.shape.length !== 1 || mask.shape[0] !== shape[0])
    throw new Error(`expected a mask [${shape[0]}], got [${mask.shape.join(', ')}]`);
  const real = [...mask.data.keys()].filter((row) => mask.data[row] !== 0);
  const width = shape[1];
  const out = new Float32Array(real.length * width);
  for (const [i, row] of real.entries()) out.set(data.subarray(row * width, (row + 1) * width), i * width);
  if (!real.length) throw new Error('expected a real row, got a mask without any');
  return { shape: [real.length, width], data: out };
}

async function decoded(id: string, what: string, files: Files): Promise<NamedTensor> {
  const [path, second] = files.get(id) ?? [];
  if (!path) throw new Error(`no ${what} file`);
  if (second) throw new Error(`expected one ${what} file, got .npy and .pt. Remove one`);
  const { size } = await stat(path);
  if (size > MOST_FILE_BYTES)
    throw new Error(`expected a ${what} file of at most ${MOST_FILE_BYTES} bytes, got ${size}`);
  return DECODERS[extname(path)](await readFile(path));
}
