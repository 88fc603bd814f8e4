import { describe, expect, test } from 'vitest';
import { decodeNpy } from '../../../offline/formats/npy.ts';
import { readPickledState, readPickledTensor } from '../../../offline/formats/pickled-tensor.ts';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { decodeTorchTensor, openStateDict } from '../../../offline/formats/torch-file.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import { floats, pickleOf, stateDictFile, torchFile, zipOf } from '../data/torch-writer.ts';

/** Of CPython 3's pickle.Pickler, protocol 2, for a [50, 512] float16 tensor with torch's names and persistent id. */
const BY_CPYTHON = Buffer.from(
  '800263746f7263682e5f7574696c730a5f72656275696c645f74656e736f725f76320a71002828580700000073746f72616765710163746f7263680a48616c6653746f726167650a71025801000000307103580300000063707571044d0064747105514b004b324d00028671064d00024b018671078963636f6c6c656374696f6e730a4f726465726564446963740a71082952710974710a52710b2e',
  'hex',
);

const two = floats([2, 3], [1, 2, 3, 4, 5, 6]);
const refuses = (bytes: Uint8Array, message: string | RegExp) =>
  expect(() => decodeTorchTensor(bytes)).toThrow(message);
/** Two rows of three float32, as numpy.save lays them out. */
const NPY = Buffer.concat([
  Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 60, 0]),
  Buffer.from("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(59)),
  Buffer.from('\n'),
  two.bytes,
]);

function oneOf(bytes: Uint8Array): NamedTensor {
  const [tensor] = decodeSafetensors(bytes).tensors.values();
  if (!tensor) throw new Error('one: expected a tensor, got none.');
  return tensor;
}
const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const pickle = (...parts: (string | Uint8Array)[]) =>
  Buffer.concat([Buffer.from([0x80, 2]), ...parts.map((part) => Buffer.from(part as string))]);

describe('a pickle of one tensor', () => {
  test('says type, shape and place, as CPython writes it', () => {
    expect(readPickledTensor(BY_CPYTHON)).toEqual({
      type: 'F16',
      shape: [50, 512],
      stride: [512, 1],
      offset: 0,
      key: '0',
      storageSize: 25600,
    });
  });

  test('is written by the tests byte for byte as CPython does', () => {
    const tensor = { shape: [50, 512], bytes: new Uint8Array(0), storage: 'HalfStorage', count: 25600 };
    expect(Buffer.from(pickleOf(tensor)).toString('hex')).toBe(BY_CPYTHON.toString('hex'));
  });

  test.each([
    ['os.system', pickle(global('os', 'system'), 'X\u0002\0\0\0ls\x85R.')],
    ['builtins.eval', pickle(global('builtins', 'eval'), ')R.')],
    ['torch.storage._load_from_bytes', pickle(global('torch.storage', '_load_from_bytes'), ')R.')],
    ['torch.constructor', pickle(global('torch', 'constructor'), '.')],
    ['numpy.core.multiarray._reconstruct', pickle(global('numpy.core.multiarray', '_reconstruct'), '.')],
  ])('is refused with the name %s, by that name', (name, bytes) => {
    expect(() => readPickledTensor(bytes)).toThrow(`got the name ${name}. It is not read: a pickle can run code.`);
  });

  test.each([
    ['INST', 'i'],
    ['OBJ', 'o'],
    ['BUILD', 'b'],
    ['NEWOBJ', '\x81'],
    ['EXT1', '\x82'],
    ['PERSID', 'P'],
    ['EMPTY_DICT', '}'],
  ])('is refused with the opcode %s', (_, opcode) => {
    expect(() => readPickledTensor(pickle(Buffer.from(opcode, 'latin1')))).toThrow(
      `got the opcode 0x${opcode.charCodeAt(0).toString(16)} at byte 2`,
    );
  });

  test('is refused when it is of something else, cut off anywhere, or large', () => {
    expect(() => readPickledTensor(pickle('K\u0005.'))).toThrow('expected one tensor, got a number');
    expect(() => readPickledTensor(pickle(global('torch', 'FloatStorage'), ')R.'))).toThrow(
      'a call of a torch.FloatStorage',
    );
    for (let end = 0; end < BY_CPYTHON.length; end++)
      expect(() => readPickledTensor(BY_CPYTHON.subarray(0, end)), `${end} bytes`).toThrow(/^pickle: /);
    expect(() => readPickledTensor(new Uint8Array(5000))).toThrow('expected the few bytes of one tensor, got 5000');
  });
});

