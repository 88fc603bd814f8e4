import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groundingTokens } from '../../../offline/commands/grounding-tokens.ts';
import { encodeSafetensors, type NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

const tensor = (...shape: number[]): NamedTensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});

let folder: TestFolder;
const at = (name: string): string => join(folder.path, name);
beforeAll(async () => {
  folder = await testFolder();
  await writeFile(at('video-0000.safetensors'), encodeSafetensors(new Map([['a', tensor(2, 4)]])));
});
afterAll(() => folder.remove());

test('a folder without tokens of music is refused with what to do', async () => {
  await expect(groundingTokens(folder.path)).rejects.toThrow(
    'expected music*.safetensors, found none. Encode the media',
  );
});

test('a folder of tokens has the names of a file, and the durations of its catalogue', async () => {
  const music = new Map([
    ['b', tensor(3, 5)],
    ['c', tensor(1, 5)],
  ]);
  await writeFile(at('music-0000.safetensors'), encodeSafetensors(music));
  expect([...(await groundingTokens(folder.path)).keys()]).toEqual(['video.a', 'music.b', 'music.c']);
  const track = { kind: 'track', id: 'b', file: 'b.wav', durationSec: 7.5 };
  await writeFile(
    at('catalogue.jsonl'),
    `${JSON.stringify(track)}\n${JSON.stringify({ ...track, kind: 'clip', id: 'a' })}\n`,
  );
  const tokens = await groundingTokens(folder.path);
  expect(tokens.get('video.a')).toMatchObject({ shape: [2, 4] });
  expect([tokens.get('duration.b'), tokens.has('duration.c')]).toEqual([
    { shape: [1], data: Float32Array.of(7.5) },
    false,
  ]);
});

test('a file is taken as it is', async () => {
  const file = at('tokens.safetensors');
  await writeFile(file, encodeSafetensors(new Map([['video.x', tensor(1, 4)]])));
  expect([...(await groundingTokens(file)).keys()]).toEqual(['video.x']);
});
