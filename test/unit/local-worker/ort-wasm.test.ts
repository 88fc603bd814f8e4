import { describe, expect, it } from 'vitest';
import { webAssembly } from '../../../offline/lib/webassembly.ts';
import { unshareMemory } from '../../../offline/local-worker/ort-wasm.ts';

/** Not among what offline/lib/webassembly.ts needs. */
const { Memory } = webAssembly as unknown as { Memory: new (size: { initial: number; maximum: number }) => object };

/** A module of one import section: of functions, tables, globals and memories, each from "a" under its own name. */
function moduleOf(...imports: number[][]): Uint8Array {
  const types = [1, 4, 1, 0x60, 0, 0]; // type section: one function type, () -> ()
  const entries = imports.flatMap((description, i) => [1, 0x61, 1, 0x61 + i, ...description]);
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...types,
    2,
    entries.length + 1,
    imports.length,
    ...entries,
  ]);
}

const A_FUNCTION = [0, 0];
const A_TABLE = [1, 0x70, 1, 2, 3];
const A_GLOBAL = [3, 0x7f, 0];
const A_TAG = [4, 0, 0];
const SHARED = [2, 3, 16, 0x80, 0x80, 4]; // 16 to 65536 pages, as onnxruntime-web's
const PLAIN = [2, 1, 16, 0x80, 0x80, 4];

describe('unshareMemory', () => {
  it('changes the one flag that makes the memory shared', () => {
    const imports = (memory: number[]): Uint8Array => moduleOf(A_FUNCTION, A_TABLE, A_GLOBAL, memory, A_FUNCTION);
    expect([...unshareMemory(imports(SHARED))]).toEqual([...imports(PLAIN)]);
  });

  it('gives a module that takes a plain memory, where the given one does not', () => {
    const memory = new Memory({ initial: 16, maximum: 100 });
    const instantiate = (wasm: Uint8Array) =>
      new webAssembly.Instance(new webAssembly.Module(Uint8Array.from(wasm)), { a: { a: memory } });
    expect(() => instantiate(moduleOf(SHARED))).toThrow('shared');
    expect(() => instantiate(unshareMemory(moduleOf(SHARED)))).not.toThrow();
  });

  it('leaves the given bytes alone', () => {
    const given = moduleOf(SHARED);
    unshareMemory(given);
    expect(given).toEqual(moduleOf(SHARED));
  });

  it.each([
    ['other bytes', Uint8Array.of(1, 2, 3), 'expected a WebAssembly 1 module'],
    ['no memory', moduleOf(A_FUNCTION, A_TAG), 'expected one imported memory, got 0'],
    ['two memories', moduleOf(SHARED, SHARED), 'expected one imported memory, got 2'],
    ['a plain memory', moduleOf(PLAIN), 'expected limit flags 3 (shared), got 1'],
    ['an import of no kind', moduleOf([9, 0]), 'expected an import of kind 0 to 4, got 9'],
    ['a section that ends too late', moduleOf(SHARED).subarray(0, 20), 'ends at'],
  ])('refuses %s', (_what, wasm, message) => {
    expect(() => unshareMemory(wasm)).toThrow(message);
  });
});
