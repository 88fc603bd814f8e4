/**
 * What a pickle of one PyTorch tensor says of it: the type, the shape, and where its values lie; or one of a state dict, of all its tensors.
 *
 * A pickle is a program, and running one of a stranger's runs what the stranger likes. This machine has only the opcodes that a
 * tensor's pickle is made of, and looks no name up: the three kinds of names a tensor needs stand in a table, any other is
 * refused by name. A state dict has more opcodes, for dicts and lists of plain values, and no more names than Parameter. Opcodes: CPython's Lib/pickletools.py. What torch writes (protocol 2; 4 on demand): `Tensor.__reduce_ex__` and
 * `persistent_id` in https://github.com/pytorch/pytorch/blob/main/torch/serialization.py. Written from these, and held to
 * pickles that CPython's pickler made of the same names.
 */
import type { ValueType } from './values.ts';

export interface PickledTensor {
  type: ValueType;
  shape: number[];
  /** In values: how far apart neighbours along each axis lie, and where the first lies. */
  stride: number[];
  offset: number;
  /** The archive's entry with the values, `data/KEY`, and how many it has. */
  key: string;
  storageSize: number;
}

const STORAGES: Readonly<Record<string, ValueType>> = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};
const REBUILD = 'torch._utils._rebuild_tensor_v2';
/** Of a state dict: a parameter is its tensor. */
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const ORDERED_DICT = 'collections.OrderedDict';

/** A tensor's pickle has some 160 bytes and 40 values. */
const MOST_BYTES = 4096;
/** A state dict's has some 120 bytes a tensor. */
const MOST_STATE_BYTES = 8 * 2 ** 20;
/** What is kept while it is read. */
const MOST_ITEMS = 2_000_000;

type Item =
  | { is: 'number'; value: number }
  | { is: 'text'; value: string }
  | { is: 'tuple'; items: Item[] }
  | { is: 'global'; name: string }
  | { is: 'storage'; type: ValueType; key: string; size: number }
  | { is: 'tensor'; tensor: PickledTensor }
  | { is: 'dict'; entries: Map<string, Item> }
  | { is: 'mark' | 'none' | 'flag' | 'hooks' };

/** @throws Error when the pickle is of anything but one tensor, or damaged */
export function readPickledTensor(pickle: Uint8Array): PickledTensor {
  if (pickle.length > MOST_BYTES)
    throw new Error(`pickle: expected the few bytes of one tensor, got ${pickle.length}. Save each tensor by itself.`);
  const result = run(pickle);
  if (result.is !== 'tensor')
    throw new Error(`pickle: expected one tensor, got a ${result.is}. Save the tensor itself.`);
  return result.tensor;
}

/**
 * The tensors of a state dict by their names, those of dicts within it as `outer.inner`. What is no tensor is left out.
 * @throws Error when the pickle is of something else, or damaged
 */
export function readPickledState(pickle: Uint8Array): Map<string, PickledTensor> {
  if (pickle.length > MOST_STATE_BYTES)
    throw new Error(`pickle: expected a state dict of at most ${MOST_STATE_BYTES} bytes, got ${pickle.length}.`);
  const result = run(pickle, true);
  const found = new Map<string, PickledTensor>();
  const gather = (item: Item, name: string, depth: number): void => {
    if (item.is === 'tensor') found.set(name, item.tensor);
    if (item.is !== 'dict' || depth > MOST_DEPTH) return;
    for (const [key, value] of item.entries) gather(value, name ? `${name}.${key}` : key, depth + 1);
  };
  gather(result, '', 0);
  if (result.is !== 'dict' || !found.size)
    throw new Error(`pickle: expected a state dict, got a ${result.is}. Save model.state_dict() with torch.save.`);
  return found;
}

/** A state dict lies in the file itself, or in a dict of it ("state_dict", "model"). */
const MOST_DEPTH = 3;

