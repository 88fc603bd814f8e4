/**
 * Read a safetensors file of any size, one tensor after another, at once or when each is asked for.
 *
 * readFile ends at 2 GiB, and the tokens of a large collection are more. Here only the header and the tensor being read are in
 * memory beside the result. What the bytes mean is decided in safetensors.ts, and so are the sentences of what is wrong.
 */
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { notFound } from '../lib/files.ts';
import { headerEnd, type NamedTensor, type Place, readHeader, type Safetensors, toFloat32 } from './safetensors.ts';

export interface ReadOptions {
  /** What the file should be, and what to do where there is none. */
  expected?: string;
  ifMissing?: string;
  /** What to do besides when the file is damaged. */
  ifDamaged?: string;
  /** Given the header's bytes, then those of the tensors in the order they lie in: of a file without gaps, all its bytes. */
  onBytes?: (bytes: Uint8Array) => void;
}

/** @throws Error naming the file when there is none, or when decodeSafetensors would refuse it */
export function readSafetensors(path: string, options: ReadOptions = {}): Promise<Safetensors> {
  return withFile(path, options, async (file, { head, places, metadata }) => {
    options.onBytes?.(head);
    const found = new Map<string, NamedTensor>();
    for (const [name, { shape, dtype, from, to }] of inOrder(places))
      found.set(name, { shape, data: toFloat32((await read(file, from, to, options.onBytes)).buffer, dtype) });
    return { tensors: new Map([...places.keys()].map((name) => [name, found.get(name)!])), metadata };
  });
}

export interface OpenOptions extends ReadOptions {
  /** Shown the metadata before the first tensor. */
  onMetadata?: (metadata: Safetensors['metadata']) => void;
  /** Shown every tensor once, in the order in which they lie; what it throws is thrown. */
  onTensor?: (name: string, tensor: NamedTensor) => void;
}

/**
 * The same, but the values stay in the file: every look at a tensor's `data` reads them anew, so take it once where it is used. What
 * they are has been read once by then, for `onBytes` and `onTensor`. No file is held open.
 * @throws Error as readSafetensors; a look at `data` when the file has been changed since
 */
export function openSafetensors(path: string, options: OpenOptions = {}): Promise<Safetensors> {
  return withFile(path, options, async (file, { head, places, metadata }) => {
    const seen = await file.stat({ bigint: true });
    options.onMetadata?.(metadata);
    if (options.onBytes || options.onTensor) {
      options.onBytes?.(head);
      for (const [name, { shape, dtype, from, to }] of inOrder(places)) {
        const bytes = await read(file, from, to, options.onBytes);
        options.onTensor?.(name, { shape, data: toFloat32(bytes.buffer, dtype) });
      }
    }
    const tensors = new Map<string, NamedTensor>();
    for (const [name, place] of places)
      tensors.set(name, {
        shape: place.shape,
        get data() {
          return readNow(path, seen, place);
        },
      });
    return { tensors, metadata };
  });
}

const inOrder = (places: ReadonlyMap<string, Place>) => [...places].sort(([, a], [, b]) => a.from - b.from);

/** Not asynchronous: a token is some 20 kB, and the system has it in memory mostly. */
function readNow(path: string, seen: BigIntStats, { dtype, from, to }: Place): Float32Array {
  const file = openNow(path);
  try {
    const now = fstatSync(file, { bigint: true });
    if (now.ino !== seen.ino || now.size !== seen.size || now.mtimeNs !== seen.mtimeNs)
      throw new Error(`${path}: expected the file that was there at the start, got another one. Start again.`);
    const bytes = new Uint8Array(to - from);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, Math.min(PIECE, bytes.length - at), from + at);
      if (!count) throw new Error(`${path}: the file became shorter while it was read. Make it again.`);
      at += count;
    }
    return toFloat32(bytes.buffer, dtype);
  } finally {
    closeSync(file);
  }
}

function openNow(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    return notFound(path, 'the file that was there at the start', 'Start again.')(error as NodeJS.ErrnoException);
  }
}

type Header = ReturnType<typeof readHeader> & { head: Uint8Array };

async function withFile(
  path: string,
  { expected = 'a safetensors file', ifMissing = 'Check the path.', ifDamaged }: ReadOptions,
  use: (file: FileHandle, header: Header) => Promise<Safetensors>,
): Promise<Safetensors> {
  const missing = notFound(path, expected, ifMissing);
  const file = await open(path).catch(missing);
  try {
    const { size } = await file.stat();
    const end = headerEnd(await read(file, 0, Math.min(8, size)).catch(missing), size); // a folder opens, but cannot be read
    const head = await read(file, 0, end);
    return await use(file, { head, ...readHeader(head, size) });
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('safetensors: ')) throw error;
    throw new Error([`${path}: ${error.message}`, ifDamaged].filter(Boolean).join(' '), { cause: error });
  } finally {
    await file.close();
  }
}

/** The most that is asked of the file at once; one read ends at 2 GiB. */
const PIECE = 2 ** 24;

async function read(
  file: FileHandle,
  from: number,
  to: number,
  onBytes?: (bytes: Uint8Array) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), from + at);
    if (!bytesRead) throw new Error('safetensors: the file became shorter while it was read. Make it again.');
    onBytes?.(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return bytes;
}
