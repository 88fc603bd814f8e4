/**
 * Make the picture decoders' WebAssembly take its memory from outside: the Worker gives both the same one.
 *
 * WebAssembly's memory never shrinks, and what a dropped instance held is collected late, so that a decoder with a memory of its own
 * holds for ever what its largest picture took. The modules of @jsquash define their memory and export it. Here the definition
 * becomes an import ("env", "memory") of the same minimum; indices, code and exports stay, since it is memory 0 in both cases
 * (https://webassembly.github.io/spec/core/binary/modules.html). functions/runtime/arena.ts makes the memory.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { WORKER_PARTS } from '../lib/places.ts';
import { webAssembly } from '../lib/webassembly.ts';

const parts = join(import.meta.dirname, '../..', WORKER_PARTS);
const CODECS = [
  { source: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', target: join(parts, 'jpeg.wasm') },
  { source: '@jsquash/webp/codec/dec/webp_dec.wasm', target: join(parts, 'webp.wasm') },
] as const;

/**
 * Write jpeg.wasm and webp.wasm of the Worker's parts where they are missing or differ from what the installed packages give.
 * @throws Error when an installed file is not the build this was made for.
 */
export async function prepareCodecWasm(): Promise<{ written: boolean; path: string }[]> {
  const made: { written: boolean; path: string }[] = [];
  for (const { source, target } of CODECS) {
    const wasm = importMemory(readFileSync(createRequire(import.meta.url).resolve(source)));
    const written = !existsSync(target) || !readFileSync(target).equals(wasm);
    if (written && !webAssembly.validate(wasm))
      throw new Error(
        `${source}: expected valid WebAssembly after the memory's change, got invalid. Install the package again.`,
      );
    if (written) await writeFileAtomic(target, wasm);
    made.push({ written, path: target });
  }
  return made;
}

const HEADER_BYTES = 8; // magic and version
const IMPORT_SECTION = 2;
const MEMORY_SECTION = 5;
const MEMORY_KIND = 2;
const LIMIT_HAS_MAXIMUM = 1;

/**
 * A copy of the module that imports its one memory. The maximum is left out: it is set where the memory is made.
 * @throws Error when the bytes are no module that defines exactly one plain memory and imports something.
 */
export function importMemory(wasm: Uint8Array): Buffer<ArrayBuffer> {
  const sections = sectionsOf(wasm);
  const memory = sections.find(({ id }) => id === MEMORY_SECTION);
  const [count, flags] = memory?.content ?? [];
  if (!memory || count !== 1 || (flags & ~LIMIT_HAS_MAXIMUM) !== 0)
    throw new Error(
      'import memory: expected a module with one plain memory, got another. Use the version of package.json.',
    );
  const minimum = unsigned(memory.content, 2).value;
  const parts: Uint8Array[] = [wasm.subarray(0, HEADER_BYTES)];
  let imported = false;
  for (const { id, content } of sections) {
    if (id === MEMORY_SECTION) continue;
    if (id !== IMPORT_SECTION) parts.push(section(id, content));
    else {
      const { value, end } = unsigned(content, 0);
      const entry = [...name('env'), ...name('memory'), MEMORY_KIND, 0, ...leb(minimum)];
      parts.push(section(id, Buffer.concat([Buffer.from(leb(value + 1)), content.subarray(end), Buffer.from(entry)])));
      imported = true;
    }
  }
  if (!imported)
    throw new Error('import memory: expected a module with imports, got none. Use the version of package.json.');
  return Buffer.concat(parts);
}

interface Section {
  id: number;
  content: Uint8Array;
}

function sectionsOf(wasm: Uint8Array): Section[] {
  const found: Section[] = [];
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const { value: length, end: start } = unsigned(wasm, at + 1);
    if (start + length > wasm.length)
      throw new Error(
        `import memory: section ${wasm[at]} ends at ${start + length} of ${wasm.length} bytes. Install again.`,
      );
    found.push({ id: wasm[at], content: wasm.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function section(id: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

/** LEB128, https://webassembly.github.io/spec/core/binary/values.html#integers */
function unsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const next = bytes[at++];
    value |= (next & 0x7f) << shift;
    if (!(next & 0x80)) return { value: value >>> 0, end: at };
  }
  throw new Error(`import memory: number at ${at} is longer than 32 bits. Install again.`);
}

function leb(value: number): number[] {
  const out: number[] = [];
  for (; value > 0x7f; value >>>= 7) out.push((value & 0x7f) | 0x80);
  return [...out, value];
}
