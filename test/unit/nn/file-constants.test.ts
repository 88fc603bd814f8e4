import { describe, expect, test } from 'vitest';
import { unusedConstants, weightsOf } from '../../../offline/nn/file-constants.ts';
import { readOnnx } from '../../../offline/nn/onnx-file.ts';
import { type Message, message } from '../../../offline/nn/protobuf.ts';
import { modelBytes, nodeMessage, tensorMessage, valueMessage } from './written-model.ts';

const stored = Float32Array.of(1, 2, 3, 4, 5, 6);
const raw = new Uint8Array(stored.buffer);
const w = tensorMessage('w', 1, [2, 3]).bytes(9, raw);
const file = (nodes: readonly Message[], tensors: readonly Message[] = [w]) =>
  readOnnx(modelBytes({ nodes, tensors, inputs: [valueMessage('x', [2])], outputs: [valueMessage('y', [2])] }), 'm');
const found = (...nodes: Message[]) => weightsOf(file(nodes))('v');

describe('weights are followed back to where they are stored', () => {
  const perm = (...axes: number[]) => {
    const attribute = message().text(1, 'perm');
    for (const axis of axes) attribute.integer(8, axis);
    return attribute.integer(20, 7);
  };

  test('through Identity, as they are', () => {
    const weights = found(nodeMessage('Identity', ['w'], ['u']), nodeMessage('Identity', ['u'], ['v']));
    expect(weights).toMatchObject({ shape: [2, 3], turned: false });
    expect(weights?.values()).toEqual(stored);
  });

  test('through Transpose, turned; through two, not', () => {
    const turn = nodeMessage('Transpose', ['w'], ['v']).child(5, perm(1, 0));
    expect(found(turn)?.turned).toBe(true);
    expect(found(nodeMessage('Transpose', ['w'], ['u']), nodeMessage('Transpose', ['u'], ['v']))?.turned).toBe(false);
  });

  test('in a Constant node', () => {
    const value = message()
      .text(1, 'value')
      .child(5, tensorMessage('', 1, [2, 3]).bytes(9, raw))
      .integer(20, 4);
    expect(found(nodeMessage('Constant', [], ['v']).child(5, value))?.values()).toEqual(stored);
  });

  test('but not through what changes them, nor through another’s operator of the same name', () => {
    expect(found(nodeMessage('Relu', ['w'], ['v']))).toBeUndefined();
    expect(found(nodeMessage('Transpose', ['w'], ['v']).child(5, perm(0, 1)))).toBeUndefined();
    expect(found(nodeMessage('Identity', ['w'], ['v']).text(7, 'my.domain'))).toBeUndefined();
    expect(found(nodeMessage('Identity', ['x'], ['v']))).toBeUndefined();
  });

  test('and a damaged file that goes round in a circle comes to an end', () => {
    expect(found(nodeMessage('Identity', ['u'], ['v']), nodeMessage('Identity', ['v'], ['u']))).toBeUndefined();
  });
});

describe('what changed nodes leave behind', () => {
  const product = nodeMessage('MatMul', ['x', 'v'], ['y']);
  const through = nodeMessage('Identity', ['w'], ['v']);
  const left = (nodes: readonly Message[], read: readonly string[] = []) => {
    const model = file(nodes);
    const changed = new Set(model.nodes.filter(({ op }) => op === 'MatMul'));
    const { nodes: dropped, tensors } = unusedConstants(model, changed, read);
    return { nodes: dropped.map(({ op }) => op), tensors: [...tensors] };
  };

  test('goes with them: the constant, and the node between', () => {
    expect(left([through, product])).toEqual({ nodes: ['Identity'], tensors: ['w'] });
  });

  test('stays where another node reads it', () => {
    expect(left([through, product, nodeMessage('Relu', ['v'], ['z'])])).toEqual({ nodes: [], tensors: [] });
    expect(left([through, product, nodeMessage('Relu', ['w'], ['z'])])).toEqual({ nodes: ['Identity'], tensors: [] });
  });

  test('stays where what stands in their place reads it', () => {
    expect(left([through, product], ['v'])).toEqual({ nodes: [], tensors: [] });
  });

  test('stays where only a branch inside a node reads it', () => {
    const branch = message()
      .child(1, nodeMessage('Relu', ['w'], ['z']))
      .child(12, valueMessage('z', [2, 3]));
    const choice = nodeMessage('If', ['x'], ['z']).child(5, message().text(1, 'then_branch').child(6, branch));
    expect(left([through, product, choice])).toEqual({ nodes: ['Identity'], tensors: [] });
  });
});
