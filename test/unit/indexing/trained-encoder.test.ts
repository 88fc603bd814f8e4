import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AudioCard } from '../../../offline/encoders/card.ts';
import { findEncoder, keepTower } from '../../../offline/encoders/store.ts';
import { trainedOn } from '../../../offline/indexing/trained-encoder.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const FIRST = Uint8Array.of(1, 2, 3);
const SECOND = Uint8Array.of(4, 5, 6);
const keyOf = (name: string, bytes: Uint8Array): string => `${name}-${sha256Hex(bytes).slice(0, 12)}`;

async function kept(name: string, bytes: Uint8Array): Promise<void> {
  const card: AudioCard = {
    ...{ name, kind: 'audio', input: 'sound', preparation: { kind: 'waveform', samples: 16000 }, width: 4 },
    ...{ windowSec: 1, hopSec: 0.5, licence: 'MIT', source: 'a test' },
    file: { name: 'x.onnx', make: 'Add it.', sha256: sha256Hex(bytes), input: 'in', output: 'out', batch: 1 },
  };
  await keepTower(folder.path, card, bytes);
}

const lines: string[] = [];
const found = (key?: string) => {
  lines.length = 0;
  return trainedOn('build', { name: 'mine', key }, folder.path, (line) => lines.push(line));
};

test('a tower that was replaced under a trained model is refused before music is encoded', async () => {
  await kept('mine', FIRST);
  expect((await found(keyOf('mine', FIRST))).key).toBe(keyOf('mine', FIRST));
  await kept('mine', SECOND);
  await expect(found(keyOf('mine', FIRST))).rejects.toThrow(
    `build: expected ${keyOf('mine', FIRST)}, which the model was trained on, got another "mine" (${keyOf('mine', SECOND)}). Bring the first one back by \`cuepoint encoders add FILE --name mine --replace\``,
  );
  expect(lines).toEqual([]);
});

test('the file that a model was trained on is found by its hash, whatever it is called', async () => {
  await kept('mine', SECOND);
  await kept('theirs', FIRST);
  expect((await found(keyOf('mine', FIRST))).name).toBe('theirs');
  expect(lines).toEqual([`note: ${keyOf('theirs', FIRST)} is the file of ${keyOf('mine', FIRST)} under another name.`]);
});

test('a model of an earlier version takes what lies under the name, and it is said', async () => {
  await kept('mine', SECOND);
  expect(await found()).toEqual(await findEncoder('mine', 'audio', folder.path));
  expect(lines).toEqual([
    `note: the checkpoint does not say which file its encoder was: ${keyOf('mine', SECOND)} is taken for "mine", which it was trained on.`,
  ]);
});

test('what is not there at all is refused as ever', async () => {
  await expect(found(keyOf('mine', FIRST))).rejects.toThrow('encoder "mine": expected one of basic-audio, ast,');
});
