import { expect, test } from 'vitest';
import { decodeNpy } from '../../../offline/formats/npy.ts';

/** numpy.save of numpy.array([[1.5, -2], [0.25, 4]], "<f2"), numpy 2.4.6. */
const BY_NUMPY = Buffer.from(
  '934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a003e00c000340044',
  'hex',
);

function npy(version: 1 | 2 | 3, header: string, values: ArrayBufferView): Uint8Array {
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  size.writeUIntLE(header.length, 0, size.length);
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  return Buffer.concat([magic, size, Buffer.from(header), new Uint8Array(values.buffer)]);
}
const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

test('an array that numpy wrote is read', () => {
  expect(decodeNpy(BY_NUMPY)).toEqual({ shape: [2, 2], data: Float32Array.of(1.5, -2, 0.25, 4) });
});

test.each([1, 2, 3] as const)('version %s is read', (version) => {
  const bytes = npy(version, header('<f8', '(1, 2)'), Float64Array.of(1, 2));
  expect(decodeNpy(bytes)).toEqual({ shape: [1, 2], data: Float32Array.of(1, 2) });
});

test('masks are read as numbers', () => {
  expect([...decodeNpy(npy(1, header('|b1', '(3,)'), Uint8Array.of(1, 1, 0))).data]).toEqual([1, 1, 0]);
  expect([...decodeNpy(npy(1, header('<i8', '(2,)'), BigInt64Array.of(1n, 0n))).data]).toEqual([1, 0]);
});

test.each([
  [npy(1, header('<f4', '(2, 1)', 'True'), Float32Array.of(1, 2)), 'expected C order, got Fortran order'],
  [npy(1, header('|O', '(1,)'), Float32Array.of(1)), 'got |O'],
  [npy(1, header('>f4', '(1,)'), Float32Array.of(1)), 'got >f4'],
  [npy(1, header('<f4', '(3,)'), Float32Array.of(1, 2)), 'expected 12 bytes of [3], got 8'],
  [npy(1, 'nothing', Float32Array.of(1)), 'expected a header with descr and shape'],
  [Buffer.from('a file of text'), 'expected an array of numpy.save'],
  [BY_NUMPY.subarray(0, 60), 'expected a header within the file'],
])('what is no such array is refused (%#)', (bytes, message) => {
  expect(() => decodeNpy(bytes)).toThrow(message);
});
