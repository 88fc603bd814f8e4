/**
 * Make onnxruntime-web's WebAssembly loadable by a Worker: turn the shared memory it imports into a plain one.
 *
 * onnxruntime-web ships one build, compiled for threads, whose memory import is declared shared. A shared memory is a
 * SharedArrayBuffer, which Workers do not promise to have, and with one thread it is not shared. The declaration is one
 * flag in the import section (https://webassembly.github.io/spec/core/binary/types.html#limits, threads proposal: bit 1),
 * so we find that byte and clear the bit; size and position of everything else stay. prepare.ts runs this for the Worker's
 * build and the tests; functions/runtime/ort.ts makes the memory and instantiates the result.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { WORKER_PARTS } from '../lib/places.ts';
import { webAssembly } from '../lib/webassembly.ts';

const root = join(import.meta.dirname, '../..');
const target = join(root, WORKER_PARTS, 'ort.wasm');

/**
 * Write ort.wasm of the Worker's parts when it is missing or differs from what the installed onnxruntime-web gives.
 * @returns whether it was written, and where.
 * @throws Error when the installed file is not the build this was made for.
 */
export async function prepareOrtWasm(): Promise<{ written: boolean; path: string }> {
  const source = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  const plain = unshareMemory(readFileSync(source));
  if (existsSync(target) && readFileSync(target).equals(plain)) return { written: false, path: target };
  if (!webAssembly.validate(plain))
    throw new Error(
      `${source}: expected valid WebAssembly after the memory's change, got invalid. Install onnxruntime-web again.`,
    );
  await writeFileAtomic(target, plain);
  return { written: true, path: target };
}

// The numbers of https://webassembly.github.io/spec/core/binary/modules.html
const MAGIC = 0x6d736100; // '\0asm', little-endian
const VERSION = 1;
const IMPORT_SECTION = 2;
const kinds = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const LIMIT_HAS_MAXIMUM = 1;
const LIMIT_SHARED = 2;

/**
 * A copy of the module whose one imported memory is plain; its minimum and maximum stay.
 * @throws Error when the bytes are no module, or do not import exactly one shared memory.
 */
export function unshareMemory(wasm: Uint8Array): Buffer<ArrayBuffer> {
  const copy = Buffer.from(wasm);
  if (copy.length < 8 || copy.readUInt32LE(0) !== MAGIC || copy.readUInt32LE(4) !== VERSION)
    throw new Error('unshare memory: expected a WebAssembly 1 module, got other bytes. Install onnxruntime-web again.');
  const flags = memoryImportFlags(copy);
  if (flags.length !== 1)
    throw new Error(
      `unshare memory: expected one imported memory, got ${flags.length}. Use the version of package.json.`,
    );
  const [at] = flags;
  if (copy[at] !== (LIMIT_HAS_MAXIMUM | LIMIT_SHARED))
    throw new Error(
      `unshare memory: expected limit flags 3 (shared), got ${copy[at]}. Use the version of package.json.`,
    );
  copy[at] &= ~LIMIT_SHARED;
  return copy;
}

/** Offsets of the limit flags of every imported memory. */
function memoryImportFlags(wasm: Buffer): number[] {
  const found: number[] = [];
  const reader = { wasm, at: 8 };
  while (reader.at < wasm.length) {
    const id = byte(reader);
    const end = unsigned(reader) + reader.at;
    if (end > wasm.length)
      throw new Error(`unshare memory: section ${id} ends at ${end} of ${wasm.length} bytes. Install again.`);
    if (id === IMPORT_SECTION) {
      for (let left = unsigned(reader); left > 0; left--) {
        skipName(reader);
        skipName(reader);
        const kind = byte(reader);
        if (kind === kinds.memory) found.push(reader.at);
        skipDescription(reader, kind);
      }
      if (reader.at !== end)
        throw new Error('unshare memory: the import section has an unknown form. Use the version of package.json.');
    }
    reader.at = end;
  }
  return found;
}

interface Reader {
  wasm: Buffer;
  at: number;
}

function skipDescription(reader: Reader, kind: number): void {
  if (kind === kinds.function) unsigned(reader);
  else if (kind === kinds.table) {
    byte(reader);
    skipLimits(reader);
  } else if (kind === kinds.memory) skipLimits(reader);
  else if (kind === kinds.global) reader.at += 2;
  else if (kind === kinds.tag) {
    byte(reader);
    unsigned(reader);
  } else
    throw new Error(`unshare memory: expected an import of kind 0 to 4, got ${kind}. Use the version of package.json.`);
}

function skipLimits(reader: Reader): void {
  const flags = byte(reader);
  unsigned(reader);
  if (flags & LIMIT_HAS_MAXIMUM) unsigned(reader);
}

function skipName(reader: Reader): void {
  const length = unsigned(reader);
  reader.at += length;
}

function byte(reader: Reader): number {
  return reader.wasm[reader.at++];
}

/** LEB128, https://webassembly.github.io/spec/core/binary/values.html#integers */
function unsigned(reader: Reader): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const next = byte(reader);
    value |= (next & 0x7f) << shift;
    if (!(next & 0x80)) return value >>> 0;
  }
  throw new Error(`unshare memory: number at ${reader.at} is longer than 32 bits. Install onnxruntime-web again.`);
}
