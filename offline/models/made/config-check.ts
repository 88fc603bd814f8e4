/** Which values a config may hold, and which go together: asked once, before a network is built from it. */
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import { CHOICES, type MadeConfig } from './config.ts';

/** The network's own numbers; a dot leads into a group of them. */
const NUMBERS: Readonly<Record<string, Kind>> = {
  'heads.enhancement': 'fromOne',
  'heads.detection': 'fromOne',
  enhancementFfn: 'fromOne',
  detectionFfn: 'fromOne',
  encoderLayers: 'fromNone',
  decoderLayers: 'fromNone',
  queries: 'fromOne',
  'dropout.enhancement': 'part',
  'dropout.matching': 'part',
  'dropout.detection': 'part',
  'loss.l1': 'fromZero',
  'loss.giou': 'fromZero',
  'loss.foreground': 'fromZero',
  'loss.attention': 'fromZero',
  'loss.saliency': 'fromZero',
  temperature: 'aboveZero',
};

/** @throws Error naming the key whose value is unknown, out of range or does not go with another */
export function checkConfig(config: MadeConfig): void {
  for (const key of Object.keys(CHOICES) as (keyof typeof CHOICES)[]) {
    const known: readonly string[] = CHOICES[key];
    if (!known.includes(config[key])) throw refusal(key, `one of ${known.join(', ')}`, config[key]);
  }
  checkNumbers(config, NUMBERS);
  checkTogether(config);
}

function checkTogether(config: MadeConfig): void {
  const { width, heads, queries, loss, matching, decoderLayers, content } = config;
  for (const box of ['enhancement', 'detection'] as const)
    if (width % heads[box]) throw refusal(`heads.${box}`, `a number that divides the width ${width}`, heads[box]);
  if (queries > 1 && !(config.foregroundHead && loss.foreground > 0))
    throw refusal(
      'queries',
      '1 without a trained foreground head, which chooses among several',
      queries,
      'Set foregroundHead=true loss.foreground=0.8.',
    );
  if (loss.attention && matching === 'h0')
    throw refusal('loss.attention', "0 with the matching 'h0', which has no attention to teach", loss.attention);
  if (config.detector === 'decoder') {
    if (decoderLayers < 1)
      throw refusal('decoderLayers', 'a whole number from 1', decoderLayers, 'Set detector=regression for none.');
  } else if (queries > 1 || content !== 'video' || config.decoderSelfAttention)
    throw refusal(
      'detector',
      "'decoder' with several queries, another content than 'video' or decoderSelfAttention",
      config.detector,
    );
}
