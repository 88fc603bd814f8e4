/** Tokens in files of bounded size: KIND-0000.safetensors and so on, as dataset.ts reads them. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { encodeSafetensors, type NamedTensor } from './safetensors.ts';

/** Also what is held in memory until a file is full. */
const SHARD_BYTES = 64 * 2 ** 20;
const BYTES_PER_VALUE = { F16: 2, F32: 4 } as const;

export interface ShardOptions {
  folder: string;
  kind: 'video' | 'music';
  dtype: 'F16' | 'F32';
  /** Of the encoder: which file's tokens they are, kept in each of the files. */
  key?: string;
  /** Tokens in one file, in bytes; more only when a single clip or track has more. */
  bytes?: number;
}

export interface Shards {
  /** @returns the name of the file that will hold it */
  add(id: string, tokens: NamedTensor): Promise<string>;
  /** Write the last file and remove those of an earlier, longer run. */
  end(): Promise<void>;
}

export function createShards({ folder, kind, dtype, key, bytes: most = SHARD_BYTES }: ShardOptions): Shards {
  let shard = new Map<string, NamedTensor>();
  let [bytes, written] = [0, 0];
  const nameOf = (number: number): string => `${kind}-${String(number).padStart(4, '0')}.safetensors`;
  const flush = async (): Promise<void> => {
    await writeFileAtomic(
      join(folder, nameOf(written++)),
      encodeSafetensors(shard, key ? { encoder: key } : {}, dtype),
    );
    [shard, bytes] = [new Map(), 0];
  };
  return {
    async add(id, tokens) {
      const { shape, data } = tokens; // which may be read when it is looked at
      const size = BYTES_PER_VALUE[dtype] * data.length;
      if (bytes > 0 && bytes + size > most) await flush();
      shard.set(id, { shape, data });
      bytes += size;
      return nameOf(written);
    },
    async end() {
      if (bytes > 0) await flush();
      const names = new Set(Array.from({ length: written }, (_, number) => nameOf(number)));
      for (const name of await readdir(folder))
        if (new RegExp(`^${kind}-\\d{4,}\\.safetensors$`).test(name) && !names.has(name)) await rm(join(folder, name));
    },
  };
}
