import { describe, expect, test } from 'vitest';
import { type FileTensor, readTensor, tensorData } from '../../../offline/nn/onnx-tensor.ts';
import { type Message, message, readFields } from '../../../offline/nn/protobuf.ts';
import { tensorMessage } from './written-model.ts';

const read = (tensor: Message): FileTensor => readTensor(readFields(tensor.done()));
const bytesOf = (data: { buffer: ArrayBufferLike }) => new Uint8Array(data.buffer as ArrayBuffer);
/** Numbers one after another, without field numbers between. */
const packed = (...values: number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [...message().integer(1, value).done().subarray(1)]));

// IEEE 754 binary16: 1, -2, the largest number, the smallest above 0, 1/3 rounded
const HALVES = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555);
const HALF_VALUES = Float32Array.of(1, -2, 65504, 2 ** -24, 0.333251953125);

describe('values from raw_data and from the list of their type are the same', () => {
  const cases: [string, number, Message, Message, ReturnType<typeof tensorData>][] = [
    [
      'float32',
      1,
      message().bytes(9, bytesOf(Float32Array.of(1.5, -0.25))),
      message().bytes(4, bytesOf(Float32Array.of(1.5, -0.25))),
      Float32Array.of(1.5, -0.25),
    ],
    ['float16', 10, message().bytes(9, bytesOf(HALVES)), message().bytes(5, packed(...HALVES)), HALF_VALUES],
    [
      'int8',
      3,
      message().bytes(9, bytesOf(Int8Array.of(-128, 0, 127))),
      message().bytes(5, packed(-128, 0, 127)),
      Int8Array.of(-128, 0, 127),
    ],
    ['uint8', 2, message().bytes(9, Uint8Array.of(0, 255)), message().bytes(5, packed(0, 255)), Uint8Array.of(0, 255)],
    [
      'int64',
      7,
      message().bytes(9, bytesOf(BigInt64Array.of(-1n, 2n ** 40n))),
      message().bytes(7, packed(-1, 2 ** 40)),
      BigInt64Array.of(-1n, 2n ** 40n),
    ],
  ];
  test.each(cases)('%s', (dtype, code, raw, listed, expected) => {
    for (const values of [raw, listed]) {
      const [field] = readFields(values.done());
      const tensor = read(tensorMessage('c', code, [expected!.length]).raw(field));
      expect(tensor.dtype).toBe(dtype);
      expect(tensorData(tensor)).toEqual(expected);
    }
  });

  test('also where a list is written one by one', () => {
    const tensor = tensorMessage('c', 1, [2]).float(4, 1.5).float(4, -0.25);
    expect(tensorData(read(tensor))).toEqual(Float32Array.of(1.5, -0.25));
    expect(tensorData(read(tensorMessage('c', 3, [2]).integer(5, -3).integer(5, 4)))).toEqual(Int8Array.of(-3, 4));
  });
});

test('a scalar has one value', () => {
  expect(tensorData(read(tensorMessage('c', 1, []).float(4, 7)))).toEqual(Float32Array.of(7));
});

test('values of a type that no weights have are left alone', () => {
  expect(tensorData(read(tensorMessage('c', 11, [1]).bytes(9, new Uint8Array(8))))).toBeUndefined();
});

test('too few values are refused, and a shape of terabytes allocates nothing', () => {
  const raw = tensorMessage('c', 1, [2 ** 20, 2 ** 20]).bytes(9, new Uint8Array(8));
  expect(() => tensorData(read(raw))).toThrow(
    'constant "c": expected 1099511627776 values of float32 for [1048576, 1048576], got 2. Save the model again.',
  );
  expect(() => tensorData(read(tensorMessage('c', 7, [3]).integer(7, 1)))).toThrow('got 1. Save the model again.');
});