describe('a file of torch.save', () => {
  test.each([false, true])('gives shape and values (deflated: %s)', (deflated) => {
    expect(decodeTorchTensor(torchFile(two, undefined, deflated))).toEqual({
      shape: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  test('gives a transposed view in its own order, and a part of a larger storage', () => {
    expect([...decodeTorchTensor(torchFile({ ...two, shape: [3, 2], stride: [1, 3] })).data]).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    expect([...decodeTorchTensor(torchFile({ ...two, shape: [2], stride: [1], offset: 4 })).data]).toEqual([5, 6]);
  });

  test.each([
    ['LongStorage', new BigInt64Array([1n, 0n])],
    ['IntStorage', new Int32Array([1, 0])],
    ['BoolStorage', new Uint8Array([1, 0])],
    ['ByteStorage', new Uint8Array([1, 0])],
    ['HalfStorage', new Uint16Array([0x3c00, 0])],
    ['DoubleStorage', new Float64Array([1, 0])],
  ])('may have values of %s', (storage, values) => {
    const bytes = new Uint8Array(values.buffer);
    expect([...decodeTorchTensor(torchFile({ shape: [2], bytes, storage, count: 2 })).data]).toEqual([1, 0]);
  });

  test('is refused when its values are fewer than it says, or the view leaves them', () => {
    refuses(torchFile({ ...two, bytes: two.bytes.subarray(4) }), 'expected 6 values of F32, got 20 bytes');
    refuses(torchFile({ ...two, offset: 1 }), 'got a view beyond');
    refuses(torchFile({ ...two, shape: [60000, 60000], stride: [0, 0] }), 'got a view beyond');
  });

  test.each([
    ['offset', { offset: -1 }],
    ['offset that a stride makes up for', { offset: -2, shape: [1, 2], stride: [0, 1] }],
    ['stride', { shape: [2], stride: [-1], offset: 5 }],
    ['size', { shape: [-1, 3] }],
    ['sizes whose product is not', { shape: [-2, -3] }],
    ['number of values', { count: -6 }],
  ])('is refused with a negative %s', (_, over) => {
    refuses(torchFile({ ...two, ...over }), /^pickle: expected what a tensor is made of, got a .*storage/);
  });

  test('is refused, or gives values that are in it, whatever bytes of the pickle were changed', () => {
    const random = createRandom('pickles');
    const given = { shape: [3, 2], stride: [1, 3], offset: 300, bytes: new Uint8Array(4 * 700), count: 700 };
    const good = pickleOf(given);
    let read = 0;
    for (let round = 0; round < 6000; round++) {
      const pickle = Uint8Array.from(good);
      for (let i = 0; i <= round % 3; i++) pickle[random.integer(pickle.length)] = random.integer(256);
      try {
        const { shape, data } = decodeTorchTensor(zipOf({ 'x/data.pkl': pickle, 'x/data/0': given.bytes }));
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        expect(
          data.every((value) => value === 0),
          'no value from beyond',
        ).toBe(true);
        read++;
      } catch (error) {
        expect((error as Error).message, (error as Error).stack).toMatch(/^(?:pickle|torch): expected .*\. .+/s);
      }
    }
    expect(read, 'some are as good as before').toBeGreaterThan(100);
  });

  test('is refused, or gives whole values, whatever bytes of the archive were changed', () => {
    const random = createRandom('archives');
    for (const [good, decode] of [
      [torchFile(two), decodeTorchTensor],
      [torchFile(two, undefined, true), decodeTorchTensor],
      [NPY, decodeNpy],
      [encodeSafetensors(new Map([['a', { shape: [2, 3], data: new Float32Array(6) }]]), { some: 'metadata' }), oneOf],
    ] as const)
      for (let round = 0; round < 2000; round++) {
        const bytes = Uint8Array.from(good);
        for (let i = 0; i <= round % 3; i++) bytes[random.integer(bytes.length)] = random.integer(256);
        try {
          const { shape, data } = decode(bytes);
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        } catch (error) {
          const { message, stack } = error as Error;
          expect(message, stack).toMatch(/^(?:pickle|torch|zip|npy|safetensors|one): .+\./s);
        }
      }
  });

  test('is refused when big-endian, without pickle, a bare pickle, or cut off anywhere', () => {
    refuses(torchFile({ ...two, byteorder: 'big' }), 'expected little-endian values');
    refuses(zipOf({ 'x/other': new Uint8Array(3) }), 'expected data.pkl in the archive, got none');
    refuses(BY_CPYTHON, 'got a bare pickle. Load and save it again with PyTorch 1.6 or later.');
    const good = torchFile(two);
    for (let end = 0; end < good.length; end += 3) refuses(good.subarray(0, end), /cut off or not a zip/);
  });

  test('is refused when an entry unpacks to more than it says', () => {
    const bytes = Buffer.from(zipOf({ 'x/data.pkl': new Uint8Array(100_000) }, true));
    bytes.writeUInt32LE(10, bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    refuses(bytes, 'expected 10 deflated bytes of "x/data.pkl", got others');
  });
});

describe('a state dict', () => {
  const tensors = new Map<string, NamedTensor>([
    ['a.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['a.bias', { shape: [2], data: Float32Array.of(7, 8) }],
  ]);
  const opened = (bytes: Uint8Array) =>
    openStateDict({ size: bytes.length, read: (from, to) => bytes.subarray(from, to) });
  const read = (bytes: Uint8Array) =>
    [...opened(bytes)].map(([name, { shape, read }]) => [name, [...shape], [...read()]]);

  test('gives its tensors by name, each when it is asked for', () => {
    expect(read(stateDictFile(tensors))).toEqual([
      ['a.weight', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['a.bias', [2], [7, 8]],
    ]);
  });

  test('within a dict has that name before its own, and what is no tensor is left out', () => {
    expect(read(stateDictFile(tensors, 'state_dict')).map(([name]) => name)).toEqual([
      'state_dict.a.weight',
      'state_dict.a.bias',
    ]);
  });

  test('may hold no other names than a tensor and a Parameter have', () => {
    const harm = pickle('}', 'X\u0001\0\0\0a', global('os', 'system'), 'X\u0002\0\0\0ls\x85Rs.');
    expect(() => readPickledState(harm)).toThrow('got the name os.system. It is not read: a pickle can run code.');
    expect(() => readPickledState(pickle(global('builtins', 'getattr'), ')R.'))).toThrow('builtins.getattr');
    expect(() => readPickledState(pickle('}.'))).toThrow('expected a state dict, got a dict');
    expect(() => readPickledState(BY_CPYTHON)).toThrow('expected a state dict, got a tensor');
  });

  test('is refused, or gives values that are in it, whatever bytes were changed', () => {
    const random = createRandom('state dicts');
    const good = stateDictFile(tensors);
    for (let round = 0; round < 4000; round++) {
      const bytes = Uint8Array.from(good);
      for (let i = 0; i <= round % 3; i++) bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        for (const [, { shape, read }] of opened(bytes))
          expect(read().length).toBe(shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        expect((error as Error).message, (error as Error).stack).toMatch(/^(?:pickle|torch|zip): .+\./s);
      }
    }
  });
});
