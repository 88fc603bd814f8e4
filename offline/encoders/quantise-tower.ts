/**
 * Make a tower small enough for the Worker, and say what that costs: how its tokens lie to those of the tower as it was.
 * How weights become bytes is said in nn/quantise-file.ts; whether the result has room there, in local-worker/fit.ts.
 */
import { readOnnx } from '../nn/onnx-file.ts';
import { type QuantisedFile, quantiseFile } from '../nn/quantise-file.ts';
import { openSession } from '../nn/session.ts';

/**
 * A tower that is of bytes already comes back as it is, with no products and no convolutions changed.
 * @param name of the file, for messages
 * @throws Error in a sentence when the bytes are no ONNX model
 */
export function quantiseTower(bytes: Uint8Array, name: string): QuantisedFile {
  return quantiseFile(readOnnx(bytes, name));
}

export interface Likeness {
  /** Cosine of the two towers' tokens, over the inputs. */
  mean: number;
  least: number;
}

export interface RunOptions {
  /** Names in the graph. */
  input: string;
  output: string;
  /** Of one item, without N. */
  inputShape: readonly number[];
  threads: number;
}

/**
 * @param inputs of one item each, as the tower will be given them: at least one
 * @throws Error when a tower does not run on them
 */
export async function compareTowers(
  before: Uint8Array,
  after: Uint8Array,
  options: RunOptions,
  inputs: readonly Float32Array[],
): Promise<Likeness> {
  if (inputs.length === 0) throw new Error('internal: towers are compared on at least one input');
  const tokens = await tokensOf(before, 'before', options, inputs);
  const cosines = (await tokensOf(after, 'after', options, inputs)).map((token, i) => cosine(tokens[i], token));
  return { mean: cosines.reduce((sum, value) => sum + value, 0) / cosines.length, least: Math.min(...cosines) };
}

/** One tower open at a time: a published one takes as much memory as everything else. */
async function tokensOf(
  tower: Uint8Array,
  name: string,
  { input, output, inputShape, threads }: RunOptions,
  inputs: readonly Float32Array[],
): Promise<Float32Array[]> {
  const session = await openSession(tower, { name, threads });
  try {
    const tokens: Float32Array[] = [];
    for (const data of inputs)
      tokens.push((await session.run({ [input]: { data, shape: [1, ...inputShape] } }))[output].data);
    return tokens;
  } finally {
    await session.close();
  }
}

/** 1 for two vectors of zeros, 0 where only one is. */
function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  if (aa === 0 || bb === 0) return aa === bb ? 1 : 0;
  return Math.min(1, dot / Math.sqrt(aa * bb));
}