/** @param isState whether dicts and lists are read too */
function run(pickle: Uint8Array, isState = false): Item {
  const view = new DataView(pickle.buffer, pickle.byteOffset, pickle.byteLength);
  const stack: Item[] = [];
  const memo = new Map<number, Item>();
  let at = 0;

  const take = (count: number): number => {
    at += count;
    if (at > pickle.length) throw cutOff();
    return at - count;
  };
  const text = (bytes: number): string => new TextDecoder().decode(pickle.subarray(take(bytes), at));
  const line = (): string => {
    const end = pickle.indexOf(0x0a, at);
    if (end < 0) throw cutOff();
    const word = text(end - at);
    at++;
    return word;
  };
  const pop = (): Item => stack.pop() ?? raise('an empty stack');
  const top = (): Item => stack.at(-1) ?? raise('an empty stack');
  const tuple = (items: Item[]): number => stack.push({ is: 'tuple', items });
  const last = (count: number): Item[] => (stack.length < count ? raise('an empty stack') : stack.splice(-count));
  const number = (value: number): number => stack.push({ is: 'number', value });
  const recall = (slot: number): number => stack.push(memo.get(slot) ?? raise(`a memo without ${slot}`));
  const afterMark = (): Item[] => {
    const from = stack.findLastIndex(({ is }) => is === 'mark');
    if (from < 0) raise('items without a mark');
    return stack.splice(from).slice(1);
  };
  const dictOnTop = (): Map<string, Item> => {
    const item = top();
    return item.is === 'dict' ? item.entries : raise(`entries for a ${item.is}`);
  };
  const put = (items: readonly Item[]): void => {
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = items[i];
      if (key.is === 'text' || key.is === 'number') dictOnTop().set(String(key.value), items[i + 1]);
    }
  };
  /** @returns whether it is one of those that a state dict has and a tensor has not */
  const ofState = (opcode: number): boolean => {
    switch (opcode) {
      case 0x7d: // EMPTY_DICT
        stack.push({ is: 'dict', entries: new Map() });
        return true;
      case 0x73: // SETITEM
        put(last(2));
        return true;
      case 0x75: // SETITEMS
        put(afterMark());
        return true;
      case 0x5d: // EMPTY_LIST: of plain values, which are not looked at
        stack.push({ is: 'none' });
        return true;
      case 0x61: // APPEND
        pop();
        return true;
      case 0x65: // APPENDS
        afterMark();
        return true;
      case 0x62: // BUILD: attributes of a dict, such as its versions
        pop();
        if (top().is !== 'dict') raise('attributes of something else than a dict');
        return true;
      case 0x47: // BINFLOAT
        take(8);
        stack.push({ is: 'none' });
        return true;
      case 0x8a: // LONG1
        take(view.getUint8(take(1)));
        stack.push({ is: 'none' });
        return true;
      default:
        return false;
    }
  };

  while (true) {
    const place = at;
    const opcode = view.getUint8(take(1));
    if (stack.length + memo.size > MOST_ITEMS) raise('too many items');
    if (isState && ofState(opcode)) continue;
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = view.getUint8(take(1));
        if (protocol < 2 || protocol > 5) raise(`protocol ${protocol}`);
        break;
      }
      case 0x95: // FRAME: says only how much to read at once
        take(8);
        break;
      case 0x2e: // STOP
        return pop();
      case 0x28: // MARK
        stack.push({ is: 'mark' });
        break;
      case 0x74: {
        // TUPLE
        const from = stack.findLastIndex(({ is }) => is === 'mark');
        if (from < 0) raise('a tuple without a mark');
        const items = stack.splice(from).slice(1);
        tuple(items);
        break;
      }
      case 0x29: // EMPTY_TUPLE
        tuple([]);
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        tuple(last(opcode - 0x84));
        break;
      case 0x4b: // BININT1
        number(view.getUint8(take(1)));
        break;
      case 0x4d: // BININT2
        number(view.getUint16(take(2), true));
        break;
      case 0x4a: // BININT
        number(view.getInt32(take(4), true));
        break;
      case 0x58: // BINUNICODE
        stack.push({ is: 'text', value: text(view.getUint32(take(4), true)) });
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push({ is: 'text', value: text(view.getUint8(take(1))) });
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push({ is: 'flag' });
        break;
      case 0x4e: // NONE
        stack.push({ is: 'none' });
        break;
      case 0x71: // BINPUT
        memo.set(view.getUint8(take(1)), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(view.getUint32(take(4), true), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x68: // BINGET
        recall(view.getUint8(take(1)));
        break;
      case 0x6a: // LONG_BINGET
        recall(view.getUint32(take(4), true));
        break;
      case 0x63: // GLOBAL
        stack.push(known(`${line()}.${line()}`, isState));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = last(2);
        if (module.is !== 'text' || name.is !== 'text') return raise('a name that is no text');
        stack.push(known(`${module.value}.${name.value}`, isState));
        break;
      }
      case 0x51: // BINPERSID
        stack.push(storageOf(pop()));
        break;
      case 0x52: {
        // REDUCE
        const [callee, given] = last(2);
        stack.push(rebuilt(callee, given, isState));
        break;
      }
      default:
        raise(`the opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${place}`);
    }
  }
}

