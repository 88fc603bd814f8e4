import { expect, it, test } from 'vitest';
import { type MadeConfig, PRESETS, paper } from '../../../offline/made/config.ts';
import { checkConfig } from '../../../offline/made/config-check.ts';
import { layoutOf } from '../../../offline/made/network.ts';

it('lets every preset through', () => {
  for (const preset of Object.values(PRESETS)) expect(() => checkConfig(preset)).not.toThrow();
});

const refused: [Record<string, unknown>, string][] = [
  [{ fusion: 'sum' }, 'config fusion: expected one of concat, cross, got "sum"'],
  [{ matching: undefined }, 'config matching: expected one of both, h0, h1, summed, averaged, got undefined'],
  [{ width: 100 }, 'config heads.enhancement: expected a number that divides the width 100, got 8'],
  [{ queries: 0 }, 'config queries: expected a whole number from 1, got 0'],
  [{ queries: 10 }, 'Set foregroundHead=true loss.foreground=0.8.'],
  [{ queries: 10, foregroundHead: true }, 'config queries: expected 1 without a trained foreground head'],
  [{ matching: 'h0', loss: { ...paper.loss, attention: 1 } }, 'config loss.attention: expected 0'],
  [{ decoderLayers: 0 }, 'Set detector=regression for none.'],
  [{ detector: 'regression', content: 'h1' }, "config detector: expected 'decoder'"],
];
test.each(refused)('refuses %j and says what it wants', (change, message) => {
  expect(() => layoutOf({ ...paper, ...change } as MadeConfig)).toThrow(message);
});
