import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../../offline/models/made/network.ts';
import { familyOf, presets } from '../../../offline/models/registry.ts';
import { divide, GUARANTEED, type Needs, needsOf } from '../../../offline/train/limits.ts';
import { fullMade } from '../../fixtures/made-configs.ts';

const MiB = 2 ** 20;
/** Ten pairs of matching want 100 MiB, four pairs of detection 8. */
const needs: Needs = { whole: (batch) => batch ** 2 * MiB, part: (micro) => 2 * micro * MiB };

describe('a run on a device with a limit on one tensor', () => {
  test('keeps its micro-batches where they fit', () => {
    expect(divide(needs, { batch: 10, micro: 4 }, 100 * MiB)).toEqual({ micro: 4 });
  });

  test('has its micro-batches made smaller, just so that they fit', () => {
    expect(divide(needs, { batch: 10, micro: 64 }, 101 * MiB)).toEqual({ micro: 50 });
    expect(divide(needs, { batch: 1, micro: 8 }, 2 * MiB)).toEqual({ micro: 1 });
  });

  test('is refused with the batch that would fit, since matching needs the whole batch', () => {
    expect(divide(needs, { batch: 11, micro: 4 }, 100.5 * MiB)).toEqual({
      refused: 'batch 11 needs 121 MiB in one tensor, more than the device takes',
      next: 'Use --batch 10 or less, or --device cpu.',
    });
  });

  test('is refused when nothing fits', () => {
    expect(divide(needs, { batch: 2, micro: 2 }, MiB / 2)).toEqual({
      refused: 'batch 2 needs 4 MiB in one tensor, more than the device takes',
      next: 'Use --device cpu.',
    });
    expect(divide(needs, { batch: 1, micro: 1 }, MiB)).toEqual({
      refused: 'one pair needs 2 MiB in one tensor, more than the device takes',
      next: 'Use --device cpu.',
    });
  });
});

test('at full size every track pooled by every video is what matching needs, and attention what detection needs', () => {
  const layout = layoutOf(fullMade);
  const { whole, part } = needsOf({ config: fullMade, layout });
  expect(whole(512)).toBe(4 * 512 * 512 * 256); // [N, B, D]
  expect(divide({ whole, part }, { batch: 512, micro: 32 }, GUARANTEED)).toMatchObject({
    next: 'Use --batch 362 or less, or --device cpu.', // 4 · 256 · 362² = 134,193,... ≤ 2^27 < 4 · 256 · 363²
  });
  expect(part(64)).toBe(4 * 64 * 8 * 146 * 146); // [B, H, C, C]
  expect(whole(4), 'the parameters themselves').toBe(4 * layout.size);
});

test('a sequence with a learned token before its own is as long as both together', () => {
  const { mvpt } = presets();
  const { whole } = needsOf({ config: mvpt, layout: familyOf(mvpt).layout(mvpt) });
  expect(whole(512)).toBeGreaterThanOrEqual(4 * 512 * 97 * 1024); // [N, 1 + S, feed-forward]
});
