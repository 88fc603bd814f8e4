/**
 * Make an image tower small enough for the Worker: its matrices as bytes, under a name of its own, measured against the original.
 */
import { readFile } from 'node:fs/promises';
import { decodeImage } from '../../functions/embed/decode-image.ts';
import { imageInput } from '../../index/image/tower-image.ts';
import { inputShapeOf } from '../encoders/add-encoder.ts';
import type { ImageCard } from '../encoders/card.ts';
import { compareTowers, quantiseTower } from '../encoders/quantise-tower.ts';
import { keepTower, type Ready } from '../encoders/store.ts';
import { measureTowerFit } from '../export/tower-fit.ts';
import { sha256Hex } from '../lib/files.ts';
import { createRandom } from '../lib/random.ts';
import type { FitReport } from '../local-worker/fit.ts';
import { nodeDecoders } from '../media/image-codecs.ts';
import { paper } from '../models/made/config.ts';
import { layoutOf } from '../models/made/network.ts';
import { initialValues } from '../nn/parameters.ts';

export interface Smaller {
  card: ImageCard;
  bytes: { before: number; after: number };
  products: number;
  convolutions: number;
  /** Between the tokens of the original and the smaller tower, over the frames. */
  cosine: { mean: number; least: number };
  fit: FitReport;
}

/**
 * @param frames JPEG or PNG files to compare on
 * @throws Error when the encoder is no tower
 */
export async function makeSmaller(
  original: Ready<ImageCard>,
  frames: readonly Uint8Array[],
  { folder, threads }: { folder: string; threads: number },
): Promise<Smaller> {
  const { preparation, path, file } = original;
  if (preparation.kind !== 'pixels' || !path || !file)
    throw new Error(
      `encoder "${original.name}": expected a tower of its own file, got what needs none. It fits as it is.`,
    );
  const before = new Uint8Array(await readFile(path));
  const { model, products, convolutions } = quantiseTower(before, original.name);
  const decoders = await nodeDecoders();
  const inputs: Float32Array[] = [];
  for (const frame of frames) inputs.push(imageInput(await decodeImage(frame, decoders), preparation));
  const shape = inputShapeOf(original);
  const names = { input: file.input, output: file.output };
  const cosine = await compareTowers(before, model, { ...names, inputShape: shape, threads }, inputs);
  const fit = await fitBesideModel(model, original);
  const card: ImageCard = {
    ...original,
    name: `${original.name}-int8`,
    quantisedFrom: original.name,
    quantisedFromKey: original.key,
    replaced: undefined,
    file: {
      ...file,
      batch: 1, // values are brought to bytes by the largest of a call: only one at a time gives what the Worker gives
      name: `${original.name}-int8.onnx`,
      sha256: sha256Hex(model),
      make: `Make it by \`cuepoint encoders quantise ${original.name}\`.`,
    },
  };
  const { key: _, path: __, ...plain } = card as Ready<ImageCard>;
  if (products + convolutions > 0) await keepTower(folder, plain, model); // else it is the original
  return { card: plain, bytes: { before: before.length, after: model.length }, products, convolutions, cosine, fit };
}

/** Beside a full-width model in int8, the largest that is usually served. */
function fitBesideModel(tower: Uint8Array, card: ImageCard): Promise<FitReport> {
  const config = { ...paper, frameWidth: card.width };
  const layout = layoutOf(config);
  const theta = initialValues(layout, createRandom('fit'));
  return measureTowerFit(tower, card, { config, layout, theta }, 'int8');
}