function known(name: string, isState: boolean): Item {
  const isPlain = name === REBUILD || name === ORDERED_DICT || Object.hasOwn(STORAGES, name);
  if (!isPlain && !(isState && name === REBUILD_PARAMETER)) raise(`the name ${name}`);
  return { is: 'global', name };
}

/** ('storage', torch.FloatStorage, '0', 'cpu', 25600). Where it lived ('cpu', 'cuda:0') does not matter. */
function storageOf(id: Item): Item {
  const [word, storage, key, , size] = id.is === 'tuple' ? id.items : [];
  const type = storage?.is === 'global' ? STORAGES[storage.name] : undefined;
  const count = countIn(size);
  if (word?.is !== 'text' || word.value !== 'storage' || !type || key?.is !== 'text' || count === undefined)
    return raise('a reference to something else than a storage');
  return { is: 'storage', type, key: key.value, size: count };
}

/** _rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, OrderedDict()) */
function rebuilt(callee: Item, given: Item, isState: boolean): Item {
  const items = given.is === 'tuple' ? given.items : [];
  if (callee.is === 'global' && callee.name === ORDERED_DICT && given.is === 'tuple' && !items.length)
    return isState ? { is: 'dict', entries: new Map() } : { is: 'hooks' };
  if (isState && callee.is === 'global' && callee.name === REBUILD_PARAMETER)
    return items[0]?.is === 'tensor' ? items[0] : raise('a parameter without a tensor');
  if (callee.is !== 'global' || callee.name !== REBUILD) return raise(`a call of a ${nameOf(callee)}`);
  const [storage, offset, shape, stride] = items;
  const [first, sizes, steps] = [countIn(offset), countsIn(shape), countsIn(stride)];
  if (storage?.is !== 'storage' || first === undefined || !sizes || sizes.length !== steps?.length)
    return raise('a tensor without storage, offset, shape and stride');
  const { type, key, size: storageSize } = storage;
  return { is: 'tensor', tensor: { type, key, storageSize, offset: first, shape: sizes, stride: steps } };
}

/** From 0: a negative one would be read from before the values. */
function countIn(item: Item | undefined): number | undefined {
  return item?.is === 'number' && item.value >= 0 ? item.value : undefined;
}

function countsIn(item: Item | undefined): number[] | undefined {
  if (item?.is !== 'tuple') return undefined;
  const counts = item.items.map(countIn);
  return counts.every((count) => count !== undefined) ? counts : undefined;
}

const nameOf = (item: Item): string => (item.is === 'global' ? item.name : item.is);

const cutOff = () => new Error('pickle: expected its end, got none. The file is cut off.');

function raise(got: string): never {
  throw new Error(
    `pickle: expected what a tensor is made of, got ${got}. It is not read: a pickle can run code. Save the tensor alone, on the CPU, with torch.save.`,
  );
}
