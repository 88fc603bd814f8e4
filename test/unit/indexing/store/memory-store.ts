/** A store in memory, whose steps can be counted and made to fail, as when a writer is killed there. */

import type { BundleStore, Listed } from '../../../../offline/indexing/store/store.ts';
import { sha256Hex } from '../../../../offline/lib/files.ts';

export interface MemoryStore extends BundleStore {
  files: Map<string, { bytes: Uint8Array<ArrayBuffer>; writtenAt: number }>;
  /** Steps so far: reads and writes of any kind. */
  steps: number;
  /** The step that is not taken, nor any after it. */
  failsAt: number;
  /** Of what is written, in ms. */
  clock: number;
}

export class Killed extends Error {}

export function memoryStore(name = 'memory'): MemoryStore {
  const step = (): void => {
    if (++store.steps >= store.failsAt) throw new Killed(`step ${store.steps}`);
  };
  const put = (path: string, content: Uint8Array | string): void => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
    store.files.set(path, { bytes, writtenAt: store.clock });
  };
  const listed = (path: string): Listed | undefined => {
    const file = store.files.get(path);
    return file && { path, bytes: file.bytes.length, writtenAt: file.writtenAt };
  };
  const store: MemoryStore = {
    name,
    files: new Map(),
    steps: 0,
    failsAt: Number.POSITIVE_INFINITY,
    clock: 0,
    async read(path) {
      step();
      const file = store.files.get(path);
      return file && { bytes: Uint8Array.from(file.bytes), tag: sha256Hex(file.bytes) };
    },
    async find(path) {
      step();
      return listed(path);
    },
    async list(folder) {
      step();
      const paths = [...store.files.keys()].filter((path) => path.startsWith(`${folder}/`));
      return paths.sort().map((path) => listed(path) as Listed);
    },
    async holds(path, bytes) {
      step();
      const file = store.files.get(path);
      return file !== undefined && Buffer.compare(file.bytes, bytes) === 0;
    },
    async freshen(path) {
      step();
      const file = store.files.get(path);
      if (file) store.files.set(path, { ...file, writtenAt: store.clock });
      return file !== undefined;
    },
    sweep: async () => {},
    async write(path, bytes) {
      step();
      put(path, bytes);
    },
    async replace(path, bytes, tag) {
      step();
      const file = store.files.get(path);
      if ((file && sha256Hex(file.bytes)) !== tag) return false;
      put(path, bytes);
      return true;
    },
    async remove(path, writtenBefore = Number.POSITIVE_INFINITY) {
      step();
      if ((store.files.get(path)?.writtenAt ?? 0) >= writtenBefore) return;
      store.files.delete(path);
    },
    close: async () => {},
  };
  return store;
}
