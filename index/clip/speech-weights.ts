/**
 * The weights of the speech detector as bytes: written of Silero VAD's published file (offline/speech/), read by pages and the offline program.
 *
 * A magic number and a version; then the layers in the order of LAYERS, each its scales (float32, one per output), its biases (float32), and its weights as
 * int8, row by row. An eighth of the float32 file: it travels to browsers. What the numbers mean is in speech-network.ts.
 */

const MAGIC = 0x44415643; // "CVAD"
const VERSION = 1;

/** Outputs and inputs of each layer; of a convolution an input is a channel at a tap, channel by channel. */
export const LAYERS = {
  spectrum: [128, 129 * 3],
  halved: [64, 128 * 3],
  halvedAgain: [64, 64 * 3],
  last: [128, 64 * 3],
  input: [512, 128],
  state: [512, 128],
  speech: [1, 128],
} as const satisfies Record<string, readonly [number, number]>;
export type LayerName = keyof typeof LAYERS;

export interface Layer {
  /** [outputs × inputs] */
  weights: Float32Array;
  /** [outputs] */
  biases: Float32Array;
}
export type SpeechWeights = Record<LayerName, Layer>;

const NAMES = Object.keys(LAYERS) as LayerName[];
const bytesOf = ([outputs, inputs]: readonly [number, number]): number => outputs * 8 + outputs * inputs;
const LENGTH = 8 + NAMES.reduce((sum, name) => sum + bytesOf(LAYERS[name]), 0);

/** The nearest bytes to the given weights: a row's largest is 127. */
export function writeSpeechWeights(weights: SpeechWeights): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  let at = 8;
  for (const name of NAMES) {
    const [outputs, inputs] = LAYERS[name];
    const layer = weights[name];
    for (let row = 0; row < outputs; row++) {
      const values = layer.weights.subarray(row * inputs, (row + 1) * inputs);
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127 || 1;
      view.setFloat32(at + 4 * row, scale, true);
      view.setFloat32(at + 4 * (outputs + row), layer.biases[row], true);
      for (let i = 0; i < inputs; i++)
        view.setInt8(at + 8 * outputs + row * inputs + i, Math.round(values[i] / Math.fround(scale)));
    }
    at += bytesOf(LAYERS[name]);
  }
  return bytes;
}

/** @throws Error when the bytes are no weights of this version */
export function readSpeechWeights(bytes: Uint8Array): SpeechWeights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== MAGIC)
    throw new Error('speech weights: expected a file of them, got something else. Build the page again.');
  if (view.getUint32(4, true) !== VERSION)
    throw new Error(
      `speech weights: expected version ${VERSION}, got ${view.getUint32(4, true)}. Build the page again.`,
    );
  if (bytes.length !== LENGTH)
    throw new Error(`speech weights: expected ${LENGTH} bytes, got ${bytes.length}. Build the page again.`);
  let at = 8;
  const layers = NAMES.map((name): [LayerName, Layer] => {
    const [outputs, inputs] = LAYERS[name];
    const [weights, biases] = [new Float32Array(outputs * inputs), new Float32Array(outputs)];
    for (let row = 0; row < outputs; row++) {
      const scale = view.getFloat32(at + 4 * row, true);
      biases[row] = view.getFloat32(at + 4 * (outputs + row), true);
      for (let i = 0; i < inputs; i++)
        weights[row * inputs + i] = scale * view.getInt8(at + 8 * outputs + row * inputs + i);
    }
    at += bytesOf(LAYERS[name]);
    return [name, { weights, biases }];
  });
  return Object.fromEntries(layers) as SpeechWeights;
}
