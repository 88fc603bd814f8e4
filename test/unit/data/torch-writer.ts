/**
 * Files as `torch.save` writes them, made without PyTorch from the documented layout: a zip archive with sizes in data descriptors
 * and values at multiples of 64 bytes, and a pickle of protocol 2 with one opcode after another as CPython's pickler writes them
 * (a test compares it with bytes that CPython made). None of them was written by PyTorch itself.
 */
import { crc32, deflateRawSync } from 'node:zlib';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';

export interface TorchTensor {
  shape: readonly number[];
  /** Little-endian values. */
  bytes: Uint8Array;
  /** The storage's class in torch, and how many values it has. */
  storage?: string;
  count: number;
  stride?: readonly number[];
  offset?: number;
  byteorder?: string;
}

const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const ascii = (text: string): number[] => [...Buffer.from(text, 'utf8')];

export function pickleOf({ shape, storage = 'FloatStorage', count, stride, offset = 0 }: TorchTensor): Uint8Array {
  let slot = 0;
  const put = () => [0x71, slot++];
  const text = (value: string) => [0x58, ...le(value.length, 4), ...ascii(value), ...put()];
  const global = (module: string, name: string) => [0x63, ...ascii(`${module}\n${name}\n`), ...put()];
  const int = (value: number) =>
    value < 0
      ? [0x4a, ...le(value + 2 ** 32, 4)]
      : value < 256
        ? [0x4b, value]
        : value < 65536
          ? [0x4d, ...le(value, 2)]
          : [0x4a, ...le(value, 4)];
  const tuple = (values: readonly number[]) => {
    const items = values.flatMap(int);
    return values.length > 3 || values.length === 0
      ? [0x28, ...items, 0x74, ...put()]
      : [...items, 0x84 + values.length, ...put()];
  };
  const contiguous = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return Uint8Array.from([
    ...[0x80, 2],
    ...global('torch._utils', '_rebuild_tensor_v2'),
    0x28,
    ...[
      0x28,
      ...text('storage'),
      ...global('torch', storage),
      ...text('0'),
      ...text('cpu'),
      ...int(count),
      0x74,
      ...put(),
    ],
    0x51,
    ...int(offset),
    ...tuple(shape),
    ...tuple(stride ?? contiguous),
    0x89,
    ...[...global('collections', 'OrderedDict'), 0x29, 0x52, ...put()],
    ...[0x74, ...put(), 0x52, ...put(), 0x2e],
  ]);
}

export function torchFile(tensor: TorchTensor, pickle = pickleOf(tensor), deflated = false): Uint8Array {
  return zipOf(
    {
      'x/data.pkl': pickle,
      'x/byteorder': Buffer.from(tensor.byteorder ?? 'little'),
      'x/data/0': tensor.bytes,
      'x/version': Buffer.from('3\n'),
    },
    deflated,
  );
}

/**
 * A file as `torch.save(model.state_dict())` writes it: an OrderedDict of tensors, each with a storage of its own, and the dict's own attribute
 * `_metadata`; or a dict around it, as training programs write.
 */
export function stateDictFile(tensors: ReadonlyMap<string, NamedTensor>, around?: string): Uint8Array {
  let slot = 0;
  const put = () => [0x72, ...le(slot++, 4)];
  const text = (value: string) => [0x58, ...le(Buffer.byteLength(value), 4), ...ascii(value), ...put()];
  const global = (module: string, name: string) => [0x63, ...ascii(`${module}\n${name}\n`), ...put()];
  const int = (value: number) => [0x4a, ...le(value, 4)];
  const tuple = (values: readonly number[]) => [0x28, ...values.flatMap(int), 0x74, ...put()];
  const empty = () => [...global('collections', 'OrderedDict'), 0x29, 0x52, ...put()];
  const tensor = ({ shape, data }: NamedTensor, key: number) => [
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...[0x28, 0x28, ...text('storage'), ...global('torch', 'FloatStorage'), ...text(String(key)), ...text('cpu')],
    ...[...int(data.length), 0x74, ...put(), 0x51, ...int(0), ...tuple(shape)],
    ...tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))),
    ...[0x89, ...empty(), 0x74, ...put(), 0x52, ...put()],
  ];
  const items = [...tensors].flatMap(([name, one], key) => [...text(name), ...tensor(one, key)]);
  const version = [
    0x7d,
    ...put(),
    ...text('_metadata'),
    ...empty(),
    ...text(''),
    0x7d,
    ...text('version'),
    0x4b,
    1,
    0x73,
    0x73,
    0x73,
  ];
  const dict = [...empty(), 0x28, ...items, 0x75, ...version, 0x62];
  const whole = around ? [0x7d, ...put(), ...text('epoch'), ...int(7), 0x73, ...text(around), ...dict, 0x73] : dict;
  return zipOf({
    'archive/data.pkl': Uint8Array.from([0x80, 2, ...whole, 0x2e]),
    'archive/byteorder': Buffer.from('little'),
    ...Object.fromEntries(
      [...tensors.values()].map(({ data }, key) => [
        `archive/data/${key}`,
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      ]),
    ),
    'archive/version': Buffer.from('3\n'),
  });
}

export const floats = (shape: readonly number[], values: readonly number[]): TorchTensor => ({
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
  count: values.length,
});

export function zipOf(files: Record<string, Uint8Array>, deflated = false): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: number[] = [];
  let at = 0;
  const push = (...pieces: Uint8Array[]) => {
    for (const piece of pieces) {
      parts.push(piece);
      at += piece.length;
    }
  };
  for (const [name, content] of Object.entries(files)) {
    const packed = deflated ? deflateRawSync(content) : content;
    const label = ascii(name);
    const method = deflated ? 8 : 0;
    const padding = 63 - ((at + 30 + label.length + 4 + 63) % 64);
    const extra = [...ascii('FB'), ...le(padding, 2), ...new Array<number>(padding).fill(0x5a)];
    const local = at;
    // sizes are 0 here and follow the content: a reader must take them from the directory
    push(Uint8Array.from([...le(0x04034b50, 4), ...le(0, 2), ...le(0x808, 2), ...le(method, 2), ...le(0, 16)]));
    push(Uint8Array.from([...le(label.length, 2), ...le(extra.length, 2), ...label, ...extra]), packed);
    const sums = [...le(crc32(content), 4), ...le(packed.length, 4), ...le(content.length, 4)];
    push(Uint8Array.from([...le(0x08074b50, 4), ...sums]));
    directory.push(...le(0x02014b50, 4), ...le(0, 4), ...le(0x808, 2), ...le(method, 2), ...le(0, 4), ...sums);
    directory.push(...le(label.length, 2), ...le(0, 12), ...le(local, 4), ...label);
  }
  const count = Object.keys(files).length;
  const start = at;
  push(Uint8Array.from(directory));
  push(Uint8Array.from([...le(0x06054b50, 4), ...le(0, 4), ...le(count, 2), ...le(count, 2)]));
  push(Uint8Array.from([...le(directory.length, 4), ...le(start, 4), ...le(0, 2)]));
  return Buffer.concat(parts);
}
