import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { webAssembly } from '../../../offline/lib/webassembly.ts';
import { importMemory } from '../../../offline/local-worker/codec-wasm.ts';

const read = (specifier: string): Buffer => readFileSync(fileURLToPath(import.meta.resolve(specifier)));

test.each(['@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', '@jsquash/webp/codec/dec/webp_dec.wasm'])(
  'of %s the memory is imported, and nothing else is changed',
  (specifier) => {
    const [before, after] = [read(specifier), importMemory(read(specifier))].map(
      (bytes) => new webAssembly.Module(bytes),
    );
    const { Module } = webAssembly;
    expect(Module.imports(after)).toEqual([
      ...Module.imports(before),
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
    expect(Module.exports(after)).toEqual(Module.exports(before));
  },
);

test('what is no module with one memory is refused', () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  expect(() => importMemory(Uint8Array.from(header))).toThrow('one plain memory');
  expect(() => importMemory(Uint8Array.from([...header, 5, 3, 1, 0, 1]))).toThrow('with imports');
  expect(() => importMemory(Uint8Array.from([...header, 5, 4, 1, 3, 1, 2]))).toThrow('one plain memory'); // shared
});
