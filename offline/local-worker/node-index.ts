/** Open a published index in Node over onnxruntime-node: the grounding path of the Worker, without the Worker. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createEngine, createTower, GRAPHS, type Graph } from '../../functions/engine.ts';
import type { Budgets } from '../../functions/grounding/budgets.ts';
import { type OpenIndex, openIndex } from '../../functions/grounding/open-index.ts';
import type { BundleFile, Manifest } from '../../index/format/manifest.ts';
import { parseManifest } from '../../index/format/parse-manifest.ts';
import { POINTER_PATH, parsePointer } from '../../index/format/pointer.ts';
import { sha256Hex } from '../lib/files.ts';
import { openAll } from '../nn/open-all.ts';

type GraphRole = Graph | 'imageTower';

/** To be closed after the last question. */
export type NodeIndex = OpenIndex & { close(): Promise<void> };

/**
 * @param folder what the pointer in it names is opened
 * @throws Error when a file is not what the manifest says
 */
export async function openIndexInNode(folder: string, threads: number): Promise<NodeIndex> {
  const { manifest } = parsePointer(await readFile(join(folder, POINTER_PATH), 'utf8'));
  return openManifestInNode(folder, manifest, threads);
}

/** The index of one manifest, whether it is the current one or not. */
export async function openManifestInNode(
  folder: string,
  manifestFile: BundleFile,
  threads: number,
): Promise<NodeIndex> {
  const read = async ({ path, sha256 }: BundleFile): Promise<ArrayBuffer> => {
    const bytes = Uint8Array.from(await readFile(join(folder, path)));
    if (sha256Hex(bytes) !== sha256)
      throw new Error(`${join(folder, path)}: not the file of the manifest. Build the index again.`);
    return bytes.buffer;
  };
  return openFilesInNode(parseManifest(new TextDecoder().decode(await read(manifestFile))), read, threads);
}

/**
 * The index of a manifest that need not be published.
 * @param read checks what it reads
 * @param budgets bytes of shards to keep; all that were read, unless given
 */
export async function openFilesInNode(
  manifest: Manifest,
  read: (file: BundleFile) => Promise<ArrayBuffer>,
  threads: number,
  budgets?: Budgets,
): Promise<NodeIndex> {
  const { files, encoders, tower } = manifest;
  const roles = tower ? ([...GRAPHS, 'imageTower'] as const) : GRAPHS;
  const sessions = await openAll<GraphRole, InferenceSession>(
    roles,
    async (role) => InferenceSession.create(await read(files[role]!), { intraOpNumThreads: threads }),
    (session) => session.release(),
  );
  const close = async (): Promise<void> => {
    for (const session of Object.values(sessions)) await session.release();
  };
  const tensor = (data: Float32Array, shape: readonly number[]) => new Tensor('float32', data, shape);
  try {
    const index = await openIndex({
      manifest,
      read,
      engine: createEngine(sessions, tensor),
      budgets,
      tower: tower && createTower(sessions.imageTower, tower, encoders.image.width, tensor),
    });
    return { ...index, close };
  } catch (error) {
    await close();
    throw error;
  }
}
