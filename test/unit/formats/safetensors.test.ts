import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';

/** A file with this header, well formed or not, and so many bytes of data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), announced?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, announced ?? BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

const one = (dtype: string, shape: unknown, offsets: unknown) => ({ a: { dtype, shape, data_offsets: offsets } });

describe('safetensors', () => {
  test('gives back the names, shapes, values, order and metadata that were written', () => {
    const tensors = new Map<string, NamedTensor>([
      ['weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-30, Number.NaN, Number.NEGATIVE_INFINITY) }],
      ['星星 (伴奏) "x"', { shape: [1], data: Float32Array.of(7) }],
      ['scalar', { shape: [], data: Float32Array.of(8) }],
      ['empty', { shape: [0, 4], data: new Float32Array(0) }],
      ['__proto__', { shape: [1], data: Float32Array.of(9) }],
    ]);
    const found = decodeSafetensors(encodeSafetensors(tensors, { title: 'Ünïcode', state: '{"a":1}' }));
    expect([...found.tensors.keys()]).toEqual([...tensors.keys()]);
    expect(found.tensors).toEqual(tensors);
    expect(found.metadata).toEqual({ title: 'Ünïcode', state: '{"a":1}' });
  });

  test('never changes a value, whatever the names and sizes', () => {
    const tensor = fc.record({ name: fc.string({ minLength: 1 }), data: fc.float32Array({ maxLength: 9 }) });
    fc.assert(
      fc.property(fc.uniqueArray(tensor, { selector: ({ name }) => name }), (all) => {
        const usable = all.filter(({ name }) => name !== '__metadata__');
        const tensors = new Map(usable.map(({ name, data }) => [name, { shape: [data.length], data }]));
        const found = decodeSafetensors(encodeSafetensors(tensors)).tensors;
        expect(found.size).toBe(tensors.size);
        for (const [name, { data }] of tensors) expect(found.get(name)!.data).toEqual(data);
      }),
      { numRuns: 50 },
    );
  });

  test('writes the values of a view, not of what lies around it, and reads from a view', () => {
    const view = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const bytes = encodeSafetensors(new Map([['a', { shape: [2], data: view }]]));
    const within = new Uint8Array(bytes.length + 5);
    within.set(bytes, 3); // at an odd address, as a Buffer of Node's pool may lie
    expect([...decodeSafetensors(within.subarray(3, 3 + bytes.length)).tensors.get('a')!.data]).toEqual([2, 3]);
  });

  test('starts its data at a multiple of eight bytes, after spaces', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      const bytes = encodeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(1) }]]));
      const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      expect(size % 8).toBe(0);
      expect(new TextDecoder().decode(bytes.subarray(8, 8 + size))).toMatch(/^\{.*\} *$/);
      expect(bytes.length).toBe(8 + size + 4);
    }
  });

  test('has equal bytes for equal input', () => {
    const make = () => encodeSafetensors(new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]), { a: 'b' });
    expect(make()).toEqual(make());
  });

  test('reads float16', () => {
    // IEEE 754 binary16: 1, -2, largest, smallest subnormal, a third, infinity, NaN, minus zero
    const half = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x7c00, 0x7e00, 0x8000);
    const { data, shape } = decodeSafetensors(
      file(one('F16', [2, 4], [0, 16]), new Uint8Array(half.buffer)),
    ).tensors.get('a')!;
    expect(shape).toEqual([2, 4]);
    expect([...data]).toEqual([1, -2, 65504, 2 ** -24, 0.333251953125, Number.POSITIVE_INFINITY, Number.NaN, -0]);
  });

  test('writes float16: every value that it has comes back', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
    const all = file(one('F16', [bits.length], [0, 2 * bits.length]), new Uint8Array(bits.buffer));
    const { tensors } = decodeSafetensors(all);
    const written = encodeSafetensors(tensors, {}, 'F16');
    expect(new Uint16Array(written.slice(-2 * bits.length).buffer)).toEqual(bits);
    expect(decodeSafetensors(written).tensors).toEqual(tensors);
  });

  test('writes the nearest float16, ties to the even one', () => {
    const write = (...values: number[]) => {
      const tensors = new Map([['a', { shape: [values.length], data: Float32Array.from(values) }]]);
      return [...decodeSafetensors(encodeSafetensors(tensors, {}, 'F16')).tensors.get('a')!.data];
    };
    // 11 significant bits: between 2048 and 4096 the values are even numbers, below 2^-14 multiples of 2^-24
    expect(write(2049, 2051, 2049.01, -2051)).toEqual([2048, 2052, 2050, -2052]);
    expect(write(65519, 4095.5)).toEqual([65504, 4096]);
    expect(write(2 ** -25, 3 * 2 ** -25, 2 ** -14 - 2 ** -26, -(2 ** -30))).toEqual([0, 2 * 2 ** -24, 2 ** -14, -0]);
    expect(write(Number.NaN, Number.POSITIVE_INFINITY, -Infinity)).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  test('refuses to write a finite value as infinity', () => {
    const tensors = new Map([['a', { shape: [1], data: Float32Array.of(-65520) }]]);
    expect(() => encodeSafetensors(tensors, {}, 'F16')).toThrow(
      'safetensors: expected values within ±65504 for "a" as F16, got -65520. Write it as F32.',
    );
  });

  test('reads float64 as the nearest float32', () => {
    const double = Float64Array.of(0.1, -1e300);
    const { data } = decodeSafetensors(file(one('F64', [2], [0, 16]), new Uint8Array(double.buffer))).tensors.get('a')!;
    expect([...data]).toEqual([Math.fround(0.1), Number.NEGATIVE_INFINITY]);
  });

  test('reads a file without metadata, and one without tensors', () => {
    expect(decodeSafetensors(file({})).metadata).toEqual({});
    expect(decodeSafetensors(file({ __metadata__: null })).metadata).toEqual({});
    expect(decodeSafetensors(file({})).tensors.size).toBe(0);
  });

  test('refuses a file that was cut off, wherever', () => {
    const bytes = encodeSafetensors(new Map([['a', { shape: [3], data: Float32Array.of(1, 2, 3) }]]));
    for (let end = 0; end < bytes.length; end++)
      expect(() => decodeSafetensors(bytes.subarray(0, end)), `${end} bytes`).toThrow(/^safetensors: .*cut off/);
  });

  test.each([
    ['a length beyond the file', file('{}', new Uint8Array(0), 3n)],
    ['a length that no file has', file('{}', new Uint8Array(0), 0xffffffffffffffffn)],
    ['something that is not JSON', file('{"a": ')],
    ['null', file('null')],
    ['a list', file('[]')],
    ['a number', file('5')],
    ['an entry that is null', file({ a: null })],
    ['an entry without offsets', file({ a: { dtype: 'F32', shape: [1] } }, new Uint8Array(4))],
    ['an entry without a shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, new Uint8Array(4))],
    ['sizes below zero', file(one('F32', [-1, -1], [0, 4]), new Uint8Array(4))],
    ['a size that is not whole', file(one('F32', [0.5, 2], [0, 4]), new Uint8Array(4))],
    ['offsets into the header', file(one('F32', [1], [-4, 0]), new Uint8Array(4))],
    ['offsets behind the end', file(one('F32', [1], [4, 8]), new Uint8Array(4))],
    ['offsets that do not fit the shape', file(one('F32', [2], [0, 4]), new Uint8Array(4))],
    ['offsets that run backwards', file(one('F32', [1], [4, 0]), new Uint8Array(4))],
    ['a shape of more values than there are', file(one('F32', [2 ** 53 - 1, 2 ** 53 - 1], [0, 4]), new Uint8Array(4))],
  ])('refuses a header with %s, in words', (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(/^safetensors: /);
  });

  test.each(['I64', 'BF16', 'constructor', 'toString'])('refuses values of type %s by name', (dtype) => {
    expect(() => decodeSafetensors(file(one(dtype, [1], [0, 8]), new Uint8Array(8)))).toThrow(
      `safetensors: expected F16, F32 or F64 for "a", got ${dtype}.`,
    );
  });

  test('never fails but in words, whatever bytes of a good file are changed', () => {
    const good = encodeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, 2) }]]), { b: 'c' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            decodeSafetensors(bytes);
          } catch (error) {
            expect((error as Error).message).toMatch(/^safetensors: /);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
