/** Open a bundle in Node over onnxruntime-node: the grounding path of the Worker, without the Worker. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createEngine, createTower } from '../../functions/engine.ts';
import { type OpenIndex, openIndex } from '../../functions/ground.ts';
import { type BundleRole, type OptionalRole, parseManifest } from '../../index/manifest.ts';
import { sha256Hex } from '../files.ts';

/** @throws Error when a file is not what the manifest says */
export async function openIndexInNode(folder: string, threads: number): Promise<OpenIndex> {
  const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const read = async (role: BundleRole | OptionalRole): Promise<ArrayBuffer> => {
    const { path, sha256 } = manifest.files[role]!;
    const bytes = Uint8Array.from(await readFile(join(folder, path)));
    if (sha256Hex(bytes) !== sha256)
      throw new Error(`${join(folder, path)}: not the file of the manifest. Build the index again.`);
    return bytes.buffer;
  };
  const graph = async (role: BundleRole | OptionalRole) =>
    InferenceSession.create(await read(role), { intraOpNumThreads: threads });
  const sessions = {
    enhanceVideo: await graph('enhanceVideo'),
    relevance: await graph('relevance'),
    moment: await graph('moment'),
  };
  const tensor = (data: Float32Array, shape: readonly number[]) => new Tensor('float32', data, shape);
  const { tower } = manifest;
  return openIndex(
    manifest,
    {
      hnsw: await read('hnsw'),
      tokens: await read('tokens'),
      catalogue: new TextDecoder().decode(await read('catalogue')),
    },
    createEngine(sessions, tensor),
    tower && createTower(await graph('imageTower'), tower, manifest.encoders.image.width, tensor),
  );
}
