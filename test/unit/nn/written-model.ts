/** ONNX messages with what our own writer never writes, for readers of files that others wrote. */
import { type Message, message } from '../../../offline/nn/protobuf.ts';

/** A TensorProto: dims, data_type and name, and whatever else is given. */
export function tensorMessage(name: string, dtype: number, shape: readonly number[]): Message {
  const tensor = message();
  for (const size of shape) tensor.integer(1, size);
  return tensor.integer(2, dtype).text(8, name);
}

/** A ValueInfoProto of float32. */
export function valueMessage(name: string, shape: readonly (number | string)[]): Message {
  const dims = message();
  for (const dim of shape) dims.child(1, typeof dim === 'number' ? message().integer(1, dim) : message().text(2, dim));
  return message()
    .text(1, name)
    .child(2, message().child(1, message().integer(1, 1).child(2, dims)));
}

/** A NodeProto. */
export function nodeMessage(op: string, inputs: readonly string[], outputs: readonly string[]): Message {
  const node = message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  return node.text(4, op);
}

interface Parts {
  nodes?: readonly Message[];
  tensors?: readonly Message[];
  inputs?: readonly Message[];
  outputs?: readonly Message[];
  opset?: number;
}

export function modelBytes({ nodes = [], tensors = [], inputs = [], outputs = [], opset = 17 }: Parts): Uint8Array {
  const graph = message();
  for (const node of nodes) graph.child(1, node);
  graph.text(2, 'test');
  for (const tensor of tensors) graph.child(5, tensor);
  for (const input of inputs) graph.child(11, input);
  for (const output of outputs) graph.child(12, output);
  return message().integer(1, 8).child(7, graph).child(8, message().integer(2, opset)).done();
}
