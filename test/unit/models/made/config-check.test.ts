import { expect, it, test } from 'vitest';
import { type MadeConfig, paper } from '../../../../offline/models/made/config.ts';
import { checkConfig } from '../../../../offline/models/made/config-check.ts';
import { layoutOf } from '../../../../offline/models/made/network.ts';
import { PRESETS } from '../../../../offline/models/made/presets.ts';

it('lets every preset through', () => {
  for (const preset of Object.values(PRESETS)) expect(() => checkConfig(preset)).not.toThrow();
});

const { loss, heads, dropout } = paper;
const refused: [Record<string, unknown>, string][] = [
  [
    { fusion: 'sum' },
    'config: expected one of concat, attended, cross for "fusion", got "sum". Change this value of the config.',
  ],
  [{ matching: undefined }, 'config: expected one of both, h0, h1, summed, averaged for "matching", got undefined.'],
  [{ width: 100 }, 'config: expected a number that divides the width 100 for "heads.enhancement", got 8.'],
  [{ queries: 10 }, 'Set foregroundHead=true loss.foreground=0.8.'],
  [{ queries: 10, foregroundHead: true }, 'config: expected 1 without a trained foreground head'],
  [{ matching: 'h0', loss: { ...loss, attention: 1 } }, 'no attention to teach for "loss.attention", got 1.'],
  [{ decoderLayers: 0 }, 'Set detector=regression for none.'],
  [{ detector: 'regression', content: 'h1' }, "config: expected 'decoder' with several queries"],

  [{ width: 0 }, 'config: expected a whole number from 1 for "width", got 0. Change this value of the config.'],
  [{ width: '256' }, 'config: expected a whole number from 1 for "width", got "256".'],
  [{ width: undefined }, 'for "width", got undefined.'],
  [{ heads: { ...heads, detection: -8 } }, 'a whole number from 1 for "heads.detection", got -8.'],
  [{ heads: { ...heads, enhancement: 0 } }, 'a whole number from 1 for "heads.enhancement", got 0.'],
  [{ heads: undefined }, 'a whole number from 1 for "heads.enhancement", got undefined.'],
  [{ frameWidth: 0.5 }, 'a whole number from 1 for "frameWidth", got 0.5.'],
  [{ segmentWidth: 0 }, 'a whole number from 1 for "segmentWidth", got 0.'],
  [{ enhancementFfn: 10.5 }, 'a whole number from 1 for "enhancementFfn", got 10.5.'],
  [{ detectionFfn: 0 }, 'a whole number from 1 for "detectionFfn", got 0.'],
  [{ encoderLayers: 1.5 }, 'a whole number from 0 for "encoderLayers", got 1.5.'],
  [{ decoderLayers: 1.5 }, 'for "decoderLayers", got 1.5.'],
  [{ maxFrames: 0 }, 'a whole number from 1 for "maxFrames", got 0.'],
  [{ maxSegments: 95.5 }, 'a whole number from 1 for "maxSegments", got 95.5.'],
  [{ queries: 0 }, 'a whole number from 1 for "queries", got 0.'],
  [{ strideSec: 0 }, 'a number above 0 for "strideSec", got 0.'],
  [{ maxDurationSec: 0 }, 'a number above 0 for "maxDurationSec", got 0.'],
  [{ maxDurationSec: Number.POSITIVE_INFINITY }, 'a number above 0 for "maxDurationSec", got Infinity.'],
  [{ temperature: 0 }, 'a number above 0 for "temperature", got 0.'],
  [{ clipNorm: Number.NaN }, 'a number above 0 for "clipNorm", got NaN.'],
  [{ dropout: { ...dropout, enhancement: 1 } }, 'a number from 0, below 1 for "dropout.enhancement", got 1.'],
  [{ dropout: { ...dropout, matching: 1.5 } }, 'a number from 0, below 1 for "dropout.matching", got 1.5.'],
  [{ dropout: { ...dropout, detection: -0.1 } }, 'a number from 0, below 1 for "dropout.detection", got -0.1.'],
  [{ warmup: -1 }, 'a number from 0 to 1 for "warmup", got -1.'],
  [{ cropShare: 1.1 }, 'a number from 0 to 1 for "cropShare", got 1.1.'],
  [{ learningRate: -1 }, 'a number from 0 for "learningRate", got -1.'],
  ...['l1', 'giou', 'foreground', 'attention', 'saliency'].map((name): [Record<string, unknown>, string] => [
    { loss: { ...loss, [name]: -1 } },
    `config: expected a number from 0 for "loss.${name}", got -1.`,
  ]),
];
test.each(refused)('refuses %j and says what it wants', (change, message) => {
  expect(() => layoutOf({ ...paper, ...change } as MadeConfig)).toThrow(message);
});

it('lets through what lies at the edge of what is allowed', () => {
  const edges = [
    { encoderLayers: 0 },
    { learningRate: 0 },
    { warmup: 0 },
    { warmup: 1 },
    { cropShare: 1 },
    { heads: { enhancement: 1, detection: 256 } },
    { dropout: { enhancement: 0, matching: 0.99, detection: 0 } },
    { loss: { ...loss, l1: 0, giou: 0 } },
    { detector: 'regression' as const, decoderLayers: 0 },
  ];
  for (const change of edges) expect(() => checkConfig({ ...paper, ...change }), JSON.stringify(change)).not.toThrow();
});

it('looks at every number that a config has', () => {
  const numbersIn = (value: object, prefix = ''): string[] =>
    Object.entries(value).flatMap(([key, inner]) => {
      if (typeof inner === 'object') return numbersIn(inner, `${prefix}${key}.`);
      return typeof inner === 'number' ? [`${prefix}${key}`] : [];
    });
  const names = numbersIn(paper);
  expect(names).toContain('heads.detection');
  for (const name of names) {
    const config = structuredClone(paper) as unknown as Record<string, Record<string, unknown>>;
    const [first, second] = name.split('.');
    if (second) config[first][second] = Number.NaN;
    else Object.assign(config, { [first]: Number.NaN });
    expect(() => checkConfig(config as unknown as MadeConfig)).toThrow(`for "${name}", got NaN.`);
  }
});
