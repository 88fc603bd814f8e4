import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../../../offline/lib/child-process.ts';

const script = join(import.meta.dirname, 'answering.ts');
const asked = (manner: string, limitMs = 300_000) => ask<string, unknown>(script, manner, limitMs);

test('a child’s answer comes back with its arrays', async () => {
  expect(await asked('well')).toEqual({ manner: 'well', values: Float32Array.of(1.5, -2) });
});

test('what a child throws comes back as its sentence', async () => {
  await expect(asked('throw')).rejects.toThrow(/^nothing to be found$/);
});

test('a child that is ended by a fault is told with the signal and what it said last, without warnings', async () => {
  await expect(asked('abort')).rejects.toThrow(/^it ended with SIGABRT: assertion failed$/);
});

test('a child that ends without an answer is told with its exit code', async () => {
  await expect(asked('exit')).rejects.toThrow(/^it ended with code 3$/);
});

test('a child that does not come to an end is ended', async () => {
  await expect(asked('wait', 1500)).rejects.toThrow(/^it took longer than 2 s$/);
});
