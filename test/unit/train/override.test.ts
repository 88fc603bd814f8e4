import { expect, test } from 'vitest';
import { changesFor, changesIn, overridden } from '../../../offline/train/override.ts';
import { fullMade } from '../../fixtures/made-configs.ts';

test('changes the named values and nothing else, and leaves the preset alone', () => {
  const changed = overridden(fullMade, [
    'width=128',
    'loss.l1=2.5',
    'decoderSelfAttention=true',
    'detectionStart=likeness',
  ]);
  expect(changed).toEqual({
    ...fullMade,
    width: 128,
    loss: { ...fullMade.loss, l1: 2.5 },
    decoderSelfAttention: true,
    detectionStart: 'likeness',
  });
  expect(fullMade.width).toBe(256);
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
  expect(() => overridden(fullMade, [change])).toThrow(message);
});

test('the changes of a command line are those behind every --set', () => {
  const line = (text: string) => changesIn(text.split('|'));
  expect(line('--data|d|--set|a=1|--seed|2')).toEqual(['a=1']);
  expect(line('--set|a=1 b.c=2|--set|d=3')).toEqual(['a=1', 'b.c=2', 'd=3']);
  expect(line('--set|a=1|b=2|--out|o|c=3')).toEqual(['a=1', 'b=2']);
  expect(line('--set=a=1|b=2|--epochs=3')).toEqual(['a=1', 'b=2']);
  expect(line('--settle|a=1')).toEqual([]);
});

test('a change behind a preset and a colon is for that preset alone', () => {
  const known = ['conquer', 'qd-detr'];
  const changes = ['width=128', 'conquer:heads=8', 'conquer:loss.track=1'];
  expect(changesFor('conquer', changes, known)).toEqual(['width=128', 'heads=8', 'loss.track=1']);
  expect(changesFor('qd-detr', changes, known)).toEqual(['width=128']);
  expect(() => changesFor('qd-detr', ['conqer:heads=8'], known)).toThrow(
    '--set: expected a preset before ":", got "conqer:heads=8".',
  );
});
