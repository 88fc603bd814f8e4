import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { add } from '../../../offline/nn/elementwise.ts';
import { constant, createGraph, emit, input } from '../../../offline/nn/graph.ts';
import { linear } from '../../../offline/nn/linear.ts';
import { readOnnx, writeOnnx } from '../../../offline/nn/onnx-file.ts';
import { tensorData } from '../../../offline/nn/onnx-tensor.ts';
import { message } from '../../../offline/nn/protobuf.ts';
import { sharedMissing, sharedModel } from '../media/shared.ts';
import { modelBytes, nodeMessage, tensorMessage, valueMessage } from './written-model.ts';

const weights = Float32Array.from({ length: 6 }, (_, i) => i - 2.5);

/** y = x · wᵀ + b, x of [N, L, 3], z = y + y */
function ours(): Uint8Array {
  const graph = createGraph();
  const w = constant(graph, weights, [2, 3], 'w');
  const y = linear(input(graph, 'x', ['N', 'L', 3]), w, constant(graph, Float32Array.of(1, 2), [2], 'b'));
  return emit(graph, { y, z: add(y, y) });
}

describe('a model of our own reads back', () => {
  const file = readOnnx(ours(), 'ours.onnx');

  test('with its inputs, outputs, shapes and types', () => {
    expect(file.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['N', 'L', 3] }]);
    expect(file.outputs).toEqual([
      { name: 'y', dtype: 'float32', shape: ['N', 'L', 2] },
      { name: 'z', dtype: 'float32', shape: ['N', 'L', 2] },
    ]);
    expect([...file.opsets]).toEqual([['', 21]]);
  });

  test('with its nodes in order, and what each reads and gives', () => {
    expect(file.nodes.map(({ op }) => op)).toEqual(['Transpose', 'MatMul', 'Add', 'Add', 'Identity', 'Identity']);
    expect(file.nodes[0].inputs).toEqual(['w']);
    expect(file.nodes.at(-1)?.outputs).toEqual(['z']);
  });

  test('with the values of its constants', () => {
    expect([...file.tensors.keys()].sort()).toEqual(['b', 'w']);
    const w = file.tensors.get('w')!;
    expect([w.dtype, w.shape]).toEqual(['float32', [2, 3]]);
    expect(tensorData(w)).toEqual(weights);
  });
});

test('a model that is written without a change has the bytes it was read from', () => {
  expect(writeOnnx(readOnnx(ours(), 'ours.onnx'))).toEqual(ours());
});

describe.skipIf(sharedMissing)('published models', () => {
  test.each([
    ['mobilenet-v2.int8.onnx', 'input', ['N', 3, 224, 224], ['embedding', 'scores']],
    ['musicnn-jamendo.onnx', 'waveform', ['N', 48000], ['embedding', 'dense', 'tags']],
    ['yamnet.int8.onnx', 'input', ['N', 96, 64], ['embedding', 'scores']],
  ])('%s is read, and is written as it was', async (name, inputName, shape, outputs) => {
    const bytes = new Uint8Array(await readFile(sharedModel(name)));
    const file = readOnnx(bytes, name);
    expect(file.inputs.map(({ name }) => name)).toEqual([inputName]);
    expect(file.inputs[0].shape?.slice(1)).toEqual(shape.slice(1));
    expect(file.outputs.map(({ name }) => name).sort()).toEqual([...outputs].sort());
    for (const tensor of file.tensors.values()) tensorData(tensor); // as many values as its shape says, or it throws
    expect(Buffer.compare(writeOnnx(file), bytes)).toBe(0);
  });
});

test('a constant that is listed among the inputs need not be fed', () => {
  const bytes = modelBytes({
    nodes: [nodeMessage('Add', ['x', 'c'], ['y'])],
    tensors: [tensorMessage('c', 1, [1]).bytes(9, new Uint8Array(4))],
    inputs: [valueMessage('x', [1]), valueMessage('c', [1])],
    outputs: [valueMessage('y', [1])],
  });
  expect(readOnnx(bytes, 'm').inputs.map(({ name }) => name)).toEqual(['x']);
});

test('a size of 0 or below, or one without a name, is not fixed; a shape that is left out is not made up', () => {
  const bare = message()
    .text(1, 'b')
    .child(2, message().child(1, message().integer(1, 1)));
  const { inputs } = readOnnx(
    modelBytes({ inputs: [valueMessage('a', [-1, 0, '', 'N', 7]), bare], outputs: [valueMessage('y', [1])] }),
    'm',
  );
  expect(inputs.map(({ shape }) => shape)).toEqual([['?', '?', '?', 'N', 7], undefined]);
});

describe('what is no ONNX model is refused in one sentence', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const external = modelBytes({
    tensors: [
      tensorMessage('encoder.w', 1, [4]).child(13, message().text(1, 'location').text(2, 'w.bin')).integer(14, 1),
    ],
    outputs: [valueMessage('y', [1])],
  });
  const cases: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(), 'an empty file.'],
    [
      'the pointer of a file that Git keeps elsewhere',
      utf8('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
      'text that begins with "version https://git-lfs.github.com/spec/',
    ],
    ['a page', utf8('<!doctype html>\n<title>Not found</title>\n'), 'text that begins with "<!doctype html>'],
    ['a message without a graph', message().integer(1, 8).done(), 'a message with no graph.'],
    ['a graph without outputs', modelBytes({ inputs: [valueMessage('x', [1])] }), 'a graph without outputs.'],
    ['the first half of a model', ours().subarray(0, 200), 'field 7 cut off: it ends at byte '],
    [
      'a model whose weights are in another file',
      external,
      'one whose weights ("encoder.w") are in a file beside it. Save it as one file (onnx.save_model(onnx.load(path), new_path)).',
    ],
  ];
  test.each(cases)('%s', (_, bytes, got) => {
    expect(() => readOnnx(bytes, 'tower.onnx')).toThrow(`tower.onnx: expected an ONNX model, got ${got}`);
  });

  const refusal = /^tower\.onnx: expected an ONNX model, got .+\.$/s;
  const attempt = (bytes: Uint8Array): unknown => {
    try {
      readOnnx(bytes, 'tower.onnx');
      return undefined;
    } catch (error) {
      return error;
    }
  };

  test('whatever the bytes, and always at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(String((attempt(bytes) as Error).message)).toMatch(refusal);
      }),
      { numRuns: 500 },
    );
  });

  test('a model cut off anywhere', () => {
    const whole = ours();
    for (let length = 0; length < whole.length; length++) {
      const error = attempt(whole.subarray(0, length)) as Error | undefined;
      // Behind the graph there are only the operators' versions, without which the rest is a message still.
      if (error) expect(error.message).toMatch(refusal);
      else expect(length).toBeGreaterThan(whole.length - 10);
    }
  });

  test('a model with bytes changed is read, or refused in a sentence', () => {
    const whole = ours();
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const error = attempt(bytes) as Error | undefined;
        if (error) expect(error.message).toMatch(refusal);
      }),
      { numRuns: 500 },
    );
  });

  test('a length of 2^63 allocates nothing', () => {
    const claims = Uint8Array.of((7 << 3) | 2, ...new Array(8).fill(255), 127);
    expect(() => readOnnx(claims, 'm')).toThrow('m: expected an ONNX model, got field 7 cut off: it ends at byte 9');
  });
});
