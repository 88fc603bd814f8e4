/**
 * The weights of Silero VAD, out of the ONNX file that the npm package @ricky0123/vad-web brings (silero_vad_v6.onnx, MIT).
 *
 * The file has two networks, for 8 and 16 kHz, as the branches of an If; their constants have the names of the PyTorch modules behind the branch's.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { LAYERS, type Layer, type LayerName, type SpeechWeights } from '../../index/clip/speech-weights.ts';
import { readFields } from '../nn/protobuf.ts';

const FILE = '@ricky0123/vad-web/dist/silero_vad_v6.onnx';

/** By layer, the constants that hold its weights and biases. */
const MODULES: Readonly<Record<LayerName, readonly [weights: string, biases: string]>> = {
  spectrum: ['encoder.0.reparam_conv.weight', 'encoder.0.reparam_conv.bias'],
  halved: ['encoder.1.reparam_conv.weight', 'encoder.1.reparam_conv.bias'],
  halvedAgain: ['encoder.2.reparam_conv.weight', 'encoder.2.reparam_conv.bias'],
  last: ['encoder.3.reparam_conv.weight', 'encoder.3.reparam_conv.bias'],
  input: ['decoder.rnn.weight_ih', 'decoder.rnn.bias_ih'],
  state: ['decoder.rnn.weight_hh', 'decoder.rnn.bias_hh'],
  speech: ['decoder.decoder.2.weight', 'decoder.decoder.2.bias'],
};

/** Only the network for 16 kHz has spectra of 129 bins. */
const BRANCH = 'then_branch';

export const sileroFile = (): string => createRequire(import.meta.url).resolve(FILE);

/** @throws Error when the package's file is another than this was written for */
export async function sileroWeights(path = sileroFile()): Promise<SpeechWeights> {
  const constants = new Map<string, Float32Array>();
  collect(await readFile(path), constants);
  const layers = Object.entries(MODULES).map(([name, [weights, biases]]): [string, Layer] => {
    const [outputs, inputs] = LAYERS[name as LayerName];
    return [
      name,
      { weights: constant(constants, weights, outputs * inputs), biases: constant(constants, biases, outputs) },
    ];
  });
  return Object.fromEntries(layers) as SpeechWeights;
}

function constant(constants: ReadonlyMap<string, Float32Array>, name: string, length: number): Float32Array {
  const found = [...constants].find(([known]) => known.includes(BRANCH) && known.endsWith(name))?.[1];
  if (found?.length !== length)
    throw new Error(
      `${FILE}: expected ${length} values of "${name}" for 16 kHz, got ${found?.length ?? 'none'}. Install the version that package.json names.`,
    );
  return found;
}

// Numbers of fields in onnx.proto: a model's graph, a graph's nodes, a node's outputs and attributes, an attribute's tensor and graph, a tensor's bytes.
const [GRAPH, NODE, OUTPUT, ATTRIBUTE, TENSOR, INNER_GRAPH, RAW_DATA] = [7, 1, 2, 5, 5, 6, 9];

function collect(model: Uint8Array, constants: Map<string, Float32Array>): void {
  for (const { number, value } of readFields(model)) if (number === GRAPH) collectGraph(value, constants);
}

function collectGraph(graph: Uint8Array, constants: Map<string, Float32Array>): void {
  for (const node of readFields(graph).filter(({ number }) => number === NODE)) {
    const fields = readFields(node.value);
    const output = fields.find(({ number }) => number === OUTPUT);
    for (const attribute of fields.filter(({ number }) => number === ATTRIBUTE))
      for (const { number, value } of readFields(attribute.value)) {
        if (number === INNER_GRAPH) collectGraph(value, constants);
        if (number !== TENSOR || !output) continue;
        const raw = readFields(value).find((field) => field.number === RAW_DATA)?.value;
        if (raw && raw.length % 4 === 0)
          constants.set(new TextDecoder().decode(output.value), new Float32Array(Uint8Array.from(raw).buffer));
      }
  }
}
