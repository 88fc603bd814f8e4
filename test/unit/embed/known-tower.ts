/** A small image tower of drawn weights, built the same in Node and in workerd, and what it makes of the known frame. */
import { CLIP_IMAGES } from '../../../index/image/tower-image.ts';
import { clipVision } from '../../../offline/encoders/clip-vision.ts';
import { drawnWeights } from '../encoders/drawn-weights.ts';

const SIZES = { side: 224, patch: 32, width: 32, heads: 4, layers: 2, hidden: 64, output: 8 };

export const knownTower = (): Uint8Array => clipVision(drawnWeights('known tower', 0.3).weights, SIZES);

export const TOWER_INFO = {
  name: 'known-tower',
  input: 'pixel_values',
  output: 'image_embeds',
  layout: 'nchw',
  ...CLIP_IMAGES,
} as const;
export const TOWER_WIDTH = SIZES.output;

/** Of the known frame, by onnxruntime-node. */
export const KNOWN_TOWER_TOKEN: readonly number[] = [
  1.3676249, 0.2213326, 1.7212441, 0.094319, 0.1385338, 2.2542777, 0.722995, -0.4920138,
];
