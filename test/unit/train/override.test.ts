import { expect, test } from 'vitest';
import { cuepoint } from '../../../offline/made/config.ts';
import { overridden } from '../../../offline/train/override.ts';

test('changes the named values and nothing else, and leaves the preset alone', () => {
  const changed = overridden(cuepoint, [
    'width=128',
    'loss.l1=2.5',
    'decoderSelfAttention=true',
    'detectionStart=likeness',
  ]);
  expect(changed).toEqual({
    ...cuepoint,
    width: 128,
    loss: { ...cuepoint.loss, l1: 2.5 },
    decoderSelfAttention: true,
    detectionStart: 'likeness',
  });
  expect(cuepoint.width).toBe(256);
});

test.each([
  ['width', 'expected key=value'],
  ['widht=3', 'expected a key of the config, got "widht"'],
  ['loss=3', 'expected a key of the config, got "loss"'],
  ['nothing.l1=3', 'expected a key of the config'],
  ['__proto__.x=3', 'expected a key of the config'],
  ['width=wide', 'expected a number, got "wide"'],
  ['trainQuery=1', 'expected a boolean, got "1"'],
])('refuses %s and says what it wants', (change, message) => {
  expect(() => overridden(cuepoint, [change])).toThrow(message);
});
