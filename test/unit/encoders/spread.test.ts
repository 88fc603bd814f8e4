import { describe, expect, test } from 'vitest';
import { collapsed, type MediumTokens, spreadLines, spreadOf } from '../../../offline/encoders/spread.ts';
import { createRandom } from '../../../offline/lib/random.ts';

const WIDTH = 16;
const random = createRandom('spread');
const drawn = (count = WIDTH): number[] => Array.from({ length: count }, () => random.normal());

/** Six media of eight tokens: `of` of a medium's own vector and a token's own. */
const media = (of: (own: readonly number[], token: readonly number[]) => number[]): MediumTokens[] =>
  Array.from({ length: 6 }, () => {
    const own = drawn();
    const data = Float32Array.from(Array.from({ length: 8 }, () => of(own, drawn())).flat());
    return { data, count: 8 };
  });
const common = Array.from({ length: WIDTH }, (_, i) => 10 + i);

describe('an encoder that tells media apart', () => {
  test('may share a large component among all tokens, as published ones do', () => {
    const spread = spreadOf(
      media((own, token) => common.map((value, i) => value + own[i] + 0.3 * token[i])),
      WIDTH,
      1,
    );
    expect(collapsed(spread, 'tracks')).toBeUndefined();
    expect(spread.cosine).toBeCloseTo(-1 / 5, 1); // six independent means around their own mean
    expect(spread).toMatchObject({ media: 6, tokens: 48, nearest: 1, chance: expect.closeTo(7 / 47, 9) });
    expect(spreadLines(spread, 'tracks')[0]).toContain(
      'nearest neighbour within the same track 100 % (15 % by chance)',
    );
  });

  test('is not asked for neighbours that overlap with the token', () => {
    const alike = spreadOf(
      media((own) => [...own]),
      WIDTH,
      4,
    );
    expect(alike.chance).toBeCloseTo((2 * (4 / 44 + 3 / 43 + 2 / 42 + 1 / 41)) / 8, 9); // 4, 3, 2, 1, 1, 2, 3, 4 of its own are left
  });
});

describe('an encoder that has collapsed', () => {
  const why = (of: Parameters<typeof media>[0]) => collapsed(spreadOf(media(of), WIDTH, 1), 'tracks');

  test('gives the same tokens for everything, to the bit or to the noise of float32', () => {
    expect(why(() => [...common])).toBe(
      'its tokens of 6 different tracks differ by 0.000 % of their size: it gives the same for everything.',
    );
    expect(why((own) => common.map((value, i) => value * (1 + 1e-6 * own[i])))).toContain('the same for everything');
    expect(why(() => new Array(WIDTH).fill(0))).toContain('the same for everything');
  });

  test('or tokens that differ along one line only', () => {
    expect(why((own) => common.map((value) => value + own[0]))).toMatch(
      /mean cosine of -?0\.\d\d after centring, 1\.00 without signs: all their differences lie along one line\.$/,
    );
  });

  test('or tokens that have nothing to do with the medium', () => {
    expect(why((_, token) => [...token])).toContain('it does not tell 6 tracks apart');
  });
});
