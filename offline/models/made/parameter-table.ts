/**
 * How many parameters a network has, module by module, beside those the paper prints in its Table 8.
 *
 * The published figures are shown only for a network of the published sizes and parts; the paper counts the decoder's
 * self-attention although its query passes by it.
 */

import { segmentInputWidth } from '../../data/cue-prior.ts';
import { type MadeConfig, paper } from './config.ts';
import { groupsOf, layoutOf } from './network.ts';

const PUBLISHED = { enhancement: '2.1 M', matching: '0.3 M', detection: '8.1 M', total: '10.5 M' };

/** The keys that the number of parameters depends on and that the published network has as `paper` has them. */
const DECISIVE = [
  ...(['frameWidth', 'segmentWidth', 'width', 'enhancementFfn', 'detectionFfn', 'encoderLayers'] as const),
  ...(['decoderLayers', 'enhancement', 'matching', 'fusion', 'detector', 'queries', 'content', 'spanWidth'] as const),
] satisfies readonly (keyof MadeConfig)[];

/** What the published detection counts and the network, with or without self-attention in the decoder, leaves out. */
const DIFFERENCE = {
  with: 'The published detection counts two contrastive layers (131,584) more, whose loss is always 0 with one query.',
  without: 'The published detection counts a self-attention of the decoder that this network leaves out.',
};

function cuesLine(config: MadeConfig): string {
  const values = segmentInputWidth(config) - config.segmentWidth;
  return `The cue prior reads ${values} more values of a segment, ${(values * config.width).toLocaleString('en')} parameters.`;
}

/** Lines to print, a heading first. @throws Error when values of the config do not go together */
export function parameterTable(config: MadeConfig): string[] {
  const layout = layoutOf(config);
  const counts = [...groupsOf(layout), { name: 'total' as const, count: layout.size }];
  const comparable = DECISIVE.every((key) => config[key] === paper[key]);
  const line = (name: string, count: string, published: string) =>
    `${name.padEnd(11)} ${count.padStart(10)}${comparable ? `  ${published.padStart(9)}` : ''}`;
  return [
    line('module', 'parameters', 'published'),
    ...counts.map(({ name, count }) => line(name, count.toLocaleString('en'), PUBLISHED[name])),
    ...(comparable ? [DIFFERENCE[config.decoderSelfAttention ? 'with' : 'without']] : []),
    ...(comparable && config.cuePrior ? [cuesLine(config)] : []),
  ];
}
