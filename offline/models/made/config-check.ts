/** Which values a config may hold, and which go together: asked once, before a network is built from it. */
import { CHOICES, type MadeConfig } from './config.ts';

type Kind = readonly [what: string, fits: (value: number) => boolean];
const fromOne: Kind = ['a whole number from 1', (value) => Number.isInteger(value) && value >= 1];
const fromNone: Kind = ['a whole number from 0', (value) => Number.isInteger(value) && value >= 0];
const aboveZero: Kind = ['a number above 0', (value) => value > 0 && value < Infinity];
const fromZero: Kind = ['a number from 0', (value) => value >= 0 && value < Infinity];
const part: Kind = ['a number from 0, below 1', (value) => value >= 0 && value < 1];
const share: Kind = ['a number from 0 to 1', (value) => value >= 0 && value <= 1];

/** Every number of the config; a dot leads into a group of them. */
const NUMBERS: Readonly<Record<string, Kind>> = {
  frameWidth: fromOne,
  segmentWidth: fromOne,
  width: fromOne,
  'heads.enhancement': fromOne,
  'heads.detection': fromOne,
  enhancementFfn: fromOne,
  detectionFfn: fromOne,
  encoderLayers: fromNone,
  decoderLayers: fromNone,
  maxFrames: fromOne,
  maxSegments: fromOne,
  maxDurationSec: aboveZero,
  strideSec: aboveZero,
  queries: fromOne,
  'dropout.enhancement': part,
  'dropout.matching': part,
  'dropout.detection': part,
  'loss.l1': fromZero,
  'loss.giou': fromZero,
  'loss.foreground': fromZero,
  'loss.attention': fromZero,
  'loss.saliency': fromZero,
  temperature: aboveZero,
  cuePrior: share,
  spliceShare: share,
  cropShare: share,
  learningRate: fromZero,
  warmup: share,
  clipNorm: aboveZero,
};

/** @throws Error naming the key whose value is unknown, out of range or does not go with another */
export function checkConfig(config: MadeConfig): void {
  for (const key of Object.keys(CHOICES) as (keyof typeof CHOICES)[]) {
    const known: readonly string[] = CHOICES[key];
    if (!known.includes(config[key])) throw refusal(key, `one of ${known.join(', ')}`, config[key]);
  }
  for (const [key, [what, fits]] of Object.entries(NUMBERS)) {
    const value = valueAt(config, key);
    if (typeof value !== 'number' || !fits(value)) throw refusal(key, what, value);
  }
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

/** @param key `width` or, one level down, `heads.detection` */
function valueAt(config: object, key: string): unknown {
  let value: unknown = config;
  for (const name of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

function refusal(key: string, expected: string, got: unknown, next = 'Change this value of the config.'): Error {
  const found = typeof got === 'number' ? String(got) : JSON.stringify(got); // JSON has no NaN
  return new Error(`config: expected ${expected} for "${key}", got ${found}. ${next}`);
}
