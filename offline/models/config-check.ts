/** Which numbers a config may hold: those that every network has, and those of one network by its own table. */
import type { BaseConfig } from './family.ts';

/** A range that a number of a config must lie in, by its key in KINDS. */
export type Kind = keyof typeof KINDS;

const KINDS = {
  fromOne: ['a whole number from 1', (value: number) => Number.isInteger(value) && value >= 1],
  fromNone: ['a whole number from 0', (value: number) => Number.isInteger(value) && value >= 0],
  aboveZero: ['a number above 0', (value: number) => value > 0 && value < Infinity],
  fromZero: ['a number from 0', (value: number) => value >= 0 && value < Infinity],
  part: ['a number from 0, below 1', (value: number) => value >= 0 && value < 1],
  share: ['a number from 0 to 1', (value: number) => value >= 0 && value <= 1],
} as const;

/** Of every network. */
const COMMON: Readonly<Record<string, Kind>> = {
  frameWidth: 'fromOne',
  segmentWidth: 'fromOne',
  width: 'fromOne',
  maxFrames: 'fromOne',
  maxSegments: 'fromOne',
  maxDurationSec: 'aboveZero',
  strideSec: 'aboveZero',
  cuePrior: 'share',
  spliceShare: 'share',
  trackNoise: 'fromZero',
  cropShare: 'share',
  learningRate: 'fromZero',
  warmup: 'share',
  clipNorm: 'aboveZero',
};

/**
 * @param own the numbers of this network, by key; a dot leads into a group of them
 * @throws Error naming the key whose value is out of range
 */
export function checkNumbers(config: BaseConfig, own: Readonly<Record<string, Kind>>): void {
  for (const [key, kind] of Object.entries({ ...COMMON, ...own })) {
    const [what, fits] = KINDS[kind];
    const value = valueAt(config, key);
    if (typeof value !== 'number' || !fits(value)) throw refusal(key, what, value);
  }
}

/** @param key `width` or, one level down, `heads.detection` */
function valueAt(config: object, key: string): unknown {
  let value: unknown = config;
  for (const name of key.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}

/** The Error to throw: `config: expected <expected> for "<key>", got <got>. <next>` */
export function refusal(key: string, expected: string, got: unknown, next = 'Change this value of the config.'): Error {
  const found = typeof got === 'number' ? String(got) : JSON.stringify(got); // JSON has no NaN
  return new Error(`config: expected ${expected} for "${key}", got ${found}. ${next}`);
}
